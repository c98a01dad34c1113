#include "scenarios/program/report/page.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/yaml_as_json.hpp"

namespace ulpsim::program {
namespace {

namespace json = boost::json;

json::value data_of(const std::string& page) {
    const std::string start = "<script type=\"application/json\" id=\"data\">";
    const std::size_t from = page.find(start) + start.size();
    return json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(YamlAsJson, KeepsTheShapeAndWritesScalarsAsText) {
    const json::value read = json::parse(yaml_as_json("a: {b: 1, c: [x, 2.5]}\nd: exp(bf16,2)\ne:\n"));
    const json::value wanted{{"a", {{"b", "1"}, {"c", json::array{"x", "2.5"}}}}, {"d", "exp(bf16,2)"}, {"e", nullptr}};
    EXPECT_EQ(read, wanted);
    EXPECT_THROW(yaml_as_json("a: [1"), Error);
}

TEST(Page, HoldsTheFilesTextsWhateverStandsInThem) {
    const RunFiles files{.name = "a <b> & c",
                         .scenario_yaml = "name: \"</script><script>alert(1)</script>\"\n",
                         .results_json = "{\"status\": \"<!--{{style}}\"}\n",
                         .operations_csv = "component\n\"x,y\"\n",
                         .power_csv = "seconds,total\n"};
    const std::string page = run_page(files);
    EXPECT_NE(page.find("<title>a &lt;b> &amp; c</title>"), std::string::npos);
    EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
    const json::value data = data_of(page), run = data.at("runs").at(0);
    EXPECT_EQ(run.at("scenario_yaml"), json::value(files.scenario_yaml));
    EXPECT_EQ(run.at("scenario").at("name"), "</script><script>alert(1)</script>");
    EXPECT_EQ(run.at("results").at("status"), "<!--{{style}}") << "data are not looked at for places to fill";
    EXPECT_EQ(run.at("operations"), json::value(files.operations_csv));
}

TEST(Page, NeedsNothingFromOutside) {
    const std::string page = run_page({"a", "", "{}", "", ""});
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    for (const char* outside : {"src=\"http", "href=\"http", "url(http", "@import"})
        EXPECT_EQ(page.find(outside), std::string::npos) << outside;
    EXPECT_EQ(page.find("{{"), page.find("{{", page.find("</script>")))
        << "no place is left unfilled before the scripts";
}

TEST(Page, OfAFolderWithoutARunIsRefused) { EXPECT_THROW(read_run_files("/no/such/folder", "a"), DataError); }

}  // namespace
}  // namespace ulpsim::program

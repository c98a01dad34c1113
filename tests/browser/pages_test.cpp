// Pages of real runs in a headless Chromium: every chart has drawn data, nothing is asked of the network, nothing is
// said on the console. What the browser saw is told by probe.js, which is put behind a copy of the page.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

int shell(const std::string& line) { return std::system(line.c_str()); }

std::string in_quotes(const fs::path& path) { return "'" + path.string() + "'"; }

/// A folder of its own with the runs that the tests look at; gone at the end.
class Runs {
public:
    Runs() {
        std::string path = ::testing::TempDir() + "pages_XXXXXX";
        if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no folder for the test's files");
        folder_ = path;
        const std::string scenarios = ULPSIM_ROOT "/scenarios/fashion_mnist/";
        const std::string few =
            " --set workload.dataset.train_samples=640 --set workload.dataset.test_samples=200 --set workload.epochs=3"
            " --threads 1 --quiet --out ";
        status_ =
            shell("'" ULPSIM_PROGRAM "' compare '" + scenarios + "quick.yaml' '" + scenarios +
                  "host_accelerator.yaml'" + few + in_quotes(folder_) + " > " + in_quotes(folder_ / "out") + " 2>&1");
    }
    ~Runs() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    int status() const { return status_; }
    const fs::path& folder() const { return folder_; }

private:
    fs::path folder_;
    int status_ = 0;
};

const Runs& runs() {
    static const Runs made;
    return made;
}

/// A sweep's folder: formats and sizes of the array, small enough for a test.
const fs::path& swept() {
    static const fs::path folder = [] {
        const fs::path file = runs().folder() / "few.yaml", out = runs().folder() / "swept";
        std::ofstream(file) << "name: few\nscenario: " ULPSIM_ROOT
                               "/scenarios/fashion_mnist/quick.yaml\nsearch: grid\n"
                               "axes:\n  format: {exponent_bits: [3, 5], mantissa_bits: [2, 3]}\n  side: [8, 16]\n"
                               "set:\n  workload.dataset.train_samples: 128\n  workload.dataset.test_samples: 100\n"
                               "  workload.network: {layers: [16, 10]}\n  workload.epochs: 1\n"
                               "  platform.accelerator.array: {rows: $side, cols: $side}\n"
                               "  platform.accelerator.operators: [$format]\n  precision.weights: $format\n"
                               "  precision.activations: $format\n  precision.errors: $format\n"
                               "  precision.gradients: $format\n  precision.schedule: []\n"
                               "objectives: [energy_j, error]\n";
        EXPECT_EQ(shell("'" ULPSIM_PROGRAM "' sweep " + in_quotes(file) + " --jobs 2 --quiet --json --out " +
                        in_quotes(out) + " > " + in_quotes(runs().folder() / "sweep.json") + " 2> " +
                        in_quotes(runs().folder() / "sweep.log")),
                  0)
            << content(runs().folder() / "sweep.log");
        return out;
    }();
    return folder;
}

/// What a browser made of a page.
struct Seen {
    json::value probe;                  ///< of probe.js
    std::vector<std::string> console;   ///< what was written there
    std::vector<std::string> requests;  ///< URLs that were asked for and are no files or data
};

std::string unescaped(std::string text) {
    for (const auto& [entity, character] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&nbsp;", " "}, {"&amp;", "&"}}) {
        for (std::size_t at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1))
            text.replace(at, std::string(entity).size(), character);
    }
    return text;
}

// A request that a page made has the page as its initiator; the browser's own (updates, the time) have no origin.
std::vector<std::string> requests_of(const fs::path& net_log) {
    std::vector<std::string> urls;
    const std::string initiator = "\"initiator\":\"", url = "\"url\":\"";
    std::ifstream log(net_log);
    for (std::string line; std::getline(log, line);) {
        const std::size_t by = line.find(initiator), at = line.find(url);
        if (by == std::string::npos || at == std::string::npos) continue;
        if (line.compare(by + initiator.size(), 13, "not an origin") == 0) continue;
        const std::size_t start = at + url.size();
        const std::string asked = line.substr(start, line.find('"', start) - start);
        if (!asked.starts_with("file:") && !asked.starts_with("data:")) urls.push_back(asked);
    }
    return urls;
}

/// Opens an HTML text; `dark` is what the system prefers. No name is resolved: the browser's own requests go nowhere.
Seen open(const std::string& html, bool dark) {
    const fs::path folder = runs().folder() / "browser";
    fs::remove_all(folder);
    fs::create_directories(folder);
    std::ofstream(folder / "page.html") << html << "<script>" << content(ULPSIM_PROBE) << "</script>";
    const std::string line =
        "timeout 200 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
        " --disable-background-networking --disable-component-update --disable-default-apps --disable-sync"
        " --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' --disable-extensions --window-size=1200,900 "
        "--virtual-time-budget=5000 --enable-logging=stderr"
        " --blink-settings=preferredColorScheme=" +
        std::string(dark ? "0" : "1") + " --user-data-dir=" + in_quotes(folder / "profile") +
        " --log-net-log=" + in_quotes(folder / "net.json") + " --dump-dom " +
        in_quotes("file://" + (folder / "page.html").string()) + " > " + in_quotes(folder / "dom") + " 2> " +
        in_quotes(folder / "log");
    EXPECT_EQ(shell(line), 0) << content(folder / "log").substr(0, 2000);

    Seen seen;
    const std::string dom = content(folder / "dom"), start = "<pre id=\"probe\">";
    const std::size_t at = dom.find(start);
    EXPECT_NE(at, std::string::npos) << "the page's scripts did not end: " << content(folder / "log");
    if (at != std::string::npos) {
        const std::size_t from = at + start.size();
        seen.probe = json::parse(unescaped(dom.substr(from, dom.find("</pre>", from) - from)));
    }
    std::istringstream log(content(folder / "log"));
    for (std::string text; std::getline(log, text);) {
        if (text.find("CONSOLE") != std::string::npos) seen.console.push_back(text);
    }
    seen.requests = requests_of(folder / "net.json");
    return seen;
}

std::string words(const json::value& value) { return std::string(value.as_string()); }

std::vector<std::string> labels(const json::value& canvases) {
    std::vector<std::string> all;
    for (const json::value& canvas : canvases.as_array()) all.push_back(words(canvas.at("label")));
    return all;
}

// A data point or a thin bar is some dozens of pixels.
void expect_drawn(const json::value& canvases) {
    for (const json::value& canvas : canvases.as_array())
        EXPECT_GT(canvas.at("coloured").to_number<int>(), 30) << words(canvas.at("label"));
}

void expect_quiet(const Seen& seen) {
    EXPECT_TRUE(seen.console.empty()) << seen.console.front();
    EXPECT_TRUE(seen.requests.empty()) << seen.requests.front();
}

class Page : public ::testing::Test {
protected:
    void SetUp() override {
        if (shell("command -v chromium > /dev/null") != 0)
            GTEST_SKIP() << "there is no chromium (Debian package chromium)";
        ASSERT_EQ(runs().status(), 0) << content(runs().folder() / "out");
    }
    static std::string page(const std::string& file) { return content(runs().folder() / file); }
};

TEST_F(Page, OfARunDrawsEveryChartInBothThemes) {
    const Seen seen = open(page("quick/report.html"), false);
    expect_quiet(seen);
    const json::value& canvases = seen.probe.at("canvases");
    const std::vector<std::string> drawn = labels(canvases);
    for (const char* title : {"Training loss", "Accuracy", "By component", "By phase", "By layer", "By operation",
                              "Power", "Utilisation"}) {
        EXPECT_EQ(std::count(drawn.begin(), drawn.end(), title), 1) << title;
    }
    expect_drawn(canvases);
    EXPECT_EQ(words(seen.probe.at("other").at("theme")), "dark");
    expect_drawn(seen.probe.at("other").at("canvases"));
}

TEST_F(Page, MarksChangesOfPrecisionOnEveryAxisOfTime) {
    const Seen seen = open(page("quick/report.html"), true);
    expect_quiet(seen);
    EXPECT_EQ(words(seen.probe.at("other").at("theme")), "light");
    for (const char* axis : {"epochs", "joules", "seconds"}) {
        const json::value& at = seen.probe.at("axes").at(axis);
        expect_drawn(at.at("canvases"));
        const json::array& written = at.at("written").as_array();
        const auto marks = std::count(written.begin(), written.end(), json::value("activations: e8m7"));
        EXPECT_EQ(marks, 2) << axis << ": one on the loss, one on the accuracy";
    }
}

// The rows of a CSV text after its head.
std::vector<std::string> rows(const json::value& csv) {
    std::istringstream text(words(csv));
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) all.push_back(line);
    all.erase(all.begin());
    return all;
}

TEST_F(Page, SortsItsTablesAndCopiesThemAsCsv) {
    const Seen seen = open(page("quick/report.html"), false);
    bool operations_seen = false;
    for (const json::value& table : seen.probe.at("tables").as_array()) {
        const std::string title = words(table.at("title"));
        std::vector<std::string> before = rows(table.at("unsorted"));
        std::sort(before.begin(), before.end());
        for (const json::value& csv : table.at("sorted").as_array()) {
            std::vector<std::string> after = rows(csv);
            std::sort(after.begin(), after.end());
            EXPECT_EQ(after, before) << title << ": sorting keeps the rows";
        }
        if (title != "Operations") continue;
        operations_seen = true;
        std::istringstream file(page("quick/operations.csv"));
        const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
        EXPECT_EQ(static_cast<long>(before.size()), lines - 1) << "every row of operations.csv";
        // The column of components, sorted from a to z.
        const std::vector<std::string> by_component = rows(table.at("sorted").at(0));
        EXPECT_TRUE(
            std::is_sorted(by_component.begin(), by_component.end(), [](const std::string& a, const std::string& b) {
                return a.substr(0, a.find(',')) < b.substr(0, b.find(','));
            }));
    }
    EXPECT_TRUE(operations_seen);
}

// The data of a page, and the page with others in their place.
std::pair<std::size_t, std::size_t> data_range(const std::string& html) {
    const std::string start = "<script type=\"application/json\" id=\"data\">";
    const std::size_t from = html.find(start) + start.size();
    return {from, html.find("</script>", from)};
}

// A tensor of results.json's health, with all of its values in four exponents.
json::object tensor(int epoch, const char* role, const char* layer) {
    const json::value updates = role == std::string("weights") ? json::value(1000) : json::value(nullptr);
    return {{"epoch", epoch},
            {"role", role},
            {"layer", layer},
            {"format", "e5m2"},
            {"values", 1000},
            {"overflowed", 1},
            {"underflowed", 20 * epoch},
            {"subnormal", 5},
            {"mean_error_ulp", 0.01},
            {"updates", updates},
            {"vanished", updates.is_null() ? updates : json::value(100 * epoch)},
            {"effective_descent", updates.is_null() ? updates : json::value(0.9 - 0.1 * epoch)},
            {"range", {{"max_exponent", 15}, {"min_normal_exponent", -14}, {"min_exponent", -16}}},
            {"exponents", {{"first", -16}, {"counts", {100, 200, 600, 100}}}}};
}

TEST_F(Page, DrawsWhatRoundingDidToEachTensor) {
    std::string html = page("quick/report.html");
    const auto [from, to] = data_range(html);
    json::value data = json::parse(html.substr(from, to - from));
    json::array tensors;
    for (const int epoch : {1, 2}) {
        tensors.push_back(tensor(epoch, "weights", "fc1"));
        tensors.push_back(tensor(epoch, "gradients", "fc1"));
    }
    data.at("runs").at(0).at("results").as_object()["health"] =
        json::object{{"level", "histograms"}, {"every", 1}, {"tensors", tensors}};
    html.replace(from, to - from, json::serialize(data));
    const Seen seen = open(html, false);
    expect_quiet(seen);
    const std::vector<std::string> drawn = labels(seen.probe.at("canvases"));
    for (const char* title : {"weights fc1", "gradients fc1", "Effective descent", "Underflowed"})
        EXPECT_EQ(std::count(drawn.begin(), drawn.end(), title), 1) << title;
    expect_drawn(seen.probe.at("canvases"));
    expect_drawn(seen.probe.at("other").at("canvases"));
    EXPECT_NE(words(seen.probe.at("text")).find("20.00 %"), std::string::npos)
        << "the share of vanished updates in the last epoch";
}

TEST_F(Page, OfAComparisonDrawsRatiosAndCrossover) {
    const Seen seen = open(page("report.html"), false);
    expect_quiet(seen);
    const std::vector<std::string> drawn = labels(seen.probe.at("canvases"));
    for (const char* title : {"Training loss", "Test accuracy", "Energy to a training loss",
                              "Times the energy of quick", "Ratios", "Energy", "By phase", "By layer"}) {
        EXPECT_EQ(std::count(drawn.begin(), drawn.end(), title), 1) << title;
    }
    expect_drawn(seen.probe.at("canvases"));
    expect_drawn(seen.probe.at("other").at("canvases"));
    const json::value comparison = json::parse(page("compare.json"));
    for (const json::value& sentence : comparison.at("conclusions").as_array())
        EXPECT_NE(words(seen.probe.at("text")).find(words(sentence)), std::string::npos) << "the answer comes first";
}

TEST_F(Page, OfASweepDrawsFrontCrossoverAndHeatMapOfEveryChoice) {
    const Seen seen = open(content(swept() / "report.html"), false);
    expect_quiet(seen);
    EXPECT_EQ(labels(seen.probe.at("canvases")), (std::vector<std::string>{"Pareto front", "Crossover", "Heat map"}));
    expect_drawn(seen.probe.at("canvases"));
    expect_drawn(seen.probe.at("other").at("canvases"));
    EXPECT_GT(seen.probe.at("lists").as_array().size(), 30u);
    expect_drawn(seen.probe.at("lists"));
    const std::string hover = words(seen.probe.at("hovers").at("Pareto front"));
    for (const char* part : {"point ", "format: e", "side: 8", "energy ", "error ", "points/000"})
        EXPECT_NE(hover.find(part), std::string::npos) << part << " in " << hover;
}

TEST_F(Page, OfASweepHasThePointsOfItsTableAndThePagesOfItsFront) {
    const json::value sweep = json::parse(content((static_cast<void>(swept()), runs().folder() / "sweep.json")));
    std::istringstream csv(content(swept() / "sweep.csv"));
    std::string line;
    std::getline(csv, line);
    for (const json::value& point : sweep.at("points").as_array()) {
        ASSERT_TRUE(std::getline(csv, line));
        const std::string start = std::to_string(point.at("point").to_number<int>()) + "," + words(point.at("status")) +
                                  "," + words(point.at("how")) + "," + words(point.at("values").at("format"));
        EXPECT_EQ(line.substr(0, start.size()), start);
        EXPECT_EQ(point.at("pareto").as_bool(), point.at("page").is_string());
        EXPECT_TRUE(point.at("page").is_null() || fs::exists(swept() / words(point.at("page"))));
    }
    EXPECT_FALSE(std::getline(csv, line));
}

TEST_F(Page, TestSeesABlankChartAMessageAndARequest) {
    const Seen seen = open(
        "<!doctype html><main id=page></main><header><button>theme</button></header><canvas aria-label=blank></canvas>"
        "<img src='http://127.0.0.1:9/outside.png'><script>function copyText() {} console.error('seen');</script>",
        false);
    EXPECT_EQ(seen.probe.at("canvases").at(0).at("coloured"), json::value(0));
    EXPECT_FALSE(seen.console.empty());
    EXPECT_FALSE(seen.requests.empty());
}

TEST(PageFile, HoldsNoTextThatEndsItsDataAndAllowsNoRequest) {
    ASSERT_EQ(runs().status(), 0) << content(runs().folder() / "out");
    const std::string page = content(runs().folder() / "quick/report.html");
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    const auto [from, to] = data_range(page);
    const json::value data = json::parse(page.substr(from, to - from));
    EXPECT_EQ(data.at("runs").at(0).at("results"), json::parse(content(runs().folder() / "quick/results.json")));
}

}  // namespace

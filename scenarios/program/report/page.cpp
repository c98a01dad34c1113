#include "scenarios/program/report/page.hpp"

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/yaml_as_json.hpp"
#include "scenarios/program/report/page_parts.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/json_writer.hpp"

namespace ulpsim::program {
namespace {

// Puts `text` where `{{name}}` stands; what it holds is not looked at again.
std::string filled(std::string_view frame, const std::vector<std::pair<std::string, std::string_view>>& texts) {
    std::string page;
    for (std::size_t at = 0; at < frame.size();) {
        const std::size_t open = frame.find("{{", at);
        page.append(frame, at, open - at);
        if (open == std::string_view::npos) break;
        const std::size_t close = frame.find("}}", open);
        const std::string_view name = frame.substr(open + 2, close - open - 2);
        for (const auto& [known, text] : texts) {
            if (known == name) page += text;
        }
        at = close + 2;
    }
    return page;
}

// Inside an element of the page no text may end it: `</script>` in a string of the data would.
std::string inside_element(const std::string& json) {
    std::string text;
    text.reserve(json.size());
    for (const char c : json) c == '<' ? text += "\\u003c" : text += c;
    return text;
}

std::string as_html(const std::string& words) {
    std::string text;
    for (const char c : words) {
        if (c == '<') {
            text += "&lt;";
        } else if (c == '&') {
            text += "&amp;";
        } else {
            text += c;
        }
    }
    return text;
}

void write(JsonWriter& json, const RunFiles& run) {
    json.begin_object().member("name", run.name).member("scenario_yaml", run.scenario_yaml);
    json.key("scenario").number(yaml_as_json(run.scenario_yaml));
    json.key("results").number(run.results_json);
    json.member("operations", run.operations_csv).member("power", run.power_csv).end_object();
}

}  // namespace

std::string page(const std::string& title, const std::string& data) {
    const PageParts& parts = page_parts();
    const std::string html_title = as_html(title), json = inside_element(data);
    return filled(parts.frame, {{"title", html_title},
                                {"style", parts.style},
                                {"data", json},
                                {"chart", parts.chart},
                                {"script", parts.script}});
}

RunFiles read_run_files(const std::filesystem::path& folder, const std::string& name) {
    if (!read_run(folder, name)) {
        throw DataError(folder.string() + " holds no finished run; allowed: a folder that ulpsim run or compare made");
    }
    return {.name = name,
            .scenario_yaml = read_file(folder / "scenario.yaml"),
            .results_json = read_file(folder / "results.json"),
            .operations_csv = read_file(folder / "operations.csv"),
            .power_csv = read_file(folder / "power.csv")};
}

std::string run_page(const RunFiles& run) {
    JsonWriter json;
    json.begin_object().member("kind", "run").key("runs").begin_array();
    write(json, run);
    return page(run.name, json.end_array().end_object().text());
}

void write_run_page(const std::filesystem::path& folder, const std::string& name) {
    write_file(folder / "report.html", run_page(read_run_files(folder, name)));
}

std::string comparison_page(const std::vector<RunFiles>& runs, const Comparison& comparison,
                            const std::vector<Link>& links) {
    JsonWriter json;
    json.begin_object().member("kind", "comparison").key("runs").begin_array();
    for (const RunFiles& run : runs) write(json, run);
    json.end_array().key("comparison").number(comparison_json(comparison)).key("links").begin_array();
    for (const auto& [name, target] : links) json.begin_array().value(name).value(target).end_array();
    return page("comparison", json.end_array().end_object().text());
}

}  // namespace ulpsim::program

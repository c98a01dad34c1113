#include <algorithm>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/results/json_writer.hpp"
#include "workloads/optimizers/method.hpp"

namespace ulpsim::program {
namespace {

/// The YAML files below scenarios/; sweeps lie in a folder of their own.
std::vector<std::string> yaml_files(bool sweeps) {
    std::vector<std::string> names;
    const std::filesystem::path folder = source_root() / "scenarios";
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
        if (entry.path().extension() != ".yaml" || (entry.path().parent_path() == folder / "sweeps") != sweeps)
            continue;
        names.push_back("scenarios/" + entry.path().lexically_relative(folder).string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> scenario_names() { return yaml_files(false); }
std::vector<std::string> sweep_names() { return yaml_files(true); }

std::vector<std::string> prefixed(const std::string& prefix, const std::vector<std::string>& names) {
    std::vector<std::string> lines;
    for (const std::string& name : names) lines.push_back(prefix + name);
    return lines;
}

std::vector<std::string> model_names() {
    std::vector<std::string> lines;
    for (const auto& [prefix, names] : {std::pair{"host ", platform::host_models()},
                                        {"dram ", platform::dram_models()},
                                        {"channel ", platform::channel_models()}}) {
        const std::vector<std::string> more = prefixed(prefix, names);
        lines.insert(lines.end(), more.begin(), more.end());
    }
    return lines;
}

struct Topic {
    std::string name;
    std::vector<std::string> (*names)();
};

const std::vector<Topic>& topics() {
    static const std::vector<Topic> all{{"networks", workloads::network_names},
                                        {"datasets", workloads::dataset_names},
                                        {"technologies", technology_names},
                                        {"optimizers", workloads::optimizer_names},
                                        {"models", model_names},
                                        {"scenarios", scenario_names},
                                        {"sweeps", sweep_names}};
    return all;
}

std::vector<std::string> topic_names() {
    std::vector<std::string> names;
    for (const Topic& topic : topics()) names.push_back(topic.name);
    return names;
}

std::string json_text(const std::vector<Topic>& wanted) {
    JsonWriter json;
    json.begin_object();
    for (const Topic& topic : wanted) {
        json.key(topic.name).begin_array();
        for (const std::string& name : topic.names()) json.value(name);
        json.end_array();
    }
    return json.end_object().text();
}

}  // namespace

Syntax list_syntax() {
    Syntax syntax{.usage = "list [networks|datasets|technologies|optimizers|models|scenarios|sweeps] [--json]",
                  .purpose = "Names what a scenario can name; everything without a word.",
                  .options = boost::program_options::options_description("options"),
                  .positional = "WHAT",
                  .most_positional = 1,
                  .details = "--json: an object of arrays, by what is named.\n",
                  .choices = topic_names()};
    add_json_option(syntax.options);
    return syntax;
}

int list_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words word = positional(arguments, syntax);
    std::vector<Topic> wanted;
    for (const Topic& topic : topics()) {
        if (word.empty() || word.front() == topic.name) wanted.push_back(topic);
    }
    if (wanted.empty()) {
        throw Error("ulpsim list: " + word.front() + " is not known; allowed: " + join(topic_names()) +
                    did_you_mean(word.front(), topic_names()));
    }
    if (arguments.contains("json")) {
        std::cout << json_text(wanted);
        return exit_done;
    }
    for (const Topic& topic : wanted) {
        if (word.empty()) std::cout << topic.name << "\n";
        for (const std::string& name : topic.names()) std::cout << (word.empty() ? "  " : "") << name << "\n";
    }
    return exit_done;
}

}  // namespace ulpsim::program

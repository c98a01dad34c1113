#include <algorithm>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "scenarios/program/reader/technology.hpp"
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

}  // namespace

Syntax list_syntax() {
    return {.usage = "list [networks|datasets|technologies|optimizers|models|scenarios|sweeps]",
            .purpose = "Names what a scenario can name; everything without a word.",
            .options = boost::program_options::options_description("options"),
            .positional = "WHAT",
            .most_positional = 1};
}

int list_command(const Syntax& syntax, const Words& words) {
    const Words wanted = positional(parse(syntax, words), syntax);
    std::vector<std::string> known;
    bool found = false;
    for (const Topic& topic : topics()) {
        known.push_back(topic.name);
        if (!wanted.empty() && wanted.front() != topic.name) continue;
        found = true;
        if (wanted.empty()) std::cout << topic.name << "\n";
        for (const std::string& name : topic.names()) std::cout << (wanted.empty() ? "  " : "") << name << "\n";
    }
    if (!found) {
        throw Error("ulpsim list: " + wanted.front() + " is not known; allowed: " + join(known) +
                    did_you_mean(wanted.front(), known));
    }
    return exit_done;
}

}  // namespace ulpsim::program

#include <cstdio>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "scenarios/program/results/version.hpp"

namespace ulpsim::program {
namespace {

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const Command& command : commands()) names.push_back(command.name);
    return names;
}

std::string program_help() {
    std::string text =
        "ulpsim trains neural networks bit-true in low-precision formats on a modelled accelerator and says what it "
        "cost in\n"
        "cycles, seconds, joules and square millimetres.\n\n"
        "usage: ulpsim COMMAND [options]\n\ncommands:\n";
    for (const Command& command : commands()) {
        text += "  " + command.name + std::string(12 - command.name.size(), ' ') + command.purpose + "\n";
    }
    return text +
           "\nulpsim COMMAND --help explains one. ulpsim --version prints the version.\n\n"
           "exit status: 0 done, 2 bad usage or scenario, 3 data missing or damaged, 4 the simulation failed,\n"
           "130 interrupted (partial results are saved)\n";
}

int dispatch(const Words& words) {
    const std::string word = words.empty() ? "" : words.front();
    if (word.empty()) throw Error("ulpsim: a command is missing; allowed: " + join(command_names()) + ", --help");
    if (word == "--help" || word == "-h" || word == "help") {
        std::cout << program_help();
        return exit_done;
    }
    if (word == "--version") {
        std::cout << "ulpsim " << build_version() << "\n";
        return exit_done;
    }
    const Words rest(words.begin() + 1, words.end());
    for (const Command& command : commands()) {
        if (command.name != word) continue;
        const Syntax syntax = command.syntax();
        const Arguments probe = parse(syntax, rest);
        if (probe.contains("help")) {
            std::cout << help_text(syntax);
            return exit_done;
        }
        return command.run(syntax, rest);
    }
    std::vector<std::string> known = command_names();
    known.insert(known.end(), {"--help", "--version"});
    throw Error("ulpsim: " + word + " is not a command; allowed: " + join(known) + did_you_mean(word, known));
}

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> all{
        {"run", "train one scenario and leave its results in a folder", run_syntax, run_command},
        {"compare", "run several scenarios, or reuse their runs, and set them side by side", compare_syntax,
         compare_command},
        {"replay", "a finished run on changed hardware, without its arithmetic", replay_syntax, replay_command},
        {"sweep", "many points: a grid, a list, a random or a Pareto search over keys", sweep_syntax, sweep_command},
        {"report", "write the page of a run, or of several side by side", report_syntax, report_command},
        {"list", "name the networks, data sets, technologies, optimizers, models, scenarios and sweeps", list_syntax,
         list_command},
        {"probe", "one operation on the platform, as JSON", probe_syntax, probe_command},
        {"formats", "range, precision and operator cost of number formats", formats_syntax, formats_command},
        {"quantize", "round numbers to a format, as values and bits", quantize_syntax, quantize_command},
        {"dot", "dot products rounded as the hardware would", dot_syntax, dot_command},
        {"expansion", "operations on unevaluated sums of 2 to 4 values", expansion_syntax, expansion_command},
        {"completion", "a script that completes words in bash or zsh", completion_syntax, completion_command},
        {"man", "the manual page", man_syntax, man_command},
    };
    return all;
}

int guarded(const std::function<void(const std::string& line)>& report, const std::function<int()>& body) {
    try {
        return body();
    } catch (const DataError& error) {
        report(error.what());
        return exit_data;
    } catch (const Error& error) {
        report(error.what());
        return exit_usage;
    } catch (const std::exception& error) {
        report(std::string("the simulation failed: ") + error.what());
        return exit_simulation;
    }
}

int run_program(const Words& words) {
    const auto report = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
    return guarded(report, [&] { return dispatch(words); });
}

}  // namespace ulpsim::program

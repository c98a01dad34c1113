#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/dry_run.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/report/summary.hpp"

namespace ulpsim::program {

namespace po = boost::program_options;

Syntax run_syntax() {
    Syntax syntax{
        .usage = "run SCENARIO [--set key.path=value]... [--out DIR] [--seed N] [--threads N] [--quiet] [--dry-run]",
        .purpose =
            "Trains the scenario's network on its modelled platform. Progress goes to standard error, a summary\n"
            "to standard output, everything else to DIR: scenario.yaml (every key resolved), results.json,\n"
            "epochs.csv, operations.csv, power.csv, stream.bin (for replay). Ctrl-C keeps what there is.",
        .options = po::options_description("options"),
        .positional = "SCENARIO",
        .most_positional = 1};
    add_override_options(syntax.options);
    syntax.options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                                 "folder of the run; default runs/<name>")(
        "threads", po::value<unsigned>()->value_name("N"), "threads of the arithmetic; changes no result")(
        "quiet", "no progress")("dry-run", "resolve and check everything, predict time and memory, train nothing");
    return syntax;
}

int run_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words scenarios = positional(arguments, syntax);
    if (scenarios.empty()) throw Error("ulpsim run: a scenario is missing; allowed: ulpsim " + syntax.usage);
    const unsigned thread_count = threads(arguments);
    Prepared prepared = prepare(ScenarioFile::open(scenarios.front(), overrides(arguments)));
    if (arguments.contains("dry-run")) {
        std::cout << dry_run_text(prepared, thread_count);
        return exit_done;
    }
    const std::filesystem::path folder = arguments.contains("out")
                                             ? std::filesystem::path(arguments["out"].as<std::string>())
                                             : "runs" / std::filesystem::path(prepared.scenario().name);
    catch_interrupts();
    Progress progress = Progress::standard(arguments.contains("quiet"));
    claim_folder(folder);
    const RunResults results = train_on_platform(prepared, thread_count, folder, progress);
    write_run(folder, prepared.scenario(), results);
    std::cout << summary_text(prepared.scenario().name, results) << "files: " << folder.string() << "\n";
    return results.status == workloads::Status::interrupted ? exit_interrupted : exit_done;
}

}  // namespace ulpsim::program

#include <cstdio>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/dry_run.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/planned_runs.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/report/summary.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {

namespace po = boost::program_options;

Syntax run_syntax() {
    Syntax syntax{
        .usage =
            "run SCENARIO [--set key.path=value]... [--out DIR] [--seed N] [--seeds N] [--threads N] [--quiet] "
            "[--dry-run]"
            " | run --resume DIR",
        .purpose =
            "Trains the scenario's network on its modelled platform. Progress goes to standard error, a summary\n"
            "to standard output, everything else to DIR: scenario.yaml (every key resolved), results.json,\n"
            "epochs.csv, operations.csv, power.csv, stream.bin (for replay). Ctrl-C keeps what there is. A run that\n"
            "was interrupted or killed goes on with --resume from its last checkpoint (the end of an epoch, or so\n"
            "many steps as workload.checkpoint_every says) and comes to the same results as if it had not been.",
        .options = po::options_description("options"),
        .positional = "SCENARIO",
        .most_positional = 1};
    add_override_options(syntax.options);
    add_seeds_option(syntax.options);
    syntax.options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                                 "folder of the run; default runs/<name>")(
        "resume", po::value<std::string>()->value_name("DIR"), "go on with the unfinished run in DIR")(
        "threads", po::value<unsigned>()->value_name("N"), "threads of the arithmetic; changes no result")(
        "quiet", "no progress")("dry-run", "resolve and check everything, predict time and memory, train nothing");
    return syntax;
}

namespace {

/// Trains, from a checkpoint or from the start, writes the folder and prints the summary.
int train_and_report(const Prepared& prepared, const Arguments& arguments, const std::filesystem::path& folder,
                     const std::optional<Checkpoint>& from) {
    Progress progress = Progress::standard(arguments.contains("quiet"));
    if (!from) claim_folder(folder, prepared.scenario());
    const RunResults results = train_on_platform(prepared, threads(arguments), folder, progress, from);
    write_run(folder, prepared.scenario(), results);
    std::cout << summary_text(prepared.scenario().name, results) << "files: " << folder.string() << "\n";
    return results.status == workloads::Status::interrupted ? exit_interrupted : exit_done;
}

/// The same scenario with several seeds, each in a process and folder of its own; a table of medians and ranges.
int run_seeds(const std::string& scenario, const std::string& name, const Arguments& arguments,
              const std::filesystem::path& folder) {
    const std::vector<PlannedRun> runs = with_seeds(scenario, name, overrides(arguments), seeds(arguments), folder);
    if (const int status = run_missing(runs, arguments); status != exit_done) return status;
    const Contender contender = read_runs(name, runs);
    if (contender.seeds.size() == runs.size()) {
        const Comparison comparison = compare({contender});
        write_file(folder / "seeds.json", comparison_json(comparison));
        std::cout << comparison_text(comparison) << "files: " << (folder / "seeds.json").string() << "\n";
    }
    return interrupted() ? exit_interrupted : exit_done;
}

int resume_run(const Arguments& arguments) {
    const std::filesystem::path folder = arguments["resume"].as<std::string>();
    for (const char* option : {"set", "seed", "out", "dry-run"}) {
        if (arguments.contains(option))
            throw Error(std::string("ulpsim run --resume: --") + option +
                        " is given; allowed: --threads and --quiet, as all else is the run's");
    }
    if (!std::filesystem::exists(folder / "scenario.yaml"))
        throw DataError(folder.string() + ": holds no run; allowed: a folder that `ulpsim run` began");
    Prepared prepared = prepare(ScenarioFile::open(folder / "scenario.yaml", {}));
    if (holds_finished_run(folder, prepared.scenario())) {
        std::cout << folder.string() << ": the run is finished\n";
        return exit_done;
    }
    const std::optional<Checkpoint> from = read_checkpoint(folder);
    if (from) check_same_program(*from, folder, digest(technology_file(prepared.scenario().platform.technology)));
    std::fprintf(
        stderr, "%s\n",
        from ? ("resuming after epoch " + std::to_string(from->epoch) + ", step " + std::to_string(from->step)).c_str()
             : "no checkpoint was reached: starting anew");
    catch_interrupts();
    return train_and_report(prepared, arguments, folder, from);
}

}  // namespace

int run_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words scenarios = positional(arguments, syntax);
    (void)threads(arguments);  // a wrong number is refused before the scenario is read
    if (arguments.contains("resume")) {
        if (!scenarios.empty())
            throw Error("ulpsim run --resume: a scenario is given; allowed: none, as the folder holds it");
        return resume_run(arguments);
    }
    if (scenarios.empty())
        throw Error("ulpsim run: a scenario is missing; allowed: ulpsim run SCENARIO, or ulpsim run --resume DIR");
    const Prepared prepared = prepare(ScenarioFile::open(scenarios.front(), overrides(arguments)));
    if (arguments.contains("dry-run")) {
        std::cout << dry_run_text(prepared, threads(arguments));
        return exit_done;
    }
    const std::filesystem::path folder = arguments.contains("out")
                                             ? std::filesystem::path(arguments["out"].as<std::string>())
                                             : "runs" / std::filesystem::path(prepared.scenario().name);
    catch_interrupts();
    if (seeds(arguments) > 1) return run_seeds(scenarios.front(), prepared.scenario().name, arguments, folder);
    return train_and_report(prepared, arguments, folder, std::nullopt);
}

}  // namespace ulpsim::program

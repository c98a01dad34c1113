#include <cstdio>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/dry_run.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/planned_runs.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/report/page.hpp"
#include "scenarios/program/report/recorded_run.hpp"
#include "scenarios/program/report/summary.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {

namespace po = boost::program_options;

Syntax run_syntax() {
    Syntax syntax{
        .usage =
            "run SCENARIO [--set key.path=value]... [--out DIR] [--seed N] [--seeds N] [--threads N] [--quiet] "
            "[--dry-run] [--json]"
            " | run --resume DIR",
        .purpose =
            "Trains the scenario's network on its modelled platform. Progress goes to standard error, a summary\n"
            "to standard output, everything else to DIR: scenario.yaml (every key resolved), results.json,\n"
            "epochs.csv, operations.csv, power.csv, report.html (a page to open in a browser), stream.bin (for\n"
            "replay). Ctrl-C keeps what there is. A run that was interrupted or killed goes on with --resume from its\n"
            "last checkpoint (the end of an epoch, or so many steps as workload.checkpoint_every says) and comes to\n"
            "the same results as if it had not been.",
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
    add_json_option(syntax.options);
    return syntax;
}

namespace {

/// Trains in the folder and prints the summary.
int train_and_report(const Prepared& prepared, const Arguments& arguments, const std::filesystem::path& folder,
                     const Beginning& beginning) {
    Progress progress = Progress::standard(arguments.contains("quiet"));
    const RunResults results = train_in(folder, prepared, threads(arguments), progress, beginning);
    if (results.before_checkpoint) {
        std::fprintf(stderr, "%s: interrupted before the checkpoint: it is as it was\n", folder.c_str());
        return exit_status(results);
    }
    write_run_page(folder, prepared.scenario().name);
    if (arguments.contains("json")) {
        std::cout << results_json(results);
    } else {
        std::cout << summary_text(prepared.scenario().name, results) << "files: " << folder.string() << "\n";
    }
    return exit_status(results);
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
        if (arguments.contains("json")) {
            std::cout << comparison_json(comparison);
            return interrupted() ? exit_interrupted : exit_done;
        }
        std::cout << comparison_text(comparison) << "files: " << (folder / "seeds.json").string() << "\n";
    }
    return interrupted() ? exit_interrupted : exit_done;
}

/// Where the user's run goes on: what cannot, and what is finished, is not overwritten.
std::optional<Checkpoint> checkpoint_to_resume(const std::filesystem::path& folder, const Scenario& scenario) {
    if (!read_file(folder / "results.json").empty()) {
        const auto run = read_run(folder, "");
        if (!run || run->status != "interrupted")
            throw DataError(folder.string() +
                            ": holds a run that another build of ulpsim, or one with other cost figures, finished; "
                            "allowed: an unfinished one");
    }
    std::optional<Checkpoint> from = read_checkpoint(folder);
    if (from) check_can_resume(*from, folder, digest(technology_file(scenario.platform.technology)));
    std::fprintf(
        stderr, "%s\n",
        from ? ("resuming after epoch " + std::to_string(from->epoch) + ", step " + std::to_string(from->step)).c_str()
             : "no checkpoint was reached: starting anew");
    return from;
}

int resume_run(const Arguments& arguments) {
    const std::filesystem::path folder = arguments["resume"].as<std::string>();
    for (const char* option : {"set", "seed", "seeds", "out", "dry-run"}) {
        if (arguments.contains(option) && !arguments[option].defaulted())
            throw Error(std::string("ulpsim run --resume: --") + option +
                        " is given; allowed: --threads and --quiet, as all else is the run's");
    }
    if (!std::filesystem::exists(folder / "scenario.yaml"))
        throw DataError(folder.string() + ": holds no run; allowed: a folder that `ulpsim run` began");
    const Prepared prepared = prepare(ScenarioFile::open(folder / "scenario.yaml", {}));
    if (holds_finished_run(folder, prepared.scenario())) {
        std::cout << folder.string() << ": the run is finished\n";
        return exit_done;
    }
    catch_interrupts();
    return train_and_report(prepared, arguments, folder, checkpoint_to_resume);
}

}  // namespace

int run_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words scenarios = positional(arguments, syntax);
    const unsigned thread_count = threads(arguments);
    if (arguments.contains("resume")) {
        if (!scenarios.empty())
            throw Error("ulpsim run --resume: a scenario is given; allowed: none, as the folder holds it");
        return resume_run(arguments);
    }
    if (scenarios.empty())
        throw Error("ulpsim run: a scenario is missing; allowed: ulpsim run SCENARIO, or ulpsim run --resume DIR");
    const Prepared prepared = prepare(ScenarioFile::open(scenarios.front(), overrides(arguments)));
    if (arguments.contains("dry-run")) {
        std::cout << (arguments.contains("json") ? dry_run_json(prepared, thread_count)
                                                 : dry_run_text(prepared, thread_count));
        return exit_done;
    }
    const std::filesystem::path folder = arguments.contains("out")
                                             ? std::filesystem::path(arguments["out"].as<std::string>())
                                             : "runs" / std::filesystem::path(prepared.scenario().name);
    catch_interrupts();
    if (seeds(arguments) > 1) return run_seeds(scenarios.front(), prepared.scenario().name, arguments, folder);
    return train_and_report(prepared, arguments, folder, anew);
}

}  // namespace ulpsim::program

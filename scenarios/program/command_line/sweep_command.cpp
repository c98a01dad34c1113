#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/planned_runs.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/reader/read_sweep.hpp"
#include "scenarios/program/sweep/run_sweep.hpp"
#include "scenarios/program/sweep/task_file.hpp"

namespace ulpsim::program {

namespace po = boost::program_options;

Syntax sweep_syntax() {
    Syntax syntax{
        .usage =
            "sweep SWEEP [--executor local|slurm] [--jobs N] [--resume] [--seeds N] [--out DIR] [--threads N] "
            "[--quiet] [--json]",
        .purpose =
            "Works through the points of a sweep file: a grid, a list, a random or a Pareto search over keys of a\n"
            "scenario. Each point is a run in a process of its own, or, where another point differs in its hardware\n"
            "only, a replay of that one's run. Points that fail are listed and do not stop the rest. Leaves\n"
            "DIR/sweep.sqlite, DIR/sweep.csv, DIR/report.html (a page) and a run's folder a point; prints the Pareto\n"
            "front. Of contenders (search: crossover) it also leaves DIR/crossover.csv and prints who reaches each\n"
            "gradient norm with the least energy, on which problem and machine.",
        .options = po::options_description("options"),
        .positional = "SWEEP",
        .most_positional = 1};
    add_seeds_option(syntax.options);
    syntax.options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                                 "folder of the sweep; default runs/<name>")(
        "executor", po::value<std::string>()->value_name("local|slurm")->default_value("local"),
        "processes of this machine, or tasks of Slurm's job arrays (the folder must be shared by the nodes;\n"
        "partition, time limit and account: the environment that sbatch reads, as SBATCH_PARTITION)")(
        "jobs", po::value<unsigned>()->value_name("N"),
        "processes at once; default: the machine's cores; slurm: tasks of an array at once, default all")(
        "resume", "go on with the sweep in DIR: only what is missing is done; all of it where there is none")(
        "threads", po::value<unsigned>()->value_name("N"),
        "threads of each run's arithmetic; default: cores over jobs, slurm 1; changes no result")("quiet",
                                                                                                  "no progress");
    add_json_option(syntax.options);
    // What a task of a job array does (sweep/task_file.hpp).
    syntax.hidden.add_options()("task", po::value<std::string>(), "");
    return syntax;
}

namespace {

SweepOptions options_of(const Arguments& arguments, const Sweep& sweep) {
    SweepOptions options;
    const std::string executor = arguments["executor"].as<std::string>();
    if (executor != "local" && executor != "slurm")
        throw Error("--executor is " + executor + "; allowed: local, slurm");
    const bool slurm = executor == "slurm";
    options.executor = slurm ? SweepOptions::Executor::slurm : SweepOptions::Executor::local;
    options.out = arguments.contains("out") ? std::filesystem::path(arguments["out"].as<std::string>())
                                            : "runs" / std::filesystem::path(sweep.name);
    options.jobs = slurm ? 0 : default_threads();
    if (arguments.contains("jobs")) {
        options.jobs = arguments["jobs"].as<unsigned>();
        if (options.jobs < 1 || options.jobs > 1024)
            throw Error("--jobs is " + std::to_string(options.jobs) + "; allowed: 1 to 1024");
    }
    options.seeds = seeds(arguments);
    options.threads = slurm ? 1 : std::max(1u, default_threads() / options.jobs);
    if (arguments.contains("threads")) options.threads = threads(arguments);
    options.resume = arguments.contains("resume");
    options.json = arguments.contains("json");
    options.quiet = arguments.contains("quiet");
    return options;
}

}  // namespace

int sweep_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    catch_interrupts();
    if (arguments.contains("task")) return do_task(arguments["task"].as<std::string>());
    const Words files = positional(arguments, syntax);
    if (files.empty()) throw Error("ulpsim sweep: a sweep file is missing; allowed: ulpsim " + syntax.usage);
    const Sweep sweep = read_sweep(files.front());
    return run_sweep(sweep, options_of(arguments, sweep));
}

}  // namespace ulpsim::program

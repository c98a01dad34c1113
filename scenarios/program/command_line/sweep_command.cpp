#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/reader/read_sweep.hpp"
#include "scenarios/program/sweep/run_sweep.hpp"

namespace ulpsim::program {

namespace po = boost::program_options;

Syntax sweep_syntax() {
    Syntax syntax{
        .usage = "sweep SWEEP [--jobs N] [--resume] [--seeds N] [--out DIR] [--threads N] [--quiet]",
        .purpose =
            "Works through the points of a sweep file: a grid, a list, a random or a Pareto search over keys of a\n"
            "scenario. Each point is a run in a process of its own, or, where another point differs in its hardware\n"
            "only, a replay of that one's run. Points that fail are listed and do not stop the rest. Leaves\n"
            "DIR/sweep.sqlite, DIR/sweep.csv and a run's folder a point; prints the Pareto front.",
        .options = po::options_description("options"),
        .positional = "SWEEP",
        .most_positional = 1};
    syntax.options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                                 "folder of the sweep; default runs/<name>")(
        "jobs", po::value<unsigned>()->value_name("N"), "processes at once; default: the machine's cores")(
        "resume", "go on with the sweep in DIR: only what is missing is done")(
        "seeds", po::value<std::uint64_t>()->value_name("N")->default_value(1),
        "every point with so many seeds; the table shows medians and the range of the error")(
        "threads", po::value<unsigned>()->value_name("N"),
        "threads of each run's arithmetic; default: cores over jobs; changes no result")("quiet", "no progress");
    return syntax;
}

int sweep_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words files = positional(arguments, syntax);
    if (files.empty()) throw Error("ulpsim sweep: a sweep file is missing; allowed: ulpsim " + syntax.usage);
    const Sweep sweep = read_sweep(files.front());
    SweepOptions options;
    options.out = arguments.contains("out") ? std::filesystem::path(arguments["out"].as<std::string>())
                                            : "runs" / std::filesystem::path(sweep.name);
    options.jobs = arguments.contains("jobs") ? arguments["jobs"].as<unsigned>() : default_threads();
    if (options.jobs < 1 || options.jobs > 1024)
        throw Error("--jobs is " + std::to_string(options.jobs) + "; allowed: 1 to 1024");
    options.seeds = arguments["seeds"].as<std::uint64_t>();
    if (options.seeds < 1 || options.seeds > 1000)
        throw Error("--seeds is " + std::to_string(options.seeds) + "; allowed: 1 to 1000");
    options.threads =
        arguments.contains("threads") ? threads(arguments) : std::max(1u, default_threads() / options.jobs);
    options.resume = arguments.contains("resume");
    options.quiet = arguments.contains("quiet");
    catch_interrupts();
    return run_sweep(sweep, options);
}

}  // namespace ulpsim::program

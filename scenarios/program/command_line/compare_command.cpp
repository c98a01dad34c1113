#include <algorithm>
#include <cstdio>
#include <iostream>
#include <set>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/side_by_side.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/report/comparison.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;

/// A scenario of the comparison and where its run lies.
struct Entrant {
    std::string name;  ///< the scenario file's stem
    ScenarioFile file;
    std::filesystem::path folder;
};

std::vector<Entrant> entrants(const Words& scenarios, const Overrides& changes, const std::filesystem::path& out) {
    std::vector<Entrant> all;
    std::set<std::string> names;
    for (const std::string& scenario : scenarios) {
        const std::string name = std::filesystem::path(scenario).stem().string();
        if (!names.insert(name).second) {
            throw Error("ulpsim compare: two scenarios are called " + name + "; allowed: different file names");
        }
        all.push_back({name, ScenarioFile::open(scenario, changes), out / name});
    }
    return all;
}

Task task(const Entrant& entrant, unsigned thread_count) {
    return {entrant.name, [&entrant, thread_count](const std::function<void(const std::string&)>& say, bool live) {
                say("loading data");
                const Prepared prepared = prepare(entrant.file);
                claim_folder(entrant.folder);
                Progress progress(live ? Progress::Style::live : Progress::Style::plain, say);
                const RunResults results = train_on_platform(prepared, thread_count, entrant.folder, progress);
                write_run(entrant.folder, prepared.scenario(), results);
                return results.status == workloads::Status::interrupted ? exit_interrupted : exit_done;
            }};
}

// The first failure that is not an interruption, as a line; nothing when all went well.
int report_failures(const std::vector<Task>& tasks, const std::vector<Outcome>& outcomes) {
    int status = exit_done;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (outcomes[i].status == exit_done || outcomes[i].status == exit_interrupted) continue;
        std::fprintf(stderr, "%s: %s\n", tasks[i].name.c_str(), outcomes[i].message.c_str());
        status = std::max(status, outcomes[i].status);
    }
    return status;
}

void run_missing(const std::vector<Entrant>& all, const Arguments& arguments, int& status) {
    const bool quiet = arguments.contains("quiet");
    std::vector<const Entrant*> missing;
    for (const Entrant& entrant : all) {
        if (holds_finished_run(entrant.folder, entrant.file.scenario())) {
            if (!quiet)
                std::fprintf(stderr, "%s: its run in %s is reused\n", entrant.name.c_str(), entrant.folder.c_str());
        } else {
            missing.push_back(&entrant);
        }
    }
    const unsigned cores = default_threads();
    const unsigned at_once = std::min(cores, static_cast<unsigned>(std::max<std::size_t>(1, missing.size())));
    const unsigned each = arguments.contains("threads") ? threads(arguments) : std::max(1u, cores / at_once);
    std::vector<Task> tasks;
    for (const Entrant* entrant : missing) tasks.push_back(task(*entrant, each));
    status = report_failures(tasks, run_side_by_side(tasks, at_once, quiet));
}

}  // namespace

Syntax compare_syntax() {
    Syntax syntax{
        .usage =
            "compare SCENARIO SCENARIO... [--set key.path=value]... [--out DIR] [--seed N] [--threads N] [--quiet]",
        .purpose =
            "Runs each scenario in a process of its own (or reuses its finished run in DIR) and prints one table:\n"
            "quality, time and energy to the same quality, energy by component, operation and phase, traffic,\n"
            "memory, area, each with its ratio to the first. Leaves DIR/<file stem>/ and DIR/compare.json.",
        .options = po::options_description("options"),
        .positional = "SCENARIO",
        .most_positional = -1};
    add_override_options(syntax.options);
    syntax.options.add_options()("out", po::value<std::string>()->default_value("runs/compare")->value_name("DIR"),
                                 "folder of the runs and of compare.json")(
        "threads", po::value<unsigned>()->value_name("N"), "threads of each run's arithmetic; changes no result")(
        "quiet", "no progress");
    return syntax;
}

int compare_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words scenarios = positional(arguments, syntax);
    if (scenarios.size() < 2) throw Error("ulpsim compare: two scenarios are needed; allowed: ulpsim " + syntax.usage);
    const std::filesystem::path out = arguments["out"].as<std::string>();
    const std::vector<Entrant> all = entrants(scenarios, overrides(arguments), out);
    catch_interrupts();
    int status = exit_done;
    run_missing(all, arguments, status);
    if (status != exit_done) return status;

    std::vector<RecordedRun> runs;
    for (const Entrant& entrant : all) {
        if (auto run = read_run(entrant.folder, entrant.name)) runs.push_back(std::move(*run));
    }
    if (!runs.empty()) {
        const Comparison comparison = compare(runs);
        write_file(out / "compare.json", comparison_json(comparison));
        std::cout << comparison_text(comparison) << "files: " << (out / "compare.json").string() << "\n";
    }
    return interrupted() ? exit_interrupted : exit_done;
}

}  // namespace ulpsim::program

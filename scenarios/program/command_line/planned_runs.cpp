#include "scenarios/program/command_line/planned_runs.hpp"

#include <algorithm>
#include <cstdio>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/side_by_side.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/version.hpp"

namespace ulpsim::program {
namespace {

constexpr std::uint64_t most_seeds = 1000;

Task task(const PlannedRun& run, unsigned thread_count) {
    return {run.name, [&run, thread_count](const std::function<void(const std::string&)>& say, bool live) {
                say("loading data");
                const Prepared prepared = prepare(run.file);
                Progress progress(live ? Progress::Style::live : Progress::Style::plain, say);
                return exit_status(train_in(run.folder, prepared, thread_count, progress, checkpoint_of));
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

}  // namespace

std::uint64_t seeds(const Arguments& arguments) {
    const auto count = arguments["seeds"].as<std::uint64_t>();
    if (count < 1 || count > most_seeds)
        throw Error("--seeds is " + std::to_string(count) + "; allowed: 1 to " + std::to_string(most_seeds));
    return count;
}

void add_seeds_option(boost::program_options::options_description& options) {
    options.add_options()(
        "seeds", boost::program_options::value<std::uint64_t>()->value_name("N")->default_value(1),
        "so many runs with seeds counted on from the scenario's; figures are their medians and ranges");
}

std::vector<PlannedRun> with_seeds(const std::string& scenario, const std::string& name, const Overrides& changes,
                                   std::uint64_t count, const std::filesystem::path& folder) {
    const ScenarioFile first = ScenarioFile::open(scenario, changes);
    if (count == 1) return {{name, first, folder}};
    std::vector<PlannedRun> runs;
    for (std::uint64_t i = 0; i < count; ++i) {
        Overrides seeded = changes;
        seeded.seed = first.scenario().training.seed + i;
        const std::string seed = std::to_string(*seeded.seed);
        runs.push_back({name + " seed " + seed, ScenarioFile::open(scenario, seeded), folder / ("seed_" + seed)});
    }
    return runs;
}

int run_missing(const std::vector<PlannedRun>& runs, const Arguments& arguments) {
    const bool quiet = arguments.contains("quiet");
    std::vector<const PlannedRun*> missing;
    for (const PlannedRun& run : runs) {
        if (holds_finished_run(run.folder, run.file.scenario())) {
            if (!quiet) std::fprintf(stderr, "%s: its run in %s is reused\n", run.name.c_str(), run.folder.c_str());
        } else {
            missing.push_back(&run);
        }
    }
    const unsigned cores = default_threads();
    const unsigned at_once = std::min(cores, static_cast<unsigned>(std::max<std::size_t>(1, missing.size())));
    const unsigned each = arguments.contains("threads") ? threads(arguments) : std::max(1u, cores / at_once);
    std::vector<Task> tasks;
    for (const PlannedRun* run : missing) tasks.push_back(task(*run, each));
    return report_failures(tasks, run_side_by_side(tasks, at_once, quiet));
}

Contender read_runs(const std::string& name, const std::vector<PlannedRun>& runs) {
    Contender contender{name, {}};
    for (const PlannedRun& run : runs) {
        auto found = read_run(run.folder, name);
        if (!found || found->version != build_version()) continue;
        if (read_file(run.folder / "scenario.yaml") != resolved_text(run.file.scenario())) continue;
        contender.seeds.push_back(std::move(*found));
    }
    return contender;
}

}  // namespace ulpsim::program

#include "scenarios/program/sweep/job.hpp"

#include <cmath>
#include <cstdio>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/replay/replayed_run.hpp"
#include "scenarios/program/report/recorded_run.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

std::filesystem::path folder_of(const SweepOptions& options, std::uint64_t point, std::uint64_t seed) {
    const std::filesystem::path folder = options.out / point_folder(point);
    return options.seeds == 1 ? folder : folder / ("seed_" + std::to_string(seed));
}

ScenarioFile scenario_of(const Job& job) {
    return ScenarioFile::open(job.what.scenario, {.set = job.what.set, .seed = job.seed});
}

std::optional<double> finite(double value) { return std::isfinite(value) ? std::optional(value) : std::nullopt; }

}  // namespace

std::filesystem::path point_folder(std::uint64_t point) {
    char number[32];
    std::snprintf(number, sizeof number, "%04llu", static_cast<unsigned long long>(point));
    return std::filesystem::path("points") / number;
}

Job make_job(const Sweep& sweep, const SweepOptions& options, std::uint64_t point, std::uint64_t nth_seed,
             const Point& values) {
    Job job{.point = point,
            .seed = nth_seed,
            .name = std::to_string(point) + "  " + point_text(values),
            .what = {},
            .group = {},
            .refusal = {},
            .digest = {},
            .folder = {}};
    try {
        job.what = resolve(sweep, values);
        const ScenarioFile file = ScenarioFile::open(job.what.scenario, {.set = job.what.set, .seed = std::nullopt});
        Scenario scenario = file.scenario();
        scenario.training.seed += nth_seed;
        job.seed = scenario.training.seed;
        job.group = arithmetic_text(scenario);
        job.digest = digest_of(resolved_text(scenario) + digest(technology_file(scenario.platform.technology)));
    } catch (const Error& error) {
        job.refusal = error.what();
    }
    if (options.seeds > 1) job.name += "  seed " + std::to_string(job.seed);
    job.folder = folder_of(options, point, job.seed);
    return job;
}

int do_job(const Job& job, const std::optional<std::filesystem::path>& source, unsigned threads, Progress& progress) {
    if (!source) return exit_status(train_in(job.folder, prepare(scenario_of(job)), threads, progress, checkpoint_of));
    const Recording recording = open_recording(*source);
    return exit_status(replay_into(job.folder, recording, prepare_replay(recording, scenario_of(job)), progress));
}

std::optional<Row> finished_row(const Job& job) {
    if (!holds_finished_run(job.folder, scenario_of(job).scenario())) return std::nullopt;
    const auto run = read_run(job.folder, job.name);
    Row row;
    row.point = job.point;
    row.seed = job.seed;
    row.digest = job.digest;
    row.how = run->replayed ? "replay" : "run";
    row.status = run->status;
    row.seconds = run->seconds;
    row.area_mm2 = run->area_mm2;
    row.wall_seconds = run->wall_seconds;
    row.energy_j = run->total_j;
    row.energy_low_j = run->low_j;
    row.energy_high_j = run->high_j;
    if (!run->epochs.empty()) {
        const RecordedEpoch& last = run->epochs.back();
        row.train_loss = finite(last.train_loss);
        row.train_accuracy = finite(last.train_accuracy);
        row.test_accuracy = last.test_accuracy;
        row.gradient_norm = last.gradient_norm;
        const auto accuracy = row.test_accuracy ? row.test_accuracy : row.train_accuracy;
        if (accuracy) row.error = 1 - *accuracy;
    }
    return row;
}

bool holds_recording(const Job& job) {
    return std::filesystem::exists(job.folder / "stream.bin") &&
           read_file(job.folder / "scenario.yaml") == resolved_text(scenario_of(job).scenario());
}

Row failed_row(const Job& job, int exit_status, const std::string& message) {
    Row row;
    row.point = job.point;
    row.seed = job.seed;
    row.digest = job.digest;
    row.status = "failed";
    row.exit_status = exit_status;
    row.message = message;
    return row;
}

}  // namespace ulpsim::program

#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "scenarios/program/report/progress.hpp"
#include "scenarios/program/sweep/database.hpp"
#include "scenarios/program/sweep/run_sweep.hpp"
#include "scenarios/program/sweep/sweep.hpp"

namespace ulpsim::program {

/// One point with one seed: what a process works on.
struct Job {
    std::uint64_t point = 0, seed = 0;
    std::string name;  ///< for progress
    ResolvedPoint what;
    std::string group;    ///< arithmetic_text: who agrees in it shares one run
    std::string refusal;  ///< why its scenario is not valid; empty when it is
    std::string digest;   ///< of its resolved scenario and the cost figures: a row of another one is not this job's
    std::filesystem::path folder;
};

/// A point's folder, from the sweep's: points/NNNN.
std::filesystem::path point_folder(std::uint64_t point);

/// Reads the point's scenario; `nth_seed` counts from 0 and is added to the scenario's seed.
Job make_job(const Sweep& sweep, const SweepOptions& options, std::uint64_t point, std::uint64_t nth_seed,
             const Point& values);

/// Trains, or replays the run in `source`, and leaves a run's folder. Returns the exit status.
int do_job(const Job& job, const std::optional<std::filesystem::path>& source, unsigned threads, Progress& progress);

/// The row of the finished run in the job's folder, if that is what is there.
std::optional<Row> finished_row(const Job& job);
/// The job's folder holds the recording of its own scenario, which others can replay.
bool holds_recording(const Job& job);
Row failed_row(const Job& job, int exit_status, const std::string& message);

}  // namespace ulpsim::program

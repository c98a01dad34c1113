#pragma once
#include <filesystem>
#include <functional>
#include <optional>

#include "scenarios/program/reader/scenario.hpp"
#include "scenarios/program/replay/checkpoint.hpp"
#include "scenarios/program/report/progress.hpp"
#include "scenarios/program/results/lock.hpp"
#include "scenarios/program/results/run_results.hpp"
#include "workloads/recording/problem.hpp"

namespace ulpsim::program {

/// A scenario with its data loaded and everything checked that can be before the simulation starts.
struct Prepared {
    ScenarioFile file;
    workloads::Dataset data;
    workloads::Network network;
    power::Technology technology;

    const Scenario& scenario() const { return file.scenario(); }
};
/// Throws Error (exit status 2) and DataError (3).
Prepared prepare(ScenarioFile file);

/// Everything of a scenario that can be checked without its data, for a training on `problem`.
Prepared prepare_without_data(ScenarioFile file, const workloads::Problem& problem);

/// What the host's processor runs: it trains, or makes the calls of a recording.
using HostProgram =
    std::function<workloads::Status(workloads::Executor&, const workloads::Observer&, platform::Simulation&)>;

/// Runs a program on the scenario's machine until its end, or Ctrl-C, and says what it cost.
RunResults run_on_platform(const Prepared& prepared, const platform::SimulationOptions& options, Progress& progress,
                           const HostProgram& program);

/// Trains on the modelled machine until the end, divergence or Ctrl-C. Leaves the operation stream in
/// FOLDER/stream.bin and, as it goes, FOLDER/checkpoint.bin (replay/journal.hpp). `from`: goes on from there with the run
/// that lies in the folder, and comes to the same results as though that had never ended.
RunResults train_on_platform(const Prepared& prepared, unsigned threads, const std::filesystem::path& folder,
                             Progress& progress, const std::optional<Checkpoint>& from = std::nullopt);

/// Where a run in a folder can be taken up; nothing: it starts anew. Throws Error and DataError where it must do neither.
using Beginning = std::function<std::optional<Checkpoint>(const std::filesystem::path& folder, const Scenario&)>;

/// Trains in a folder, which is its alone meanwhile, and leaves a run there (write_run). A resumed run that Ctrl-C ends
/// before its checkpoint leaves the folder as it was, which holds more.
RunResults train_in(const std::filesystem::path& folder, const Prepared& prepared, unsigned threads, Progress& progress,
                    const Beginning& beginning);

/// Exit status of a command or process that has had this run.
int exit_status(const RunResults& results);

/// Held by whoever works in a run's folder. Throws Error when another process does.
Lock lock_of_run(const std::filesystem::path& folder);

/// Makes the folder, takes an older run's results and recording away, and writes scenario.yaml: a run that dies must not
/// leave another's results beside its scenario. Throws Error when the folder cannot be written, before hours are spent.
void claim_folder(const std::filesystem::path& folder, const Scenario& scenario);

/// Writes scenario.yaml, results.json, epochs.csv, operations.csv and power.csv; results.json last, so that its
/// presence says that the folder is whole. A finished run's checkpoint is taken away.
void write_run(const std::filesystem::path& folder, const Scenario& scenario, const RunResults& results);

/// A finished run of the same resolved scenario, by the same program with the same figures of the technology.
bool holds_finished_run(const std::filesystem::path& folder, const Scenario& scenario);

/// Beginnings. `checkpoint_of`: where an unfinished run of the same resolved scenario, by the same program and figures, can
/// be taken up; whatever else lies there is as good as nothing. `anew`: nowhere.
std::optional<Checkpoint> checkpoint_of(const std::filesystem::path& folder, const Scenario& scenario);
std::optional<Checkpoint> anew(const std::filesystem::path& folder, const Scenario& scenario);

/// The machine's cores, at least 1.
unsigned default_threads();

}  // namespace ulpsim::program

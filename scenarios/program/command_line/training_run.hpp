#pragma once
#include <filesystem>

#include "scenarios/program/reader/scenario.hpp"
#include "scenarios/program/report/progress.hpp"
#include "scenarios/program/results/run_results.hpp"

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

/// Trains on the modelled machine until the end, divergence or Ctrl-C.
RunResults train_on_platform(const Prepared& prepared, unsigned threads, Progress& progress);

/// Makes the folder and takes an older run's results.json away: a run that dies must not leave another's results beside
/// its scenario. Throws Error when the folder cannot be written, before hours are spent.
void claim_folder(const std::filesystem::path& folder);

/// Writes scenario.yaml, results.json, epochs.csv, operations.csv and power.csv; results.json last, so that its
/// presence says that the folder is whole.
void write_run(const std::filesystem::path& folder, const Scenario& scenario, const RunResults& results);

/// The machine's cores, at least 1.
unsigned default_threads();

}  // namespace ulpsim::program

#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/program/command_line/arguments.hpp"
#include "scenarios/program/reader/scenario.hpp"
#include "scenarios/program/report/comparison.hpp"

namespace ulpsim::program {

/// A run that is to be had, and where it lies or will.
struct PlannedRun {
    std::string name;  ///< for progress
    ScenarioFile file;
    std::filesystem::path folder;
};

/// --seeds of a command, 1 unless given. Throws Error.
std::uint64_t seeds(const Arguments& arguments);
/// Adds the option to a command's.
void add_seeds_option(boost::program_options::options_description& options);

/// The scenario's runs with so many seeds, counted on from its own: in `folder`, or in folder/seed_S where there are
/// several.
std::vector<PlannedRun> with_seeds(const std::string& scenario, const std::string& name, const Overrides& changes,
                                   std::uint64_t count, const std::filesystem::path& folder);

/// Runs those whose folders hold no finished run of the same scenario and program, side by side, taking up unfinished
/// ones from their checkpoints. Says on standard error which are reused and which fail. The exit status of the worst.
int run_missing(const std::vector<PlannedRun>& runs, const Arguments& arguments);

/// What the folders of a scenario's runs hold, of this scenario and by this program; interrupted ones too.
Contender read_runs(const std::string& name, const std::vector<PlannedRun>& runs);

}  // namespace ulpsim::program

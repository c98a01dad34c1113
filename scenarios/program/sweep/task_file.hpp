#pragma once
#include <filesystem>

#include "scenarios/program/sweep/workers.hpp"

namespace ulpsim::program {

/// What a process on another machine must know of its work, as a text file: a line "KEY VALUE" each for scenario, set
/// (several), seed, folder, source (none: it trains) and threads. Paths are absolute.
void write_task(const std::filesystem::path& file, const Work& work, unsigned threads);

/// Does the work of a task file and leaves FILE.end: its exit status, and on the second line why it failed. Returns the
/// status. Throws Error when the file cannot be read.
int do_task(const std::filesystem::path& file);

/// What FILE.end says; nothing while there is none.
std::optional<Outcome> outcome_of_task(const std::filesystem::path& file);

}  // namespace ulpsim::program

#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenarios/program/command_line/planned_runs.hpp"

namespace ulpsim::program {

/// What fair runs have in common.
enum class Match { area, power, throughput };
/// Throws Error for another word.
Match match_named(const std::string& word);

/// What the match makes equal: square millimetres of the whole platform, watts (mean over the run), or
/// multiply-accumulates a second of the array at its peak.
double measure(Match match, const RecordedRun& run, const Scenario& scenario);

/// Shapes like rows x columns from a single element on, none with more than 1024 of either, in the order of their size.
std::vector<std::pair<unsigned, unsigned>> shapes_like(unsigned rows, unsigned columns);

struct Matched {
    Contender contender;
    std::string what;  ///< one line: the array it was, the array it is, and what of each run is equal now
};

/// Resizes a contender's array, keeping its proportions, until its measure is nearest to `target`, the measure of the
/// first contender. Tries sizes by replaying its first seed's run, then replays every seed's at the chosen one, into
/// RUN_FOLDER/match/RxC. The runs must be finished. Nothing when Ctrl-C came first. Throws DataError and
/// std::runtime_error for what is no refusal of a machine's size.
std::optional<Matched> matched(Match match, double target, const std::string& name, const std::vector<PlannedRun>& runs,
                               bool quiet);

}  // namespace ulpsim::program

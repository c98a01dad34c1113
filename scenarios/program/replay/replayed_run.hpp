#pragma once
#include <filesystem>
#include <string>

#include "scenarios/program/command_line/training_run.hpp"

namespace ulpsim::program {

/// A run that can be driven over other hardware.
struct Recording {
    std::filesystem::path folder;
    std::string stream;
};

/// Throws DataError when the folder holds no run that came to an end (be it by Ctrl-C) or its stream is damaged.
Recording open_recording(const std::filesystem::path& run_folder);

/// The recorded scenario with some keys of its platform changed ("platform.key=value"), checked like any scenario.
/// Throws Error for what would change the arithmetic: other keys, and platform.kind.
Prepared prepare_replay(const Recording& recording, const std::vector<std::string>& set);
/// Another scenario, checked like any. Throws DataError unless its arithmetic is the recording's (arithmetic_text).
Prepared prepare_replay(const Recording& recording, ScenarioFile file);

/// All of a scenario that decides the arithmetic: it without its name, and without its platform but for the kind.
/// Scenarios that agree in it train the same bits.
std::string arithmetic_text(const Scenario& scenario);

/// Drives the scenario's machine with the recorded calls, its values switched off. Epochs and events have the recorded
/// training figures; time, energy and area are this machine's.
RunResults replay_on_platform(const Recording& recording, const Prepared& prepared, Progress& progress);

/// Replays and leaves a run in a folder, which is its alone meanwhile.
RunResults replay_into(const std::filesystem::path& folder, const Recording& recording, const Prepared& prepared,
                       Progress& progress);

}  // namespace ulpsim::program

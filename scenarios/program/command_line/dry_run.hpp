#pragma once
#include <string>

#include "scenarios/program/command_line/training_run.hpp"

namespace ulpsim::program {

/// What a run would be: precision of every tensor and when, shapes, work, memory, predicted times. Predicted from a few
/// steps on the modelled machine with its values switched off, whose times are a real run's; nothing is trained.
std::string dry_run_text(const Prepared& prepared, unsigned threads);
/// The same as JSON: {name, precision: [{tensor, pass, format, rounding, when}], network: {name, layers}, parameters,
/// batch, steps, macs, memory, predicted: {simulated_seconds, wall_seconds, threads}}.
std::string dry_run_json(const Prepared& prepared, unsigned threads);

}  // namespace ulpsim::program

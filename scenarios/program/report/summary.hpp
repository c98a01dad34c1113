#pragma once
#include <string>

#include "scenarios/program/results/run_results.hpp"

namespace ulpsim::program {

/// A run in a few lines: what it reached and what it cost.
std::string summary_text(const std::string& name, const RunResults& results);

}  // namespace ulpsim::program

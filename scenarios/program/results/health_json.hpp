#pragma once
#include "scenarios/program/results/json_writer.hpp"
#include "scenarios/program/results/run_results.hpp"

namespace ulpsim::program {

/// The member `health` of results.json (README: health).
void write_health(JsonWriter& json, const RunResults& results);

/// off, counts, histograms.
std::string level_text(workloads::HealthConfig::Level level);

}  // namespace ulpsim::program

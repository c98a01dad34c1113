#pragma once
#include "scenarios/program/reader/scenario.hpp"
#include "scenarios/program/reader/section.hpp"

namespace ulpsim::program {

// One function a section of the scenario file; each refuses what it does not know.
platform::PlatformConfig read_platform(const Section& section);
void read_workload(const Section& section, Scenario& scenario);
workloads::PrecisionConfig read_precision(const Section& section);

/// Every format that the multipliers meet must be one of `operators`, every expansion one of the expansion unit.
void check_formats(const Document& document, const Scenario& scenario);

}  // namespace ulpsim::program

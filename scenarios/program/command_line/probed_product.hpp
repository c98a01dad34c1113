#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "power/ledger/account.hpp"
#include "scenarios/program/reader/scenario.hpp"
#include "scenarios/program/results/json_writer.hpp"

namespace ulpsim::program {

/// A product (m x k) (k x n).
struct GemmShape {
    std::uint64_t m = 0, n = 0, k = 0;
};

/// What a product takes on a platform that does nothing else, from submission to the last byte written.
struct ProbedProduct {
    std::uint64_t cycles = 0;          ///< of the accelerator
    std::uint64_t compute_cycles = 0;  ///< the array alone, without waiting for data
    double seconds = 0;
    power::Femtojoules energy = 0;
    std::uint64_t macs = 0, dram_read_bytes = 0, dram_write_bytes = 0, commands = 0;
};

/// Each product in turn, on one machine, in the formats of the scenario's activations, weights and accumulator. Sizes move
/// instead of bytes: times and energies do not depend on the data.
std::vector<ProbedProduct> probe_products(const ScenarioFile& file, const std::vector<GemmShape>& shapes);

/// The share of the array's multiplier cycles in use.
double utilisation(const ProbedProduct& product, const platform::ArrayConfig& array);
/// The share of the array's elements that the parts of the product occupy, in the mean over its folds; with the
/// dataflow `best` that of output stationary.
double mapping_efficiency(const GemmShape& shape, const platform::ArrayConfig& array);

/// Members of an open object.
void write_members(JsonWriter& json, const ProbedProduct& product, const platform::ArrayConfig& array);

/// SCALE-Sim's COMPUTE_REPORT.csv: LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute
/// Util %. Stalls are what the product takes longer than the array alone; compute utilisation is that of the array's own
/// cycles.
std::string compute_report(const std::vector<GemmShape>& shapes, const std::vector<ProbedProduct>& products,
                           const platform::ArrayConfig& array);

}  // namespace ulpsim::program

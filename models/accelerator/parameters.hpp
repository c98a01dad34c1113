#pragma once
#include <cstdint>
#include <vector>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding_counts.hpp"

namespace ulpsim::models {

/// How a matrix product is laid over the array (facts: platform 3.1).
enum class Dataflow : std::uint8_t { output_stationary, weight_stationary, input_stationary, best };
/// An expansion unit's 2Sum: six base additions in turn, or an operator of its own (facts: synthesis 4).
enum class TwoSum : std::uint8_t { sequential, dedicated };

struct ArrayParameters {
    unsigned rows = 32, columns = 32;
    Dataflow dataflow = Dataflow::output_stationary;
    bool overlap_drain = false;            ///< the next fold's fill hides the drain of the one before
    bool double_buffered_weights = false;  ///< weight and input stationary: the next fold's load is hidden
};

struct ExpansionParameters {
    unsigned lanes = 16;  ///< 0: there is none
    arithmetic::Format base = arithmetic::bf16;
    unsigned max_terms = 3;
    TwoSum twosum = TwoSum::dedicated;
};

struct AcceleratorParameters {
    double clock_mhz = 500;
    ArrayParameters array;
    unsigned vector_lanes = 16;
    ExpansionParameters expansion;
    std::uint64_t scratchpad_bytes = 512 * 1024;
    unsigned scratchpad_banks = 16;
    unsigned max_outstanding = 16;  ///< bursts a DMA engine keeps in flight
    unsigned bus_width_bits = 128;  ///< of the bus outside
    double bus_clock_mhz = 500;
    std::vector<arithmetic::Format> operators;  ///< what the multipliers support, used or not
    std::uint64_t ring_address = 0;             ///< command ring in memory
    std::uint32_t ring_slots = 1024;
    /// Descriptors of a loop's body that the sequencer keeps (assumed); longer ones are fetched in every iteration.
    unsigned loop_slots = 64;
    unsigned queue_depth = 8;  ///< descriptors waiting in front of each unit
};

/// How values are computed, if at all: the same for every unit of a machine.
struct Execution {
    std::uint64_t seed = 1;
    unsigned threads = 1;
    bool values = true;             ///< false: times and meters as ever, no bytes, no arithmetic
    double arithmetic_seconds = 0;  ///< wall time spent in arithmetic so far
    std::uint64_t macs = 0;         ///< multiply-accumulates executed so far, on any unit
    /// Where commands that say so (Command::counts) have their roundings counted: a measurement of the simulator, which
    /// costs the machine nothing.
    const std::vector<arithmetic::OperationCounts*>* counts = nullptr;
};

}  // namespace ulpsim::models

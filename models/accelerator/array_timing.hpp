#pragma once
#include <compare>
#include <cstdint>

#include "models/accelerator/parameters.hpp"
#include "models/arithmetic/dot.hpp"

namespace ulpsim::models {

/// A matrix product: C (m x n) = A (m x k) B (k x n).
struct Gemm {
    std::uint64_t m = 0, n = 0, k = 0;
    friend auto operator<=>(const Gemm&, const Gemm&) = default;
};

/// Cycles of a product on a rows x columns systolic array, with F folds, rows and columns of partial folds padded
/// (facts: platform 3.1; Samajdar et al., ISPASS 2020, with the drain for all dataflows and no "-1"):
///   output stationary  F = ceil(m/R) ceil(n/C)   F (2R + C + k - 2)
///   weight stationary  F = ceil(k/R) ceil(n/C)   F (2R + C + m - 2)
///   input stationary   F = ceil(k/R) ceil(m/C)   F (2R + C + n - 2)
/// overlap_drain (output stationary): a fold starts while the one before drains: F (R + C + k - 2) + R.
/// double_buffered_weights (weight, input stationary, s the streamed dimension): R + F max(R, s) + R + C - 2.
/// `best` takes the least of the three. A multiply-accumulate takes one cycle (no operator latency beyond it).
std::uint64_t array_cycles(Gemm gemm, const ArrayParameters& array, Dataflow dataflow);

/// The dataflow that `best` stands for; any other is returned as it is. Ties: output, weight, input stationary.
Dataflow resolve(Gemm gemm, const ArrayParameters& array, Dataflow dataflow);

/// Scratchpad traffic of a product in elements. Partial sums of split k stay in the scratchpad: read and written a
/// fold.
struct ArrayTraffic {
    std::uint64_t a_reads = 0, b_reads = 0, accumulator_reads = 0, accumulator_writes = 0;
};
/// `resume`: the accumulators hold a partial sum before. `dataflow` is resolved.
ArrayTraffic array_traffic(Gemm gemm, const ArrayParameters& array, Dataflow dataflow, bool resume);

/// Random draws of a product, of so many bits each: of rounded products, of additions, of a chunk's outer additions.
struct ArrayDraws {
    std::uint64_t product = 0, accumulate = 0, outer = 0;
};
ArrayDraws array_draws(Gemm gemm, const arithmetic::Dot& dot);

/// Extra cycles because the array's edges eat more bits in a cycle than the scratchpad's ports deliver: the streaming
/// part of every fold is stretched by the ratio. Coarse: conflicts between banks are not modelled (facts:
/// platform 3.3), so a stride that hits one bank is not slower.
std::uint64_t port_stall_cycles(Gemm gemm, const ArrayParameters& array, Dataflow dataflow, unsigned a_bits,
                                unsigned b_bits, unsigned accumulator_bits, std::uint64_t port_bits);

}  // namespace ulpsim::models

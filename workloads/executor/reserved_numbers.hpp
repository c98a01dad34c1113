#pragma once
#include <cstdint>

namespace ulpsim::workloads {

// Operation numbers of a run's Ops count from 1. These are for what draws random bits, or could, without being one of
// them; each has a quarter of the range to itself.

inline constexpr std::uint64_t first_evaluation = std::uint64_t{1} << 62;      ///< measuring draws no bits of the run
inline constexpr std::uint64_t first_initialisation = std::uint64_t{2} << 62;  ///< initial weights, one a layer
inline constexpr std::uint64_t first_permutation = std::uint64_t{3} << 62;     ///< order of the samples, one an epoch

}  // namespace ulpsim::workloads

#pragma once
#include <cstdint>
#include <span>

#include "models/arithmetic/packing.hpp"

namespace ulpsim::arithmetic {

/// Rounds exact values once and stores them in row `row` of `out` from column `first` on; whole blocks of an mx format
/// (as round_and_pack). Not for an expansion, whose tails need the values to the last bit. Random bits: stream `other`,
/// addition `k`, the elements' coordinates.
void store_rounded(const Matrix& out, std::uint64_t row, std::uint64_t first, std::span<const Unrounded> values,
                   Rounding rounding, const Coordinates& coordinates, std::uint64_t k = 0);

}  // namespace ulpsim::arithmetic

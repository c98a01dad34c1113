#pragma once
#include "models/arithmetic/kernels/kernels.hpp"
#include "models/arithmetic/packing.hpp"

namespace ulpsim::arithmetic::kernels {

/// Decodes part of a matrix into panels for the tile products: `lanes` lines (rows of A, columns of B) from
/// `first_lane` on and `depth` products from `first_k` on. values[panel][k][lane], `width` (at most 16) lanes a panel,
/// missing ones 0; 16 values behind the last are overwritten. `lanes_are_rows`: the matrix is stored lanes x depth,
/// else depth x lanes.
void unpack_panels(const ConstMatrix& matrix, const Decoder<float>& decoder, bool lanes_are_rows,
                   std::uint64_t first_lane, std::uint64_t lanes, std::uint64_t first_k, std::uint64_t depth,
                   std::size_t width, float* values);

}  // namespace ulpsim::arithmetic::kernels

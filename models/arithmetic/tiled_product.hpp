#pragma once
#include "models/arithmetic/operations.hpp"

namespace ulpsim::arithmetic {

/// matrix_product by vector kernels, where they give the bits of dot_product(). False where they do not serve: then
/// nothing has been done.
bool tiled_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                   unsigned threads);

}  // namespace ulpsim::arithmetic

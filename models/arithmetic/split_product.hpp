#pragma once
#include "models/arithmetic/operations.hpp"

namespace ulpsim::arithmetic {

/// matrix_product() of expansions: their terms laid side by side along k, in the order of Dot, and a product of plain
/// formats that is products_per_element(dot) times as deep.
void split_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                   unsigned threads);

}  // namespace ulpsim::arithmetic

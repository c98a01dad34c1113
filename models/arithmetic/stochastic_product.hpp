#pragma once
#include "models/arithmetic/operations.hpp"

namespace ulpsim::arithmetic {

/// matrix_product for accumulators rounded by srN, sequential or in chunks, a row of accumulators at a time. False
/// where binary32 sums cannot give the bits of dot_product(): then nothing has been done.
bool stochastic_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                        unsigned threads);

}  // namespace ulpsim::arithmetic

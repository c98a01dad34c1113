#pragma once
#include "models/arithmetic/operations.hpp"

namespace ulpsim::arithmetic {

/// Every product is a multiple of the accumulator's last place, and finite: a sum saturates, and is never rounded.
bool has_whole_sums(const Dot& dot);

/// matrix_product() where has_whole_sums() and binary64 holds every sum, one after the other or by chunks. Returns
/// whether it was done.
bool integer_product(const Product& product, const Matrix& accumulators, unsigned threads);

}  // namespace ulpsim::arithmetic

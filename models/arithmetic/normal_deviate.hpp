#pragma once
#include "models/arithmetic/random_bits.hpp"

namespace ulpsim::arithmetic {

/// A number drawn from N(0, 1) for an element: the polar method (Marsaglia and Bray, SIAM Review 6, 1964) on words 2i and
/// 2i + 1 of its stream `other` for attempt i, in binary64 with our own logarithm, so that every machine gives the same
/// bits.
double normal_deviate(RandomKey key, std::uint64_t element);

}  // namespace ulpsim::arithmetic

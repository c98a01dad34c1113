#pragma once

namespace ulpsim::arithmetic {

/// Exponential and natural logarithm as our own fixed sequences of binary64 operations without FMA, so that every
/// machine gives the same bits; the C library's differ between machines. Error below 1 unit in the last place of
/// binary64, also in the subnormal range of the exponential.
double exponential(double x);
/// Infinities and NaN as IEEE 754: log(+-0) = -inf, log(x < 0) = NaN.
double logarithm(double x);

}  // namespace ulpsim::arithmetic

#pragma once
#include "models/arithmetic/packing.hpp"

namespace ulpsim::arithmetic {

/// The most negative and the most positive value of a tensor (0 where there is none); NaN where one is NaN or infinite.
struct Extremes {
    double low = 0, high = 0;
};
/// Of an expansion, its sums in binary64.
Extremes extremes(const ConstMatrix& in);
Extremes join(const Extremes& a, const Extremes& b);

/// The scale of an int tensor (DESIGN 3.1): the smallest power of two by which no value, divided, lies beyond the format's
/// before it is rounded. 1 for zeros alone, NaN where a value is NaN or infinite; not below 2^-1000.
double power_of_two_scale(const Format& format, const Extremes& values);

}  // namespace ulpsim::arithmetic

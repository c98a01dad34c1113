#pragma once
#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

/// Error-free transforms and expansion arithmetic on values of one element format, every operation rounded to it
/// (Handbook of Floating-Point Arithmetic, 2nd ed., ch. 14; Joldes, Muller, Popescu, TOMS 44(2), 2017).
struct DoubleWord {
    double high = 0, low = 0;
};

/// s + t = a + b exactly: rne, subnormals, no overflow of an intermediate. Six additions. t is +0 if s is not finite.
DoubleWord two_sum(const Format& format, double a, double b);
/// The same with three additions for |a| >= |b|.
DoubleWord fast_two_sum(const Format& format, double a, double b);
/// Algorithm 4 (DWPlusFP), ten additions, relative error at most 2 u^2 outside underflow. `last` rounds the low word of
/// the result, with `random` bits when stochastic.
DoubleWord double_word_plus(const Format& format, DoubleWord x, double y, Rounding last, std::uint32_t random);

}  // namespace ulpsim::arithmetic

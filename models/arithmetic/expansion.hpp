#pragma once
#include <cstdint>
#include <span>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

/// Error-free transforms and expansion arithmetic on values of one element format, every operation rounded to it
/// (Handbook of Floating-Point Arithmetic, 2nd ed., ch. 14; Joldes, Muller, Popescu, TOMS 44(2), 2017).
struct DoubleWord {
    double high = 0, low = 0;
};

/// s = a + b in rne and t = a + b - s, which the format holds. This is what six additions give (2Sum), and swapping by
/// magnitude before Fast2Sum too; near the largest finite value, where an intermediate of 2Sum overflows though s does
/// not, it is what the swap gives. t is +0 if it is zero or s is not finite.
DoubleWord two_sum(const Format& format, double a, double b);
/// The same by its three additions, for |a| >= |b|.
DoubleWord fast_two_sum(const Format& format, double a, double b);
/// Algorithm 4 (DWPlusFP): (s, t) = 2Sum(high, y); v = low + t; Fast2Sum(s, v). Ten additions, relative error at most
/// 2 u^2 outside underflow and overflow. `last` rounds v, the one addition that is not error-free, with `random` bits
/// when stochastic; all else is rne. If the high word is not finite the low one is +0.
DoubleWord double_word_plus(const Format& format, DoubleWord x, double y, Rounding last, std::uint32_t random);

/// terms += value, for the format.terms terms (2 to 4) of an expansion, the largest first, and a value of its element
/// format. Two terms: double_word_plus. More: VecSum of the terms and the value in order of magnitude, then
/// VecSumErrBranch back to as many terms (Joldes, Muller, Popescu, 2017); `last` rounds the addition that drops what
/// the last term cannot hold. With a step S (exp(FORMAT,N,S)) `terms` are true magnitudes and the additions keep all
/// bits of the finest term; then each term takes its own range. Non-finite heads have tails of +0.
void expansion_plus(const Format& format, std::span<double> terms, double value, Rounding last, std::uint32_t random);

}  // namespace ulpsim::arithmetic

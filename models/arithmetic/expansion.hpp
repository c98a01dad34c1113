#pragma once
#include <cstdint>
#include <span>

#include "models/arithmetic/base_arithmetic.hpp"
#include "models/arithmetic/error_free.hpp"

namespace ulpsim::arithmetic {

/// Sums of an expansion and one value, as training uses them (Joldes, Muller, Popescu, TOMS 44(2), 2017). The other
/// operations: expansion_arithmetic.hpp.

/// Algorithm 4 (DWPlusFP): (s, t) = 2Sum(high, y); v = low + t; Fast2Sum(s, v). Ten additions, relative error at most
/// 2 u^2 outside underflow and overflow. `last` rounds v, the one addition that is not error-free, with `random` bits
/// when stochastic; all else is rne. If the high word is not finite the low one is +0.
DoubleWord double_word_plus(BaseArithmetic& base, DoubleWord x, double y, Rounding last, std::uint32_t random);
DoubleWord double_word_plus(const Format& format, DoubleWord x, double y, Rounding last, std::uint32_t random);

/// terms += value, for the format.terms terms (2 to 4) of an expansion, the largest first, and a value of its element
/// format. Two terms: double_word_plus. More: VecSum of the terms and the value in order of magnitude, then
/// VecSumErrBranch back to as many terms (Joldes, Muller, Popescu, 2017); `last` rounds the addition that drops what
/// the last term cannot hold. With a step S (exp(FORMAT,N,S)) `terms` are true magnitudes and the additions keep all
/// bits of the finest term; then each term takes its own range. Non-finite heads have tails of +0.
void expansion_plus(const Format& format, std::span<double> terms, double value, Rounding last, std::uint32_t random);
/// The additions of expansion_plus, in the working format of `base`, before the terms take their own ranges.
void plus_value(BaseArithmetic& base, std::span<double> terms, double value, Rounding last = rne,
                std::uint32_t random = 0);

/// The format in which an expansion's operations round: its element's. With a step, the element's precision with an
/// exponent range that holds the unit of the last term, so that sums lose nothing below it.
Format working_format(const Format& format);
/// Term i of an expansion as a format of true magnitudes: its implicit factor 2^(-step i) is a larger bias.
Format term_format(const Format& format, std::size_t i);

}  // namespace ulpsim::arithmetic

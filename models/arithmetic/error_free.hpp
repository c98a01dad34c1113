#pragma once
#include <cstdint>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

// Error-free transforms and the correctly rounded operations around them, on values of one element format with
// subnormals, every operation rounded rne to it (Handbook of Floating-Point Arithmetic, 2nd ed., ch. 4 and 14).
// p: bits of precision; emin: exponent of the smallest normal; q = 2^(emin - p + 1), the smallest positive value.

struct DoubleWord {
    double high = 0, low = 0;
};

/// a + b, rounded once.
double rounded_sum(const Format& format, double a, double b, Rounding rounding = rne, std::uint32_t random = 0);
/// a * b, rne.
double rounded_product(const Format& format, double a, double b);
/// a / b, rne. x / 0 is an infinity and 0 / 0 a NaN, as far as the format has them.
double rounded_quotient(const Format& format, double a, double b);
/// The square root, rne; that of -0 is -0, of other negative numbers NaN.
double rounded_root(const Format& format, double a);

/// s = a + b in rne and t = a + b - s, which the format holds. This is what six additions give (2Sum), and swapping by
/// magnitude before Fast2Sum too; near the largest finite value, where an intermediate of 2Sum overflows though s does
/// not, it is what the swap gives. t is +0 if it is zero or s is not finite.
/// Holds for p >= 2 and any exponents: sums never underflow inexactly. Other roundings are not error-free.
DoubleWord two_sum(const Format& format, double a, double b);
/// The same by its three additions, for |a| >= |b|, or where b is zero.
DoubleWord fast_two_sum(const Format& format, double a, double b);

/// s = a * b in rne and t = a * b - s by a fused multiply-add: exact if s does not overflow and the last bit of the exact
/// product is a multiple of q, which e_a + e_b >= emin + p - 1 ensures. Otherwise t is that error rounded, off by at most
/// q/2. t is +0 if it is zero or s is not finite.
DoubleWord two_product(const Format& format, double a, double b);
/// The same without fused multiply-add, by Veltkamp's splitting and Dekker's product: 7 multiplications and 10 additions.
/// Exact under the condition above for p >= 3, if also a and b lie 2^(ceil(p/2) + 1) below the largest value and a * b lies
/// 2 below it. Outside, t is anything (infinite or NaN where a part overflows).
DoubleWord two_product_by_splitting(const Format& format, double a, double b);

}  // namespace ulpsim::arithmetic

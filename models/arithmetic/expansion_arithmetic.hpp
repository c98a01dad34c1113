#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <span>

#include "models/arithmetic/base_arithmetic.hpp"

namespace ulpsim::arithmetic {

inline constexpr std::size_t most_terms = 4;
/// The terms of an expansion, the largest first, as true magnitudes; those behind format.terms are +0.
using Terms = std::array<double, most_terms>;

/// Arithmetic on expansions of format.terms terms (2 to 4), made of operations of the base format alone, all in rne.
///
/// Operands must be normalised: |x[i + 1]| <= ulp(x[i]), as every operation here returns them. With two terms, where the
/// algorithms are those of double words, |x[1]| <= ulp(x[0]) / 2. renormalize() makes any values so.
///
/// Error: expansion_bounds.hpp, with the precision from which each bound is proved. Base operations: expansion_counts.hpp.
/// No bound holds where something overflows: heads within a factor of two of the largest value can overflow inside though
/// the result would not. A head that is not finite has tails of +0; a zero result has the sign that the base operation gives
/// on the heads.
/// Tiny values: terms and error terms below q, the smallest positive value, do not exist, so that an expansion quietly
/// holds fewer bits. Sums lose nothing by that, products do; underflows() counts the operations that did.
/// With a step S, operations round in working_format() and each term then takes its own range, one rounding a term.
class ExpansionArithmetic {
public:
    explicit ExpansionArithmetic(const Format& format);

    /// The sum of any values in any order: sorted by magnitude, VecSum twice (once would do for values that overlap by at
    /// most p - 2 bits; here they may cancel), VecSumErrBranch.
    Terms renormalize(std::span<const double> values);
    Terms add(const Terms& x, const Terms& y);
    Terms subtract(const Terms& x, const Terms& y);
    Terms add_value(const Terms& x, double y);
    Terms multiply(const Terms& x, const Terms& y);
    Terms multiply_value(const Terms& x, double y);
    /// Long division: a digit is the quotient of the heads, in the base format. Two terms: DWDivDW2; more: one digit more
    /// than terms. (Newton's iteration would guarantee nothing at 3 bits of precision.)
    Terms divide(const Terms& x, const Terms& y);
    /// The same digit by digit: r / (2 s), with the remainder r = x - s^2.
    Terms square_root(const Terms& x);
    /// The dot product of values of the base format, in order. Two terms: Dot2 (Ogita, Rump, Oishi, 2005); more: both parts
    /// of each 2Prod added to the expansion.
    Terms dot(std::span<const double> x, std::span<const double> y);
    /// By the signs, then by the sign of the difference; a NaN is unordered.
    std::partial_ordering compare(const Terms& x, const Terms& y);

    const Format& format() const { return format_; }
    const BaseOperations& executed() const { return base_.executed(); }
    std::uint64_t underflows() const { return base_.underflows() + placed_short_; }

private:
    std::span<double> used(Terms& terms) const { return {terms.data(), format_.terms}; }
    Terms squeezed(std::span<double> values);
    Terms finished(Terms terms, double head);

    Terms sum(const Terms& x, const Terms& y);
    Terms scaled(const Terms& x, double y);
    Terms product(const Terms& x, const Terms& y);
    Terms quotient(const Terms& x, const Terms& y);
    Terms root(const Terms& x);

    Format format_;
    BaseArithmetic base_;
    std::uint64_t placed_short_ = 0;
};

}  // namespace ulpsim::arithmetic

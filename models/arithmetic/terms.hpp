#pragma once
#include <span>

#include "models/arithmetic/exact_sum.hpp"
#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

/// Encodes an exact sum as the format.terms stored values of `format`: one rounding, or for an expansion t1 =
/// FORMAT(x), t2 = FORMAT(x - t1), ..., all but the last in rne; the tails of a term that is not finite are +0.
/// Error of an expansion of N terms of p bits, any p and rne throughout, as long as the head is finite: at most
/// 2^(-N p) |x| + q/2, q the smallest positive value of the last term. The terms are normalised, half an ulp each.
void round_terms(const Format& format, Rounding rounding, ExactSum sum, std::uint32_t random, std::span<double> terms);

/// factor times the sum of the stored terms, exactly.
ExactSum exact_sum_of(const Format& from, std::span<const double> terms, double factor);

/// factor times the sum of the stored terms, rounded to the terms of `to`.
void convert_terms(const Format& from, std::span<const double> terms, double factor, const Format& to,
                   Rounding rounding, std::uint32_t random, std::span<double> result);

}  // namespace ulpsim::arithmetic

#pragma once
// Oracles that share no line with the code under test: rational numbers and MPFR.
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <ostream>
#include <random>
#include <vector>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

inline void PrintTo(const Format& format, std::ostream* out) { *out << name(format); }
inline void PrintTo(const Rounding& rounding, std::ostream* out) { *out << name(rounding); }

namespace test {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Equal bits; any NaN equals any other.
bool same(double x, double y);

Rational power_of_two_rational(int exponent);

Rational rational(double value);

Integer floor_of(const Rational& x);

/// floor(log2 x), x > 0.
int exponent_of(const Rational& x);

/// What a magnitude beyond the format becomes (facts: arithmetic 2.2).
double overflowed(const Format& f, RoundingMode mode, bool negative);

/// Zero, flushing and overflow on top of a magnitude rounded with an unlimited exponent.
double finished(const Format& f, RoundingMode mode, bool negative, const Rational& magnitude);

/// The definition of rounding (facts: arithmetic 2.1), literally. x is not zero.
double rounded_by_rationals(const Format& f, Rounding rounding, const Rational& x, std::uint32_t draw = 0);

/// Rounding of a finite non-zero double by MPFR. The exponent range and subnormals are MPFR's for its own four modes;
/// ties away and odd, which it lacks there, take an integer rounding of x / (last place).
double rounded_by_mpfr(const Format& f, RoundingMode mode, double x);

/// All finite non-negative values of a narrow format, ascending, by the textbook's formula.
std::vector<double> values_of(const Format& f);

/// The finite values of every code of a narrow format, by its decoder.
std::vector<double> finite_values(const Format& f);

/// Doubles whose bits are random but whose exponents lie around the format's range; every fourth is a midpoint or a
/// value with a long run of zeros or ones below the last place, or a neighbour of one.
double near_range_of(const Format& f, std::mt19937_64& random);

}  // namespace test
}  // namespace ulpsim::arithmetic

#include "tests/unit/arithmetic/oracle.hpp"

#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ulpsim::arithmetic::test {

bool same(double x, double y) {
    return (std::isnan(x) && std::isnan(y)) || std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
}

Rational power_of_two_rational(int exponent) {
    Integer power = 0;
    bit_set(power, static_cast<unsigned>(std::abs(exponent)));
    return exponent >= 0 ? Rational(power) : Rational(Integer(1), power);
}

Rational rational(double value) {
    int exponent = 0;
    const double fraction = std::frexp(value, &exponent);
    return Rational(Integer(static_cast<std::int64_t>(std::ldexp(fraction, 53)))) *
           power_of_two_rational(exponent - 53);
}

Integer floor_of(const Rational& x) {  // x >= 0
    return numerator(x) / denominator(x);
}

int exponent_of(const Rational& x) {
    int e = static_cast<int>(msb(numerator(x))) - static_cast<int>(msb(denominator(x)));
    if (power_of_two_rational(e) > x) --e;
    return e;
}

double overflowed(const Format& f, RoundingMode mode, bool negative) {
    const double sign = negative ? -1 : 1;
    if (f.is_twos_complement())
        return sign * std::ldexp(1.0, f.emin()) - (negative ? 0 : std::ldexp(1.0, f.emin() - f.mantissa_bits));
    const double most = largest_finite(f);
    const bool inwards = mode == RoundingMode::rtz || mode == RoundingMode::rto ||
                         mode == (negative ? RoundingMode::rup : RoundingMode::rdn);
    if (f.saturate || inwards) return sign * most;
    if (f.specials == Specials::ieee) return sign * infinity;
    return f.specials == Specials::fn && f.width() < 8 ? sign * most : not_a_number;
}

double finished(const Format& f, RoundingMode mode, bool negative, const Rational& magnitude) {
    if (f.is_twos_complement()) {
        const Rational beyond = power_of_two_rational(f.emin());  // -beyond is a value, beyond is none
        if (negative ? magnitude > beyond : magnitude >= beyond) return overflowed(f, mode, negative);
        return magnitude == 0 ? 0.0 : (negative ? -1 : 1) * magnitude.convert_to<double>();
    }
    if (magnitude > rational(largest_finite(f))) return overflowed(f, mode, negative);
    const bool zero = magnitude == 0 || (!f.subnormals && magnitude < power_of_two_rational(f.emin()));
    const double value = zero ? 0.0 : magnitude.convert_to<double>();
    return negative && !(zero && f.specials == Specials::fnuz) ? -value : value;
}

double rounded_by_rationals(const Format& f, Rounding rounding, const Rational& x, std::uint32_t draw) {
    const bool negative = x < 0;
    const Rational magnitude = negative ? Rational(-x) : x;
    const int e = std::max(exponent_of(magnitude), f.emin());
    const Rational unit = power_of_two_rational(e - f.mantissa_bits);
    const Rational t = magnitude / unit;
    Integer n = floor_of(t);
    const Rational d = t - Rational(n);
    const Rational half(1, 2);
    const auto even = [](const Integer& i) { return (i & 1) == 0; };
    // With no mantissa bits the parity is the code's: 2^(e) has code e + bias, zero has code 0.
    const bool n_even = f.mantissa_bits > 0 ? even(n) : (n == 0 || (e + f.bias) % 2 == 0);
    const Integer all = Integer(1) << rounding.random_bits;
    bool up = false;
    switch (rounding.mode) {
        case RoundingMode::rne:
            up = d > half || (d == half && !n_even);
            break;
        case RoundingMode::rna:
            up = d >= half;
            break;
        case RoundingMode::rtz:
            break;
        case RoundingMode::rup:
            up = d > 0 && !negative;
            break;
        case RoundingMode::rdn:
            up = d > 0 && negative;
            break;
        case RoundingMode::rto:
            up = d > 0 && n_even;
            break;
        case RoundingMode::sr:
            up = floor_of(d * Rational(all)) + draw >= all;
            break;
        case RoundingMode::src: {
            const Rational scaled = d * Rational(all);
            Integer i = floor_of(scaled);
            const Rational rest = scaled - Rational(i);
            if (rest > half || (rest == half && !even(i))) ++i;
            up = i + draw >= all;
        }
    }
    if (up) ++n;
    return finished(f, rounding.mode, negative, Rational(n) * unit);
}

double rounded_by_mpfr(const Format& f, RoundingMode mode, double x) {
    const bool negative = x < 0;
    const int Y = f.mantissa_bits;
    const mpfr_exp_t emin = mpfr_get_emin();
    mpfr_t y;
    if (mode == RoundingMode::rna || mode == RoundingMode::rto) {
        mpfr_init2(y, 53);
        mpfr_set_d(y, std::fabs(x), MPFR_RNDN);
        const long unit = std::max<long>(mpfr_get_exp(y) - 1, f.emin()) - Y;
        mpfr_mul_2si(y, y, -unit, MPFR_RNDN);
        if (mode == RoundingMode::rna) {
            mpfr_round(y, y);
        } else if (mpfr_integer_p(y) == 0) {
            mpfr_trunc(y, y);
            mpfr_t halved;
            mpfr_init2(halved, 53);
            mpfr_div_2si(halved, y, 1, MPFR_RNDN);
            if (mpfr_integer_p(halved) != 0) mpfr_add_ui(y, y, 1, MPFR_RNDN);
            mpfr_clear(halved);
        }
        mpfr_mul_2si(y, y, unit, MPFR_RNDN);
    } else {
        const mpfr_rnd_t direction = mode == RoundingMode::rne   ? MPFR_RNDN
                                     : mode == RoundingMode::rtz ? MPFR_RNDZ
                                     : mode == RoundingMode::rup ? MPFR_RNDU
                                                                 : MPFR_RNDD;
        mpfr_set_emin(f.emin() - Y + 1);  // MPFR's significands are in [1/2, 1)
        mpfr_init2(y, Y + 1);
        int inexact = mpfr_set_d(y, x, direction);
        inexact = mpfr_check_range(y, inexact, direction);
        mpfr_subnormalize(y, inexact, direction);
        mpfr_abs(y, y, MPFR_RNDN);
    }
    const double magnitude = mpfr_get_d(y, MPFR_RNDN);
    mpfr_clear(y);
    mpfr_set_emin(emin);
    if (magnitude > largest_finite(f)) return overflowed(f, mode, negative);
    const bool zero = magnitude == 0 || (!f.subnormals && magnitude < std::ldexp(1.0, f.emin()));
    const double value = zero ? 0.0 : magnitude;
    return negative && !(zero && f.specials == Specials::fnuz) ? -value : value;
}

std::vector<double> values_of(const Format& f) {
    std::vector<double> values{0};
    for (int field = 0; field < 1 << f.exponent_bits; ++field)
        for (int fraction = 0; fraction < 1 << f.mantissa_bits; ++fraction) {
            const bool top = field == (1 << f.exponent_bits) - 1;
            const bool last = fraction == (1 << f.mantissa_bits) - 1;
            if (top && (f.specials == Specials::ieee || (f.specials == Specials::fn && last && f.width() >= 8)))
                continue;
            if (field == 0 && (fraction == 0 || !f.subnormals)) continue;
            const double significand = std::ldexp(fraction, -f.mantissa_bits) + (field == 0 ? 0 : 1);
            values.push_back(std::ldexp(significand, std::max(field, 1) - f.bias));
        }
    return values;
}

std::vector<double> finite_values(const Format& f) {
    std::vector<double> values;
    for (std::uint64_t code = 0; code < std::uint64_t{1} << f.width(); ++code)
        if (const double value = decode(f, code); std::isfinite(value)) values.push_back(value);
    return values;
}

double near_range_of(const Format& f, std::mt19937_64& random) {
    const int low = std::max(f.emin() - f.mantissa_bits - 3, -1073), high = std::min(emax(f) + 2, 1023);
    const int exponent = low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
    const double sign = random() % 2 == 0 ? 1 : -1;
    std::uint64_t fraction = random() >> 12;
    const auto pattern = random() % 8;
    if (pattern < 4 && f.mantissa_bits < 51) {
        const int kept = f.mantissa_bits + 1 + (pattern == 3 ? 1 : 0);  // the half bit stays
        fraction = fraction >> (52 - kept) << (52 - kept);
        if (pattern == 1) fraction += 1;
        if (pattern == 2 && fraction != 0) fraction -= 1;
    }
    const double significand = 1 + std::ldexp(static_cast<double>(fraction), -52);
    return sign * std::ldexp(significand, exponent);
}

}  // namespace ulpsim::arithmetic::test

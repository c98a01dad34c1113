#include "models/arithmetic/rounding.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "models/arithmetic/binary64.hpp"
#include "models/arithmetic/error.hpp"

namespace ulpsim::arithmetic {
namespace {

__extension__ using Wide = unsigned __int128;

int bit_length(Wide value) {
    const auto high = static_cast<std::uint64_t>(value >> 64);
    return static_cast<int>(high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(value)));
}
int bit_length(std::uint64_t value) { return static_cast<int>(std::bit_width(value)); }

/// floor(value / 2^count) for any count >= 0.
template <class Int>
Int shifted_right(Int value, int count) {
    return count < static_cast<int>(8 * sizeof(Int)) ? value >> count : Int{0};
}
/// Whether value mod 2^count is not zero.
template <class Int>
bool any_bit_below(Int value, int count) {
    if (count <= 0) return false;
    return count < static_cast<int>(8 * sizeof(Int)) ? (value & ((Int{1} << count) - 1)) != 0 : value != 0;
}
template <class Int>
bool bit_at(Int value, int position) {
    return position >= 0 && (shifted_right(value, position) & 1) != 0;
}

double with_sign(double magnitude, bool negative) { return negative ? -magnitude : magnitude; }

double zero_of(const Format& format, bool negative) {
    return with_sign(0.0, negative && format.specials != Specials::fnuz && !format.is_twos_complement());
}

double nan_of(const Format& format) {
    if (format.is_twos_complement()) return 0;
    return has_nan(format) ? std::numeric_limits<double>::quiet_NaN() : largest_finite(format);
}

double limit_of(const Format& format, bool negative) {
    return negative ? lowest_finite(format) : largest_finite(format);
}

/// What a value beyond the format's range becomes when it is not pulled back by the rounding direction.
double overflow_of(const Format& format, bool negative) {
    if (format.saturate) return limit_of(format, negative);
    if (has_infinity(format)) return with_sign(std::numeric_limits<double>::infinity(), negative);
    return has_nan(format) ? std::numeric_limits<double>::quiet_NaN() : with_sign(largest_finite(format), negative);
}

/// Modes that never move a magnitude past the largest finite value.
bool stops_at_the_largest(RoundingMode mode, bool negative) {
    return mode == RoundingMode::rtz || mode == RoundingMode::rto || (mode == RoundingMode::rup && negative) ||
           (mode == RoundingMode::rdn && !negative);
}

double overflow_of(const Format& format, RoundingMode mode, bool negative) {
    return stops_at_the_largest(mode, negative) ? limit_of(format, negative) : overflow_of(format, negative);
}

/// A magnitude cut at the last place: n + d with d in [0, 1), d = (low `shift` bits of `significand`, then the tail).
template <class Int>
struct Cut {
    Int significand;
    int shift;
    bool sticky;
    bool odd;  ///< of the lower neighbour's code

    bool half() const { return bit_at(significand, shift - 1); }
    bool below_half() const { return sticky || any_bit_below(significand, shift - 1); }
    bool inexact() const { return half() || below_half(); }

    /// d in units of 2^-bits, cut or rounded to nearest even.
    std::uint64_t fraction(int bits, bool nearest) const {
        if (shift <= 0) return 0;
        const int dropped = shift - bits;
        if (dropped <= 0)  // nothing is dropped: what has a tail has more bits than these (Unrounded)
            return static_cast<std::uint64_t>(significand & ((Int{1} << shift) - 1)) << -dropped;
        const auto d =
            static_cast<std::uint64_t>(shifted_right(significand, dropped)) & ((std::uint64_t{1} << bits) - 1);
        if (!nearest || !bit_at(significand, dropped - 1)) return d;
        return d + ((d & 1) != 0 || sticky || any_bit_below(significand, dropped - 1) ? 1 : 0);
    }
};

/// Whether the magnitude moves up to the next one (facts: arithmetic 2.1).
template <class Int>
bool rounds_up(const Cut<Int>& cut, Rounding rounding, bool negative, std::uint32_t random) {
    switch (rounding.mode) {
        case RoundingMode::rne:
            return cut.half() && (cut.below_half() || cut.odd);
        case RoundingMode::rna:
            return cut.half();
        case RoundingMode::rtz:
            return false;
        case RoundingMode::rup:
            return !negative && cut.inexact();
        case RoundingMode::rdn:
            return negative && cut.inexact();
        case RoundingMode::rto:
            return !cut.odd && cut.inexact();
        case RoundingMode::sr:
        case RoundingMode::src:
            break;
    }
    const std::uint64_t draw = random & ((std::uint64_t{1} << rounding.random_bits) - 1);
    const std::uint64_t d = cut.fraction(rounding.random_bits, rounding.mode == RoundingMode::src);
    return d + draw >= std::uint64_t{1} << rounding.random_bits;
}

template <class Int>
double round_finite(const Format& format, Rounding rounding, const Unrounded& value, Int significand,
                    std::uint32_t random) {
    const int Y = format.mantissa_bits;
    const int top = value.exponent + bit_length(significand) - 1;  // exponent of the value
    // The two's complement has one value of exponent emin, which is above emax.
    if (top > (format.is_twos_complement() ? format.emin() : emax(format)))
        return overflow_of(format, rounding.mode, value.negative);
    const int exponent = std::max(top, format.emin());  // of the binade whose last place counts
    const int last = exponent - Y;
    const int shift = last - value.exponent;

    // A significand shorter than the last place is exact: it has no tail (Unrounded), and n is it, shifted up.
    std::uint64_t n = shift <= 0 ? static_cast<std::uint64_t>(significand) << -shift
                                 : static_cast<std::uint64_t>(shifted_right(significand, shift));
    // With one significand bit, even and odd are those of the code: n - 1 + the exponent field.
    const bool odd = Y > 0 ? (n & 1) != 0 : ((n + static_cast<std::uint64_t>(exponent + format.bias - 1)) & 1) != 0;
    if (rounds_up(Cut<Int>{significand, shift, value.sticky, odd}, rounding, value.negative, random)) ++n;

    const double magnitude = static_cast<double>(n) * power_of_two(last);
    if (magnitude > std::fabs(limit_of(format, value.negative)))
        return overflow_of(format, rounding.mode, value.negative);
    if (n == 0 || (!format.subnormals && magnitude < smallest_normal(format))) return zero_of(format, value.negative);
    return with_sign(magnitude, value.negative);
}

Unrounded not_a_number() { return {.kind = Unrounded::Kind::nan}; }
Unrounded infinity(bool negative) { return {.kind = Unrounded::Kind::infinite, .negative = negative}; }

/// The sum of two finite non-zero values. The larger is brought to 126 bits; what of the smaller lies below becomes the
/// tail. Bits are lost only when the smaller has more than 126 - 107 leading zeros, so that cancellation cannot eat the
/// significand: at least 124 bits remain above a tail.
Unrounded sum_of(Unrounded large, Unrounded small, bool zero_is_negative) {
    if (large.exponent + bit_length(large.significand) < small.exponent + bit_length(small.significand))
        std::swap(large, small);
    const int up = 126 - bit_length(large.significand);
    large.significand <<= up;
    large.exponent -= up;
    const int down = large.exponent - small.exponent;
    const bool lost = any_bit_below(small.significand, down);
    const Wide addend = down <= 0 ? small.significand << -down : shifted_right(small.significand, down);
    large.sticky = lost;
    if (large.negative == small.negative) {
        large.significand += addend;
        return large;
    }
    if (addend > large.significand) {  // equal exponents, the nominally smaller one is larger
        large.significand = addend - large.significand;
        large.negative = small.negative;
        return large;
    }
    large.significand -= addend + (lost ? 1 : 0);  // x - (b + f) = (x - b - 1) + (1 - f)
    if (large.significand == 0) large.negative = zero_is_negative;
    return large;
}

}  // namespace

Rounding parse_rounding(std::string_view text) {
    constexpr std::pair<std::string_view, RoundingMode> plain[] = {
        {"rne", RoundingMode::rne}, {"rna", RoundingMode::rna}, {"rtz", RoundingMode::rtz},
        {"rup", RoundingMode::rup}, {"rdn", RoundingMode::rdn}, {"rto", RoundingMode::rto}};
    for (const auto& [mode_name, mode] : plain)
        if (text == mode_name) return {mode, 0};
    const bool corrected = text.starts_with("src");
    if (text.starts_with("sr")) {
        const std::string_view digits = text.substr(corrected ? 3 : 2);
        unsigned bits = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        const bool is_number = error == std::errc{} && end == digits.data() + digits.size() && digits[0] != '0';
        if (is_number && bits >= 1 && bits <= 32)
            return {corrected ? RoundingMode::src : RoundingMode::sr, static_cast<std::uint8_t>(bits)};
    }
    throw Error("rounding is '" + std::string(text) +
                "'; allowed: rne, rna, rtz, rup, rdn, rto, srN and srcN with N of 1 to 32 bits (sr8)");
}

std::string name(const Rounding& rounding) {
    constexpr std::string_view names[] = {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr", "src"};
    std::string result(names[static_cast<int>(rounding.mode)]);
    if (rounding.is_stochastic()) result += std::to_string(rounding.random_bits);
    return result;
}

Unrounded exact(double value) {
    if (std::isnan(value)) return not_a_number();
    if (std::isinf(value)) return infinity(std::signbit(value));
    const Binary64Parts parts = parts_of(value);
    return {.negative = parts.negative, .exponent = parts.exponent, .significand = parts.significand};
}

Unrounded exact_product(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return not_a_number();
    if (std::isinf(a) || std::isinf(b)) {
        if (a == 0 || b == 0) return not_a_number();
        return infinity(std::signbit(a) != std::signbit(b));
    }
    const Binary64Parts x = parts_of(a), y = parts_of(b);
    return {.negative = x.negative != y.negative,
            .exponent = x.exponent + y.exponent,
            .significand = Wide{x.significand} * y.significand};
}

Unrounded exact_multiply_add(double a, double b, double c, bool zero_is_negative) {
    Unrounded product = exact_product(a, b);
    Unrounded addend = exact(c);
    using Kind = Unrounded::Kind;
    if (product.kind == Kind::nan || addend.kind == Kind::nan) return not_a_number();
    if (product.kind == Kind::infinite) {
        const bool opposite = addend.kind == Kind::infinite && addend.negative != product.negative;
        return opposite ? not_a_number() : product;
    }
    if (addend.kind == Kind::infinite) return addend;
    if (product.significand == 0 && addend.significand == 0) {
        if (product.negative != addend.negative) addend.negative = zero_is_negative;
        return addend;
    }
    if (product.significand == 0) return addend;
    if (addend.significand == 0) return product;
    return sum_of(product, addend, zero_is_negative);
}

double round_to(const Format& format, Rounding rounding, const Unrounded& value, std::uint32_t random) {
    if (value.kind == Unrounded::Kind::nan) return nan_of(format);
    if (value.kind == Unrounded::Kind::infinite) return overflow_of(format, value.negative);
    if (value.significand == 0 && !value.sticky) return zero_of(format, value.negative);
    const auto low = static_cast<std::uint64_t>(value.significand);
    if (low == value.significand) return round_finite<std::uint64_t>(format, rounding, value, low, random);
    return round_finite<Wide>(format, rounding, value, value.significand, random);
}

double round_to(const Format& format, Rounding rounding, double value, std::uint32_t random) {
    // Most values are normal in the format and below its top binade: there, rounding is an addition to the bits of the
    // double, whose carry may run into the exponent, and a cut.
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
    const int top = (1 << format.exponent_bits) - 2 - format.bias;  // at most emax(format)
    const int dropped = 52 - format.mantissa_bits;
    if (exponent >= std::max(format.emin(), -1022) && exponent < top && format.mantissa_bits > 0 && dropped > 0) {
        const std::uint64_t below = (std::uint64_t{1} << dropped) - 1;
        if (rounding.mode == RoundingMode::rne)
            return std::bit_cast<double>((bits + (below >> 1) + (bits >> dropped & 1)) & ~below);
        if (rounding.mode == RoundingMode::sr && rounding.random_bits <= dropped) {
            const std::uint64_t draw = random & ((std::uint64_t{1} << rounding.random_bits) - 1);
            return std::bit_cast<double>((bits + (draw << (dropped - rounding.random_bits))) & ~below);
        }
    }
    return round_to(format, rounding, exact(value), random);
}

double round_multiply_add(const Format& format, Rounding rounding, double a, double b, double c, std::uint32_t random) {
    // The product of two binary32 values is exact in binary64. Their sum with c, rounded to odd, keeps what any
    // rounding needs that looks two bits less deep (Boldo and Melquiond, 2008): it is cut unless exact, and then its
    // last bit is 1.
    const double product = a * b;
    const double sum = product + c;
    const bool exact_factors =
        static_cast<double>(static_cast<float>(a)) == a && static_cast<double>(static_cast<float>(b)) == b;
    const bool in_range = std::fabs(sum) > 0x1p-900 && std::fabs(sum) < 0x1p900;  // also: no zero, infinity or NaN
    if (exact_factors && in_range && format.mantissa_bits + rounding.random_bits <= 50) {
        const double c_part = sum - product;
        const double error = (product - (sum - c_part)) + (c - c_part);  // 2Sum
        auto bits = std::bit_cast<std::uint64_t>(sum);
        if (error != 0 && (bits & 1) == 0) bits += std::signbit(error) == std::signbit(sum) ? 1 : ~std::uint64_t{0};
        return round_to(format, rounding, std::bit_cast<double>(bits), random);
    }
    const bool zero_is_negative = rounding.mode == RoundingMode::rdn;
    return round_to(format, rounding, exact_multiply_add(a, b, c, zero_is_negative), random);
}

}  // namespace ulpsim::arithmetic

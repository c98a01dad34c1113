#include "models/arithmetic/format.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "models/arithmetic/binary64.hpp"

namespace ulpsim::arithmetic {
namespace {

constexpr std::uint64_t one = 1;

bool element_has_nan(const Format& format) {
    return !format.is_twos_complement() && (format.specials != Specials::fn || format.width() >= 8);
}

std::uint64_t exponent_field_ones(const Format& format) { return (one << format.exponent_bits) - 1; }

/// The positive code of the largest finite value. Formats without infinity use the top exponent; `fn` of 8 bits and
/// more give its last code to the NaN.
std::uint64_t largest_code(const Format& format) {
    if (format.is_twos_complement()) return (one << format.mantissa_bits) - 1;
    if (format.specials == Specials::ieee) return (exponent_field_ones(format) << format.mantissa_bits) - 1;
    const std::uint64_t all_ones = (one << (format.exponent_bits + format.mantissa_bits)) - 1;
    return format.specials == Specials::fn && element_has_nan(format) ? all_ones - 1 : all_ones;
}

bool element_has_infinity(const Format& format) {
    return !format.is_twos_complement() && format.specials == Specials::ieee;
}

int element_emax(const Format& format) {
    // Below 2^emin, all values of int and fix lie; their largest is just below.
    if (format.is_twos_complement()) return format.emin() - 1;
    return static_cast<int>(largest_code(format) >> format.mantissa_bits) - format.bias;
}

/// What the scale can do to the range of a format's element, as an exponent.
int scale_range(const Format& format) { return format.is_mx() ? largest_scale_exponent : 0; }

double decode_magnitude(const Format& format, std::uint64_t magnitude) {
    if (format.is_twos_complement()) return static_cast<double>(magnitude) * power_of_two(format.quantum_exponent());
    const std::uint64_t field = magnitude >> format.mantissa_bits;
    const std::uint64_t fraction = magnitude & ((one << format.mantissa_bits) - 1);
    if (field == 0 && !format.subnormals) return 0;
    const std::uint64_t significand = field == 0 ? fraction : fraction | one << format.mantissa_bits;
    const int exponent = (field == 0 ? format.emin() : static_cast<int>(field) - format.bias) - format.mantissa_bits;
    return static_cast<double>(significand) * power_of_two(exponent);
}

std::uint64_t nan_code(const Format& format) {
    switch (format.specials) {
        case Specials::ieee:
            return exponent_field_ones(format) << format.mantissa_bits | one << (format.mantissa_bits - 1);
        case Specials::fn:
            return largest_code(format) + (element_has_nan(format) ? 1 : 0);
        case Specials::fnuz:
            break;
    }
    return one << (format.width() - 1);
}

}  // namespace

bool has_infinity(const Format& format) { return !format.is_mx() && element_has_infinity(format); }

bool has_nan(const Format& format) { return format.is_mx() || element_has_nan(format); }

int emax(const Format& format) { return element_emax(format) + scale_range(format); }

double largest_finite(const Format& format) {
    return decode_magnitude(format, largest_code(format)) * power_of_two(scale_range(format));
}

double lowest_finite(const Format& format) {
    if (!format.is_twos_complement()) return -largest_finite(format);
    return -power_of_two(format.emin() + scale_range(format));
}

double smallest_normal(const Format& format) {
    const int exponent = format.is_twos_complement() ? format.quantum_exponent() : format.emin();
    return power_of_two(exponent - scale_range(format));
}

double smallest_positive(const Format& format) {
    return power_of_two((format.subnormals ? format.quantum_exponent() : format.emin()) - scale_range(format));
}

bool fits_binary32(const Format& format) {
    if (format.is_mx()) return false;
    const int significant_bits = format.mantissa_bits + (format.is_twos_complement() ? 0 : 1);
    return significant_bits <= 24 && emax(format) <= 127 && format.quantum_exponent() >= -149;
}

double decode(const Format& format, std::uint64_t code) {
    const std::uint64_t sign = one << (format.width() - 1);
    const bool negative = (code & sign) != 0;
    const std::uint64_t magnitude = code & (sign - 1);
    if (format.is_twos_complement()) {
        const auto units = static_cast<std::int64_t>(magnitude) - (negative ? static_cast<std::int64_t>(sign) : 0);
        return static_cast<double>(units) * power_of_two(format.quantum_exponent());
    }
    if (format.specials == Specials::fnuz && negative && magnitude == 0)
        return std::numeric_limits<double>::quiet_NaN();
    if (magnitude > largest_code(format)) {
        const bool infinite = element_has_infinity(format) && magnitude == largest_code(format) + 1;
        if (!infinite) return std::numeric_limits<double>::quiet_NaN();
        return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    }
    const double value = decode_magnitude(format, magnitude);
    // A subnormal pattern of a `nosub` format reads as zero; fnuz has no minus zero to read.
    if (value == 0 && format.specials == Specials::fnuz) return 0;
    return negative ? -value : value;
}

std::uint64_t encode(const Format& format, double value) {
    if (format.is_twos_complement()) {
        const auto units = static_cast<std::int64_t>(std::ldexp(value, -format.quantum_exponent()));
        return static_cast<std::uint64_t>(units) & ((one << format.width()) - 1);
    }
    if (std::isnan(value)) return nan_code(format);
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t sign = bits >> 63 << (format.width() - 1);
    if (std::isinf(value))
        return sign | (element_has_infinity(format) ? largest_code(format) + 1 : largest_code(format));
    if (value == 0) return format.specials == Specials::fnuz ? 0 : sign;
    const int exponent = std::ilogb(value);
    const int Y = format.mantissa_bits;
    const int lowest = (exponent < format.emin() ? format.emin() : exponent) - Y;  // weight of the code's last bit
    const auto significand = static_cast<std::uint64_t>(std::ldexp(std::fabs(value), -lowest));
    if (exponent < format.emin()) return sign | significand;
    return sign | ((static_cast<std::uint64_t>(exponent + format.bias - 1) << Y) + significand);
}

}  // namespace ulpsim::arithmetic

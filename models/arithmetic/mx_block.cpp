#include "models/arithmetic/mx_block.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "models/arithmetic/binary64.hpp"

namespace ulpsim::arithmetic {
namespace {

__extension__ using Wide = unsigned __int128;

/// A positive number with its leading bit at the top of 128, so that numbers compare by exponent, bits and tail.
struct Magnitude {
    int exponent;  ///< floor(log2 x)
    Wide bits;
    bool sticky;

    explicit Magnitude(const Unrounded& value) : sticky(value.sticky) {
        const auto high = static_cast<std::uint64_t>(value.significand >> 64);
        const int zeros =
            high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<std::uint64_t>(value.significand));
        bits = value.significand << zeros;
        exponent = value.exponent + 127 - zeros;
    }
    bool exceeds_in_its_binade(const Magnitude& limit) const {
        return bits > limit.bits || (bits == limit.bits && sticky);
    }
};

/// Significant bits of the element format's largest value.
int top_precision(const Format& element) {
    return element.is_twos_complement() ? element.mantissa_bits : element.precision();
}

/// Whether rounding to the nearest value of `precision` bits carries into the next binade: a tie does, as the last bit is
/// odd there.
bool carries(const Magnitude& x, int precision) {
    const Wide ones = ~Wide{0} << (127 - precision);
    return (x.bits & ones) == ones;
}

int scale_exponent(const Format& format, const Unrounded& value) {
    const Format element = format.element();
    const Magnitude x(value);
    if (format.scale_rule == ScaleRule::floor) return x.exponent - emax(element);
    if (format.scale_rule == ScaleRule::even)
        return x.exponent + (carries(x, top_precision(element)) ? 1 : 0) - emax(element);
    const Magnitude limit(exact(value.negative ? lowest_finite(element) : largest_finite(element)));
    return x.exponent - limit.exponent + (x.exceeds_in_its_binade(limit) ? 1 : 0);
}

}  // namespace

double decode_scale(std::uint8_t code) {
    if (code == nan_scale) return std::numeric_limits<double>::quiet_NaN();
    return power_of_two(static_cast<int>(code) - largest_scale_exponent);
}

std::uint8_t choose_scale(const Format& format, std::span<const Unrounded> values) {
    int largest = -largest_scale_exponent;
    for (const Unrounded& value : values) {
        if (value.kind != Unrounded::Kind::finite) return nan_scale;
        if (value.significand != 0) largest = std::max(largest, scale_exponent(format, value));
    }
    return largest > largest_scale_exponent ? nan_scale : static_cast<std::uint8_t>(largest + largest_scale_exponent);
}

std::uint8_t quantise_block(const Format& format, Rounding rounding, std::span<const Unrounded> values,
                            std::span<const std::uint32_t> random, std::span<double> elements) {
    const std::uint8_t scale = choose_scale(format, values);
    Format element = format.element();
    element.saturate = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (scale == nan_scale) {
            elements[i] = 0;
            continue;
        }
        Unrounded quotient = values[i];
        quotient.exponent -= static_cast<int>(scale) - largest_scale_exponent;
        elements[i] = round_to(element, rounding, quotient, random.empty() ? 0 : random[i]);
    }
    return scale;
}

std::uint8_t quantise_block(const Format& format, Rounding rounding, std::span<const double> values,
                            std::span<const std::uint32_t> random, std::span<double> elements) {
    std::vector<Unrounded> unrounded(values.size());
    std::ranges::transform(values, unrounded.begin(), exact);
    return quantise_block(format, rounding, unrounded, random, elements);
}

}  // namespace ulpsim::arithmetic

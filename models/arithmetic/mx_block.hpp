#pragma once
#include <cstdint>
#include <span>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

/// e8m0, the scale of an mx block: code c is 2^(c - 127), 0xff is NaN and makes the whole block NaN.
inline constexpr std::uint8_t nan_scale = 0xff;
double decode_scale(std::uint8_t code);

/// The scale of a block of these values, by the format's rule (DESIGN 3.1): its exponent clamped to -127..127, NaN above
/// or with a NaN or an infinity in the block, 0x00 for zeros alone. It depends on the most positive and the most negative
/// value only. `ceil` clips no value before it is rounded.
std::uint8_t choose_scale(const Format& format, std::span<const Unrounded> values);

/// Quantises one block of at most format.block values: returns the scale's code, and puts into `elements` the values of
/// the element codes, value / scale rounded (encode(format.element(), ...) are the codes, times decode_scale() is what
/// they stand for). Elements of a NaN block are +0. `random` holds the bits of each element's rounding, and may be empty
/// where it draws none.
std::uint8_t quantise_block(const Format& format, Rounding rounding, std::span<const Unrounded> values,
                            std::span<const std::uint32_t> random, std::span<double> elements);
std::uint8_t quantise_block(const Format& format, Rounding rounding, std::span<const double> values,
                            std::span<const std::uint32_t> random, std::span<double> elements);

}  // namespace ulpsim::arithmetic

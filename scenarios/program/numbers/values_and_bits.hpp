#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "models/arithmetic/format.hpp"

namespace ulpsim::program {

/// C's `%a`, and `inf`, `-inf`, `nan`.
void append_value(std::string& text, double value);
/// The low `width` bits of a pattern as 0x and ceil(width / 4) hex digits.
void append_bits(std::string& text, std::uint64_t pattern, int width);

/// `VALUES | BITS` and a newline (DESIGN 3.5) for the format.terms stored values of one number: the terms' true
/// magnitudes (a stored value times 2^(-term_step i)), then the stored patterns. `scale` is what 1 of an int stands for.
void append_values_and_bits(std::string& text, const arithmetic::Format& format, std::span<const double> stored,
                            double scale = 1);
/// The same for an mx block: the scaled values, then the patterns of the scale and of the elements.
void append_block(std::string& text, const arithmetic::Format& format, std::uint8_t scale,
                  std::span<const double> elements);

}  // namespace ulpsim::program

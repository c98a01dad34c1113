#include "scenarios/program/numbers/values_and_bits.hpp"

#include <cmath>
#include <cstdio>

#include "models/arithmetic/mx_block.hpp"

namespace ulpsim::program {

void append_value(std::string& text, double value) {
    if (std::isnan(value)) {
        text += "nan";  // printf shows a NaN's sign, which means nothing
        return;
    }
    char buffer[32];
    text.append(buffer, static_cast<std::size_t>(std::snprintf(buffer, sizeof buffer, "%a", value)));
}

void append_bits(std::string& text, std::uint64_t pattern, int width) {
    constexpr const char* digits = "0123456789abcdef";
    text += "0x";
    for (int shift = (width + 3) / 4 * 4 - 4; shift >= 0; shift -= 4) text += digits[pattern >> shift & 15];
}

void append_values_and_bits(std::string& text, const arithmetic::Format& format, std::span<const double> stored,
                            double scale) {
    for (std::size_t i = 0; i < stored.size(); ++i) {
        append_value(text, scale * std::ldexp(stored[i], -static_cast<int>(i) * format.term_step));
        text += ' ';
    }
    text += '|';
    const arithmetic::Format element = format.element();
    for (const double value : stored) {
        text += ' ';
        append_bits(text, arithmetic::encode(element, value), format.width());
    }
    text += '\n';
}

void append_block(std::string& text, const arithmetic::Format& format, std::uint8_t scale,
                  std::span<const double> elements) {
    for (const double element : elements) {
        append_value(text, element * arithmetic::decode_scale(scale));
        text += ' ';
    }
    text += "| ";
    append_bits(text, scale, 8);
    for (const double element : elements) {
        text += ' ';
        append_bits(text, arithmetic::encode(format.element(), element), format.width());
    }
    text += '\n';
}

}  // namespace ulpsim::program

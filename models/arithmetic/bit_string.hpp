#pragma once
#include <cstdint>
#include <cstring>

namespace ulpsim::arithmetic {

/// The `width` (1..64) bits at bit `position` of a row, least significant bit first. Touches only the bytes that hold
/// them.
inline std::uint64_t read_bits(const std::uint8_t* row, std::uint64_t position, int width) {
    const std::uint8_t* byte = row + position / 8;
    const int skipped = static_cast<int>(position % 8);
    const int bytes = (skipped + width + 7) / 8;
    std::uint64_t low = 0;
    std::memcpy(&low, byte, static_cast<std::size_t>(bytes < 8 ? bytes : 8));
    std::uint64_t bits = low >> skipped;
    if (bytes == 9) bits |= static_cast<std::uint64_t>(byte[8]) << (64 - skipped);
    return width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1);
}

/// Replaces the `width` bits at bit `position` of a row; their neighbours stay.
inline void write_bits(std::uint8_t* row, std::uint64_t position, int width, std::uint64_t bits) {
    std::uint8_t* byte = row + position / 8;
    int skipped = static_cast<int>(position % 8);
    while (width > 0) {
        const int taken = width < 8 - skipped ? width : 8 - skipped;
        const auto mask = static_cast<std::uint8_t>(((1u << taken) - 1u) << skipped);
        const auto piece = static_cast<std::uint8_t>(bits << skipped);
        *byte = static_cast<std::uint8_t>((*byte & ~mask) | (piece & mask));
        bits = taken == 64 ? 0 : bits >> taken;
        width -= taken;
        skipped = 0;
        ++byte;
    }
}

}  // namespace ulpsim::arithmetic

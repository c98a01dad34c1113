#include "models/arithmetic/aes_round.hpp"

#include <bit>

namespace ulpsim::arithmetic {
namespace {

using Block = std::array<std::uint32_t, 4>;

/// Times x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4.2).
constexpr std::uint8_t times_x(std::uint8_t value) {
    return static_cast<std::uint8_t>((value << 1) ^ (value & 0x80 ? 0x1b : 0));
}

/// The S-box: inverse in GF(2^8), then the affine map (FIPS 197, 5.1.1). The inverse of 3^i is 3^(255-i), as 3
/// generates all non-zero elements.
constexpr std::array<std::uint8_t, 256> make_s_box() {
    std::array<std::uint8_t, 256> power{}, logarithm{}, box{};
    std::uint8_t value = 1;
    for (std::size_t i = 0; i < 255; ++i) {
        power[i] = value;
        logarithm[value] = static_cast<std::uint8_t>(i);
        value = static_cast<std::uint8_t>(value ^ times_x(value));
    }
    for (std::size_t i = 0; i < 256; ++i) {
        const std::uint8_t inverse = i == 0 ? std::uint8_t{0} : power[(255u - logarithm[i]) % 255u];
        box[i] = static_cast<std::uint8_t>(inverse ^ std::rotl(inverse, 1) ^ std::rotl(inverse, 2) ^
                                           std::rotl(inverse, 3) ^ std::rotl(inverse, 4) ^ 0x63);
    }
    return box;
}
constexpr std::array<std::uint8_t, 256> s_box = make_s_box();

/// SubBytes and the first row's share of MixColumns: the column (2, 1, 1, 3) * s_box[i]; other rows are rotations of
/// it.
constexpr std::array<std::uint32_t, 256> make_columns() {
    std::array<std::uint32_t, 256> columns{};
    for (std::size_t i = 0; i < 256; ++i) {
        const std::uint8_t s = s_box[i], twice = times_x(s), thrice = static_cast<std::uint8_t>(s ^ twice);
        columns[i] =
            std::uint32_t{twice} | std::uint32_t{s} << 8 | std::uint32_t{s} << 16 | std::uint32_t{thrice} << 24;
    }
    return columns;
}
constexpr std::array<std::uint32_t, 256> columns = make_columns();

/// Byte `row` of column `column` after ShiftRows.
constexpr std::uint8_t shifted(const Block& state, std::size_t column, unsigned row) {
    return static_cast<std::uint8_t>(state[(column + row) % 4] >> (8 * row));
}

}  // namespace

Block aes_round(const Block& state, const Block& key) {
    Block result = key;
    for (std::size_t column = 0; column < 4; ++column)
        for (unsigned row = 0; row < 4; ++row)
            result[column] ^= std::rotl(columns[shifted(state, column, row)], static_cast<int>(8 * row));
    return result;
}

Block aes_last_round(const Block& state, const Block& key) {
    Block result = key;
    for (std::size_t column = 0; column < 4; ++column)
        for (unsigned row = 0; row < 4; ++row)
            result[column] ^= std::uint32_t{s_box[shifted(state, column, row)]} << (8 * row);
    return result;
}

}  // namespace ulpsim::arithmetic

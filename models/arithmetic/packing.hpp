#pragma once
#include <cstdint>
#include <numeric>
#include <stdexcept>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/random_bits.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

/// A matrix of packed numbers in memory. Row i starts at byte i * pitch; element j of a row at bit j * width, least
/// significant bit first; the terms of an expansion are planes, term t at bytes + t * plane. Rows start at whole bytes.
/// A row of an mx format is a row of blocks, each at a whole byte: the scale's byte (e8m0), then its elements packed and
/// padded with zeros to whole bytes; a ragged last block is shorter.
template <class Byte>
struct BasicMatrix {
    Format format;
    Byte* bytes = nullptr;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::uint64_t pitch = 0;  ///< bytes from row to row, at least row_bytes(format, columns)
    std::uint64_t plane = 0;  ///< bytes from term to term; unused without expansion

    operator BasicMatrix<const Byte>() const { return {format, bytes, rows, columns, pitch, plane}; }
};
using Matrix = BasicMatrix<std::uint8_t>;
using ConstMatrix = BasicMatrix<const std::uint8_t>;

/// Bytes of an mx block of `elements` elements.
constexpr std::uint64_t block_bytes(const Format& format, std::uint64_t elements) {
    return 1 + (elements * static_cast<std::uint64_t>(format.width()) + 7) / 8;
}
/// Bytes of one row of one term.
constexpr std::uint64_t row_bytes(const Format& format, std::uint64_t columns) {
    if (!format.is_mx()) return (columns * static_cast<std::uint64_t>(format.width()) + 7) / 8;
    const std::uint64_t rest = columns % format.block;
    return columns / format.block * block_bytes(format, format.block) + (rest > 0 ? block_bytes(format, rest) : 0);
}
/// A row may be cut at multiples of this many columns, where an element (and an mx block) starts at a whole byte.
constexpr std::uint64_t column_granule(const Format& format) {
    return format.is_mx() ? format.block : std::uint64_t{8} / std::gcd(8, format.width());
}
/// The byte of a row at which `column`, a multiple of column_granule(), starts.
constexpr std::uint64_t column_offset(const Format& format, std::uint64_t column) {
    if (column % column_granule(format) != 0) throw std::logic_error("a row is cut inside a byte or a block");
    return row_bytes(format, column);
}
/// Bits that so many elements of long rows take in memory, all terms; of mx with their share of scales and padding,
/// rounded up.
constexpr std::uint64_t stored_bits(const Format& format, std::uint64_t elements = 1) {
    if (!format.is_mx()) return elements * format.terms * static_cast<std::uint64_t>(format.width());
    return (elements * 8 * block_bytes(format, format.block) + format.block - 1u) / format.block;
}
/// Bytes of a dense matrix, all terms.
constexpr std::uint64_t packed_bytes(const Format& format, std::uint64_t rows, std::uint64_t columns) {
    return format.terms * rows * row_bytes(format, columns);
}
/// The dense layout at `bytes`.
template <class Byte>
BasicMatrix<Byte> dense(const Format& format, Byte* bytes, std::uint64_t rows, std::uint64_t columns) {
    const std::uint64_t pitch = row_bytes(format, columns);
    return {format, bytes, rows, columns, pitch, rows * pitch};
}

/// Where a block of results lies in the whole logical result: fixes the element number of the random bits.
struct Coordinates {
    RandomKey key;
    std::uint64_t first_row = 0;
    std::uint64_t first_column = 0;
    std::uint64_t total_columns = 0;  ///< of the whole result
    std::uint64_t element(std::uint64_t row, std::uint64_t column) const {
        return (first_row + row) * total_columns + first_column + column;
    }
};

/// Decodes `count` elements that start at element `first` of a row. Real is float or double; float only where
/// fits_binary32(format), or where an mx row's scaled values are binary32 values. One term only: call it once a plane.
template <class Real>
void unpack(const Format& format, const std::uint8_t* row, std::uint64_t first, std::uint64_t count, Real* values);

/// Encodes values that the format holds exactly. Not for an mx format, whose scales depend on whole blocks.
template <class Real>
void pack(const Format& format, const Real* values, std::uint64_t first, std::uint64_t count, std::uint8_t* row);

/// Rounds exact values and encodes them in one pass. Stochastic bits: stream `other`, k = 0, elements
/// first_element, first_element + 1, ... An expansion takes t1 = FORMAT(x), t2 = FORMAT(x - t1), ... (all but the last
/// term in rne); term t is written at row + t * plane. `first` is the position within the row. Of an mx row, whole blocks
/// are written: `first` is a multiple of the block, and a ragged last block is the row's last.
template <class Real>
void round_and_pack(const Format& format, Rounding rounding, const Real* values, std::uint64_t first,
                    std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row,
                    std::uint64_t plane = 0);

/// The values of an expansion summed exactly enough for binary64 (the sum of its terms, from the last to the first).
void unpack_sum(const ConstMatrix& matrix, std::uint64_t row, double* values);

}  // namespace ulpsim::arithmetic

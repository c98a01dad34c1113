#pragma once
#include <array>
#include <vector>

#include "models/arithmetic/packing.hpp"
#include "models/arithmetic/parallel_for.hpp"

namespace ulpsim::arithmetic {

/// Part of row `row` of one term, in binary64.
inline void unpack_row(const ConstMatrix& matrix, std::uint64_t row, std::uint64_t first, std::uint64_t count,
                       double* values, std::uint64_t term = 0) {
    unpack(matrix.format, matrix.bytes + row * matrix.pitch + term * matrix.plane, first, count, values);
}
inline std::vector<double> unpack_row(const ConstMatrix& matrix, std::uint64_t row) {
    std::vector<double> values(matrix.columns);
    unpack_row(matrix, row, 0, matrix.columns, values.data());
    return values;
}

/// The stored terms of one element.
inline void load_terms(const ConstMatrix& matrix, std::uint64_t row, std::uint64_t column,
                       std::array<double, 4>& terms) {
    for (std::uint64_t t = 0; t < matrix.format.terms; ++t) unpack_row(matrix, row, column, 1, &terms[t], t);
}
inline void store_terms(const Matrix& matrix, std::uint64_t row, std::uint64_t column,
                        const std::array<double, 4>& terms) {
    for (std::uint64_t t = 0; t < matrix.format.terms; ++t)
        pack(matrix.format.element(), &terms[t], column, 1, matrix.bytes + row * matrix.pitch + t * matrix.plane);
}

/// The random bits of one rounding, 0 where it needs none.
inline std::uint32_t draw(Rounding rounding, RandomKey key, std::uint64_t element, std::uint64_t k, Stream stream) {
    return rounding.is_stochastic() ? random_bits(key, element, k, stream, rounding.random_bits) : 0;
}

/// Whether the rows follow each other without a gap, so that the matrix can be worked on as one long row.
inline bool joins_rows(const ConstMatrix& matrix) {
    if (matrix.format.is_mx()) return false;
    const std::uint64_t bits = matrix.columns * static_cast<std::uint64_t>(matrix.format.width());
    return bits % 8 == 0 && matrix.pitch == bits / 8;
}
template <class Byte>
BasicMatrix<Byte> as_one_row(BasicMatrix<Byte> matrix) {
    matrix.columns *= matrix.rows;
    matrix.pitch *= matrix.rows;
    matrix.rows = matrix.rows == 0 ? 0 : 1;
    return matrix;
}
/// The coordinates of as_one_row() of whole rows.
inline Coordinates one_row(const Coordinates& coordinates, std::uint64_t elements) {
    return {coordinates.key, 0, coordinates.element(0, 0), elements};
}

/// Calls body(row, first column, count) on up to `threads` threads. Long rows are cut where elements of any width share
/// no byte.
template <class Body>
void for_each_part(std::uint64_t rows, std::uint64_t columns, unsigned threads, Body body) {
    constexpr std::uint64_t granule = 4096;
    if (rows >= columns) {
        parallel_for(rows, granule / (columns + 1) + 1, threads, [&](std::uint64_t first, std::uint64_t last) {
            for (std::uint64_t row = first; row < last; ++row) body(row, std::uint64_t{0}, columns);
        });
        return;
    }
    parallel_for(columns, granule, threads, [&](std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t row = 0; row < rows; ++row) body(row, first, last - first);
    });
}

}  // namespace ulpsim::arithmetic

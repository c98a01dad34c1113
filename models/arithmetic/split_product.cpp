#include "models/arithmetic/split_product.hpp"

#include <cstring>
#include <vector>

#include "models/arithmetic/parallel_for.hpp"

namespace ulpsim::arithmetic {
namespace {

/// A matrix with its own bytes.
struct Owned {
    std::vector<std::uint8_t> bytes;
    Matrix matrix{};

    Owned(const Format& format, std::uint64_t rows, std::uint64_t columns)
        : bytes(packed_bytes(format, rows, columns)), matrix(dense(format, bytes.data(), rows, columns)) {}
};

const std::uint8_t* row_of(const ConstMatrix& m, std::uint64_t row, unsigned term) {
    return m.bytes + row * m.pitch + term * m.plane;
}

/// Depth lies along the rows: row k becomes a row of each of `terms`.
void repeat_rows(const ConstMatrix& from, const std::vector<std::uint8_t>& terms, const Matrix& to, std::uint64_t first,
                 std::uint64_t last) {
    for (std::uint64_t k = first; k < last; ++k)
        for (std::size_t t = 0; t < terms.size(); ++t)
            std::memcpy(to.bytes + (k * terms.size() + t) * to.pitch, row_of(from, k, terms[t]), to.pitch);
}

/// Depth lies along a row: element k becomes an element of each of `terms`.
void repeat_columns(const ConstMatrix& from, const std::vector<std::uint8_t>& terms, const Matrix& to,
                    std::uint64_t first, std::uint64_t last) {
    std::vector<double> values(from.columns * from.format.terms), side_by_side(to.columns);
    for (std::uint64_t row = first; row < last; ++row) {
        for (unsigned term = 0; term < from.format.terms; ++term)
            unpack(to.format, row_of(from, row, term), 0, from.columns, values.data() + term * from.columns);
        double* next = side_by_side.data();
        for (std::uint64_t k = 0; k < from.columns; ++k)
            for (const std::uint8_t term : terms) *next++ = values[term * from.columns + k];
        pack(to.format, side_by_side.data(), 0, to.columns, to.bytes + row * to.pitch);
    }
}

Owned side_by_side(const ConstMatrix& from, bool depth_is_rows, const std::vector<std::uint8_t>& terms,
                   unsigned threads) {
    const std::uint64_t n = terms.size();
    Owned to(from.format.element(), depth_is_rows ? from.rows * n : from.rows,
             depth_is_rows ? from.columns : from.columns * n);
    parallel_for(from.rows, 16, threads, [&](std::uint64_t first, std::uint64_t last) {
        depth_is_rows ? repeat_rows(from, terms, to.matrix, first, last)
                      : repeat_columns(from, terms, to.matrix, first, last);
    });
    return to;
}

}  // namespace

void split_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                   unsigned threads) {
    std::vector<std::uint8_t> of_a, of_b;
    for (const TermPair& pair : term_products(product.dot)) {
        of_a.push_back(pair.a);
        of_b.push_back(pair.b);
    }
    const Owned a = side_by_side(product.a, product.transpose_a, of_a, threads);
    const Owned b = side_by_side(product.b, !product.transpose_b, of_b, threads);
    Product plain = product;
    plain.dot = dot_of_terms(product.dot);
    plain.a = a.matrix;
    plain.b = b.matrix;
    plain.first_k = product.first_k * of_a.size();
    matrix_product(plain, accumulators, coordinates, threads);
}

}  // namespace ulpsim::arithmetic

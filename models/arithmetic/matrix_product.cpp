#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/tiled_product.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

/// op(M) in binary64 with `lines` contiguous runs of `depth` values: rows of A, columns of B.
std::vector<double> unpack_lines(const ConstMatrix& matrix, bool depth_is_rows, std::uint64_t lines,
                                 std::uint64_t depth) {
    std::vector<double> values(lines * depth);
    if (!depth_is_rows) {
        for (std::uint64_t line = 0; line < lines; ++line)
            unpack_row(matrix, line, 0, depth, values.data() + line * depth);
        return values;
    }
    std::vector<double> row(lines);
    for (std::uint64_t k = 0; k < depth; ++k) {
        unpack_row(matrix, k, 0, lines, row.data());
        for (std::uint64_t line = 0; line < lines; ++line) values[line * depth + k] = row[line];
    }
    return values;
}

void check_shapes(const Product& product, const Matrix& accumulators) {
    const auto rows = product.transpose_a ? product.a.columns : product.a.rows;
    const auto depth = product.transpose_a ? product.a.rows : product.a.columns;
    const auto depth_b = product.transpose_b ? product.b.columns : product.b.rows;
    const auto columns = product.transpose_b ? product.b.rows : product.b.columns;
    const auto shape = [](std::uint64_t r, std::uint64_t c) { return std::to_string(r) + " x " + std::to_string(c); };
    if (depth != depth_b || rows != accumulators.rows || columns != accumulators.columns)
        throw Error("matrix product of " + shape(rows, depth) + " and " + shape(depth_b, columns) + " into " +
                    shape(accumulators.rows, accumulators.columns));
    if (product.a.format.is_expansion() || product.b.format.is_expansion())
        throw Error("matrix product: operand is an expansion; allowed: formats of one term");
    const auto check_format = [](const char* what, const Format& found, const Format& wanted) {
        if (found != wanted)
            throw Error(std::string("matrix product: ") + what + " is " + name(found) + "; its definition says " +
                        name(wanted));
    };
    check_format("a", product.a.format, product.dot.a);
    check_format("b", product.b.format, product.dot.b);
    check_format("accumulator", accumulators.format, result_format(product.dot));
}

/// The definition, element by element.
void product_by_definition(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                           unsigned threads) {
    const std::uint64_t rows = accumulators.rows, columns = accumulators.columns;
    const std::uint64_t depth = product.transpose_a ? product.a.rows : product.a.columns;
    const auto a = unpack_lines(product.a, product.transpose_a, rows, depth);
    const auto b = unpack_lines(product.b, !product.transpose_b, columns, depth);
    std::vector<double> bias(columns, 0.0);
    if (product.start == Product::Start::bias) bias = unpack_row(product.bias, 0);

    parallel_for(rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        std::vector<double> sums(columns);
        for (std::uint64_t row = first; row < last; ++row) {
            std::uint8_t* bytes = accumulators.bytes + row * accumulators.pitch;
            sums = bias;
            if (product.start == Product::Start::resume) unpack(accumulators.format, bytes, 0, columns, sums.data());
            for (std::uint64_t column = 0; column < columns; ++column)
                sums[column] =
                    dot_product(product.dot, {a.data() + row * depth, depth}, {b.data() + column * depth, depth},
                                sums[column], coordinates.key, coordinates.element(row, column), product.first_k);
            pack(accumulators.format, sums.data(), 0, columns, bytes);
        }
    });
}

}  // namespace

void matrix_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                    unsigned threads) {
    check_shapes(product, accumulators);
    if (!tiled_product(product, accumulators, threads))
        product_by_definition(product, accumulators, coordinates, threads);
}

}  // namespace ulpsim::arithmetic

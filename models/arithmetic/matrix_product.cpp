#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/integer_product.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/split_product.hpp"
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
    if ((product.a.format.is_mx() && product.transpose_a) || (product.b.format.is_mx() && !product.transpose_b))
        throw Error("matrix product: the blocks of an mx operand lie across k; allowed: a as it is, b transposed");
    const auto check_format = [](const char* what, const Format& found, const Format& wanted) {
        if (found != wanted)
            throw Error(std::string("matrix product: ") + what + " is " + name(found) + "; its definition says " +
                        name(wanted));
    };
    check_format("a", product.a.format, product.dot.a);
    check_format("b", product.b.format, product.dot.b);
    check_format("accumulator", accumulators.format, result_format(product.dot));
}

/// x + y rounded once: the sum of two doubles is rounded to odd, with 2Sum's error, before it is rounded to the format.
double round_sum(const Format& format, double x, double y) {
    const double sum = x + y;
    const double part = sum - x;
    const double error = (x - (sum - part)) + (y - part);
    auto bits = std::bit_cast<std::uint64_t>(sum);
    const bool inexact = error > 0 || error < 0;  // not so for NaN, the error of an infinite sum
    if (inexact && (bits & 1) == 0) bits += std::signbit(error) == std::signbit(sum) ? 1 : ~std::uint64_t{0};
    return round_to(format, rne, std::bit_cast<double>(bits));
}

/// Whether nearest_tree() may stand for dot_product(): products of binary32 values are exact in binary64, and 53 bits
/// are two more than the rounding needs.
bool has_nearest_tree(const Dot& dot) {
    return dot.order == Order::tree && dot.rounding == rne && !dot.product && fits_binary32(dot.a) &&
           fits_binary32(dot.b) && dot.accumulator.mantissa_bits <= 50 && dot.accumulator.exponent_bits <= 9;
}

/// dot_product() of a tree rounded to nearest, without the wide integers of the definition.
double nearest_tree(const Dot& dot, const double* a, const double* b, std::uint64_t depth, double accumulator,
                    std::vector<double>& level) {
    for (std::uint64_t first = 0; first < depth; first += dot.length) {
        std::uint64_t count = std::min<std::uint64_t>(dot.length, depth - first);
        level.resize(count);
        for (std::uint64_t i = 0; i < count; ++i) level[i] = a[first + i] * b[first + i];
        while (count > 1) {
            for (std::uint64_t i = 0; i < count / 2; ++i)
                level[i] = round_sum(dot.accumulator, level[2 * i], level[2 * i + 1]);
            if (count % 2 == 1) level[count / 2] = level[count - 1];
            count = (count + 1) / 2;
        }
        accumulator = round_sum(dot.accumulator, accumulator, level[0]);
    }
    return accumulator;
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

    const bool by_tree = has_nearest_tree(product.dot);
    parallel_for(rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        std::vector<double> sums(columns), level;
        for (std::uint64_t row = first; row < last; ++row) {
            std::uint8_t* bytes = accumulators.bytes + row * accumulators.pitch;
            sums = bias;
            if (product.start == Product::Start::resume) unpack(accumulators.format, bytes, 0, columns, sums.data());
            for (std::uint64_t column = 0; column < columns; ++column) {
                const double* x = a.data() + row * depth;
                const double* y = b.data() + column * depth;
                sums[column] = by_tree ? nearest_tree(product.dot, x, y, depth, sums[column], level)
                                       : dot_product(product.dot, {x, depth}, {y, depth}, sums[column], coordinates.key,
                                                     coordinates.element(row, column), product.first_k);
            }
            pack(accumulators.format, sums.data(), 0, columns, bytes);
        }
    });
}

}  // namespace

void matrix_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                    unsigned threads) {
    check_shapes(product, accumulators);
    if (product.start == Product::Start::bias && product.bias.format.is_expansion()) {
        const Format sum = result_format(product.dot);
        std::vector<std::uint8_t> bytes(packed_bytes(sum, 1, product.bias.columns));
        const Matrix rounded = dense(sum, bytes.data(), 1, product.bias.columns);
        convert_expansion(product.bias, rne, rounded, coordinates, 1);
        Product plain = product;
        plain.bias = rounded;
        return matrix_product(plain, accumulators, coordinates, threads);
    }
    if (product.a.format.is_expansion() || product.b.format.is_expansion())
        return split_product(product, accumulators, coordinates, threads);
    if (!tiled_product(product, accumulators, coordinates, threads) && !integer_product(product, accumulators, threads))
        product_by_definition(product, accumulators, coordinates, threads);
}

}  // namespace ulpsim::arithmetic

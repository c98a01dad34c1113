#include "models/arithmetic/integer_product.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

/// The range of an accumulator.
struct Range {
    double low, high;
    explicit Range(const Format& format) : low(lowest_finite(format)), high(largest_finite(format)) {}
    double of(double x) const { return std::min(std::max(x, low), high); }
};

/// The sum of the largest product and the largest accumulator has at most 53 bits.
bool fits_binary64(const Dot& dot) {
    const double last_place = std::ldexp(1.0, dot.accumulator.quantum_exponent());
    return (lowest_finite(dot.a) * lowest_finite(dot.b) - lowest_finite(dot.accumulator)) / last_place <= 0x1p53;
}

bool serves(const Product& product) {
    const Dot& dot = product.dot;
    if (!has_whole_sums(dot) || !fits_binary64(dot)) return false;
    if (dot.order == Order::chunk) {
        if (!dot.outer.is_twos_complement() || dot.outer.quantum_exponent() > dot.accumulator.quantum_exponent())
            return false;
        return -(lowest_finite(dot.outer) + lowest_finite(dot.accumulator)) <=
               std::ldexp(1.0, 53 + dot.outer.quantum_exponent());
    }
    return dot.order == Order::sequential;
}

/// op(B), a row for each k.
std::vector<double> rows_of_b(const Product& product, std::uint64_t depth, std::uint64_t columns) {
    std::vector<double> values(depth * columns), row(depth);
    for (std::uint64_t i = 0; i < product.b.rows; ++i) {
        if (!product.transpose_b) {
            unpack_row(product.b, i, 0, columns, values.data() + i * columns);
            continue;
        }
        unpack_row(product.b, i, 0, depth, row.data());
        for (std::uint64_t k = 0; k < depth; ++k) values[k * columns + i] = row[k];
    }
    return values;
}

void add_product(double a, const double* b, const Range& range, std::vector<double>& sums) {
    for (std::size_t column = 0; column < sums.size(); ++column) sums[column] = range.of(sums[column] + a * b[column]);
}

}  // namespace

bool has_whole_sums(const Dot& dot) {
    const auto is_finite = [](const Format& format) {
        return !format.is_mx() && !has_infinity(format) && !has_nan(format);
    };
    return dot.accumulator.is_twos_complement() && !dot.product && is_finite(dot.a) && is_finite(dot.b) &&
           dot.a.quantum_exponent() + dot.b.quantum_exponent() >= dot.accumulator.quantum_exponent();
}

bool integer_product(const Product& product, const Matrix& accumulators, unsigned threads) {
    if (!serves(product)) return false;
    const Dot& dot = product.dot;
    const std::uint64_t rows = accumulators.rows, columns = accumulators.columns;
    const std::uint64_t depth = product.transpose_a ? product.a.rows : product.a.columns;
    const std::vector<double> b = rows_of_b(product, depth, columns);
    std::vector<double> start(columns);
    if (product.start == Product::Start::bias) start = unpack_row(product.bias, 0);
    const bool chunked = dot.order == Order::chunk;
    const Range range(dot.accumulator), outer(result_format(dot));
    parallel_for(rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        std::vector<double> sums(columns), totals(columns), a(depth);
        for (std::uint64_t row = first; row < last; ++row) {
            std::uint8_t* bytes = accumulators.bytes + row * accumulators.pitch;
            totals = start;
            if (product.start == Product::Start::resume) unpack(accumulators.format, bytes, 0, columns, totals.data());
            if (!product.transpose_a)
                unpack_row(product.a, row, 0, depth, a.data());
            else
                for (std::uint64_t k = 0; k < depth; ++k) unpack_row(product.a, k, row, 1, &a[k]);
            for (std::uint64_t k = 0; k < depth && !chunked; ++k)
                add_product(a[k], b.data() + k * columns, range, totals);
            for (std::uint64_t k = 0; k < depth && chunked; k += dot.length) {
                std::ranges::fill(sums, 0.0);
                for (std::uint64_t i = k; i < std::min<std::uint64_t>(k + dot.length, depth); ++i)
                    add_product(a[i], b.data() + i * columns, range, sums);
                for (std::size_t column = 0; column < columns; ++column)
                    totals[column] = outer.of(totals[column] + sums[column]);
            }
            pack(accumulators.format, totals.data(), 0, columns, bytes);
        }
    });
    return true;
}

}  // namespace ulpsim::arithmetic

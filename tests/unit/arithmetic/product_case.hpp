#pragma once
// Matrix products of every step, held against the definition element by element.
#include <gtest/gtest.h>

#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic::testing {

struct Shape {
    std::uint64_t rows, columns, depth;
};

struct Operands {
    Dot dot;
    Shape shape;
    Packed a, b, bias, before;
    bool transpose_a, transpose_b;

    Operands(const Dot& d, Shape s, bool ta, bool tb, Data data, std::mt19937_64& random)
        : dot(d),
          shape(s),
          a(random_matrix(d.a, ta ? s.depth : s.rows, ta ? s.rows : s.depth, data, random)),
          b(random_matrix(d.b, tb ? s.columns : s.depth, tb ? s.depth : s.columns, data, random)),
          bias(random_matrix(result_format(d), 1, s.columns, data, random)),
          before(random_matrix(result_format(d), s.rows, s.columns, data, random)),
          transpose_a(ta),
          transpose_b(tb) {}

    Product product(Product::Start start) const {
        return {.dot = dot,
                .a = a.view(),
                .b = b.view(),
                .transpose_a = transpose_a,
                .transpose_b = transpose_b,
                .first_k = 0,
                .start = start,
                .bias = bias.view()};
    }

    /// The definition, element by element.
    Packed expected(Product::Start start, RandomKey key) const {
        Packed result = before;
        const Matrix m = result.view();
        std::vector<double> x(shape.depth), y(shape.depth);
        const auto rows_of = [](const Packed& p) {
            std::vector<std::vector<double>> rows;
            for (std::uint64_t r = 0; r < p.rows; ++r) rows.push_back(p.row(r));
            return rows;
        };
        const auto ra = rows_of(a), rb = rows_of(b), rc = rows_of(before);
        for (std::uint64_t i = 0; i < shape.rows; ++i) {
            for (std::uint64_t j = 0; j < shape.columns; ++j) {
                for (std::uint64_t k = 0; k < shape.depth; ++k) {
                    x[k] = transpose_a ? ra[k][i] : ra[i][k];
                    y[k] = transpose_b ? rb[j][k] : rb[k][j];
                }
                double c = 0;
                if (start == Product::Start::resume) c = rc[i][j];
                if (start == Product::Start::bias) c = bias.at(0, j);
                c = dot_product(dot, x, y, c, key, i * shape.columns + j);
                pack(result_format(dot), &c, j, 1, m.bytes + i * m.pitch);
            }
        }
        return result;
    }
};

inline Dot make_dot(const char* a, const char* b, const char* accumulator) {
    Dot dot;
    dot.a = parse_format(a);
    dot.b = parse_format(b);
    dot.accumulator = parse_format(accumulator);
    return dot;
}

inline constexpr RandomKey key{7, 9};

inline void expect_the_definition(const Dot& dot, Shape shape, bool ta, bool tb, Data data, Product::Start start,
                                  std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const Operands operands(dot, shape, ta, tb, data, random);
    const Packed expected = operands.expected(start, key);
    at_every_level([&](int level) {
        for (const unsigned threads : {1u, 2u}) {
            Packed result = operands.before;
            const Coordinates whole{key, 0, 0, shape.columns};
            matrix_product(operands.product(start), result.view(), whole, threads);
            if (result.bytes == expected.bytes) continue;
            for (std::uint64_t i = 0; i < shape.rows; ++i)
                for (std::uint64_t j = 0; j < shape.columns; ++j)
                    ASSERT_EQ(encode(result.format, result.at(i, j)), encode(result.format, expected.at(i, j)))
                        << name(dot.a) << " " << name(dot.b) << " + " << name(dot.accumulator) << " "
                        << name(dot.rounding) << " at " << i << "," << j << " of " << shape.rows << "x" << shape.columns
                        << "x" << shape.depth << " level " << level << " threads " << threads << " seed " << seed;
            FAIL() << "values are equal, bits are not; level " << level;
        }
    });
}

}  // namespace ulpsim::arithmetic::testing

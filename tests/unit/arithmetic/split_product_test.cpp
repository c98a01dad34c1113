// Products of expansions, split into products of their terms: order and bits against rational numbers.
#include <gtest/gtest.h>

#include <random>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/terms.hpp"
#include "tests/unit/arithmetic/rational_dot.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::Rational;
using test::rational;

const RandomKey key{5, 9};

/// A matrix of random numbers whose every term is not zero, and those terms: term t of element (i, j) is terms[t][i][j].
struct Operand {
    Format format;
    std::uint64_t rows, columns;
    std::vector<std::uint8_t> bytes;
    std::vector<std::vector<double>> terms;

    Operand(const char* text, std::uint64_t r, std::uint64_t c, std::mt19937_64& random)
        : format(parse_format(text)), rows(r), columns(c), bytes(packed_bytes(format, r, c)), terms(format.terms) {
        const Matrix m = matrix();
        std::vector<double> one(format.terms);
        for (auto& plane : terms) plane.resize(rows * columns);
        for (std::uint64_t i = 0; i < rows * columns; ++i) {
            do {
                const double x = std::ldexp(static_cast<double>(random() >> 11) - 0x1p52, -51);
                convert_terms(fp64, std::span(&x, 1), 1, format, rne, 0, one);
            } while (std::ranges::count(one, 0.0) != 0);
            for (std::size_t t = 0; t < one.size(); ++t) terms[t][i] = one[t];
        }
        for (std::size_t t = 0; t < terms.size(); ++t)
            for (std::uint64_t row = 0; row < rows; ++row)
                pack(format.element(), terms[t].data() + row * columns, 0, columns,
                     bytes.data() + t * m.plane + row * m.pitch);
    }
    Matrix matrix() { return dense(format, bytes.data(), rows, columns); }
    double term(std::size_t t, std::uint64_t row, std::uint64_t column) const {
        return terms[t][row * columns + column];
    }
};

/// The order of DESIGN's split products, written out.
using Pairs = std::vector<std::pair<int, int>>;
struct Case {
    const char *a, *b;
    Split split;
    Pairs pairs;
};
const Case cases[] = {
    {"exp(bf16,2)", "exp(bf16,2)", Split::leading, {{0, 1}, {1, 0}, {0, 0}}},
    {"exp(bf16,2)", "exp(bf16,2)", Split::all, {{1, 1}, {0, 1}, {1, 0}, {0, 0}}},
    {"exp(bf16,3)", "exp(bf16,3)", Split::leading, {{0, 2}, {1, 1}, {2, 0}, {0, 1}, {1, 0}, {0, 0}}},
    {"e5m2", "exp(bf16,2)", Split::leading, {{0, 1}, {0, 0}}},
    {"exp(bf16,3)", "exp(bf16,2)", Split::leading, {{1, 1}, {2, 0}, {0, 1}, {1, 0}, {0, 0}}},
    {"exp(bf16,3)", "exp(bf16,2)", Split::all, {{2, 1}, {1, 1}, {2, 0}, {0, 1}, {1, 0}, {0, 0}}},
    {"exp(e3m3,2)", "e4m3fn", Split::all, {{1, 0}, {0, 0}}},
};

struct Sums {
    std::vector<std::uint8_t> bytes;
    Matrix matrix{};
    Sums(const Format& format, std::uint64_t rows, std::uint64_t columns)
        : bytes(packed_bytes(format, rows, columns)), matrix(dense(format, bytes.data(), rows, columns)) {}
    double at(std::uint64_t row, std::uint64_t column) const {
        double value = 0;
        unpack(matrix.format, matrix.bytes + row * matrix.pitch, column, 1, &value);
        return value;
    }
};

Dot dot_of(const Case& c, const char* accumulator) {
    Dot dot;
    dot.a = parse_format(c.a);
    dot.b = parse_format(c.b);
    dot.split = c.split;
    dot.accumulator = dot.outer = parse_format(accumulator);
    return dot;
}

constexpr std::uint64_t m = 5, n = 7, k = 13;

TEST(SplitProduct, NamesTheProductsOfTheTermsInTheirOrder) {
    for (const Case& c : cases) {
        Pairs named;
        for (const TermPair& pair : term_products(dot_of(c, "fp32"))) named.emplace_back(pair.a, pair.b);
        EXPECT_EQ(named, c.pairs) << c.a << " * " << c.b;
        EXPECT_EQ(products_per_element(dot_of(c, "fp32")), c.pairs.size());
    }
    EXPECT_EQ(products_per_element(Dot{}), 1u);
}

TEST(SplitProduct, IsTheSumOfTheProductsOfTermsInRationals) {
    std::mt19937_64 random{71};
    for (const Case& c : cases)
        for (int way = 0; way < 8; ++way) {
            Dot dot = dot_of(c, way % 2 == 0 ? "fp32" : "e6m9");
            const bool at = (way & 2) != 0, bt = (way & 4) != 0;
            dot.order = way < 4 ? Order::sequential : way == 4 ? Order::chunk : way == 5 ? Order::tree : Order::align;
            dot.length = way < 4 ? 0 : 4;
            if (way == 3) dot.rounding = {RoundingMode::sr, 8};
            Operand a(c.a, at ? k : m, at ? m : k, random), b(c.b, bt ? n : k, bt ? k : n, random);
            Sums sums(result_format(dot), m, n);
            matrix_product({.dot = dot, .a = a.matrix(), .b = b.matrix(), .transpose_a = at, .transpose_b = bt},
                           sums.matrix, {.key = key, .total_columns = n}, 1);
            for (std::uint64_t i = 0; i < m; ++i)
                for (std::uint64_t j = 0; j < n; ++j) {
                    std::vector<double> x, y;
                    for (std::uint64_t l = 0; l < k; ++l)
                        for (const auto& [s, t] : c.pairs) {
                            x.push_back(at ? a.term(static_cast<std::size_t>(s), l, i)
                                           : a.term(static_cast<std::size_t>(s), i, l));
                            y.push_back(bt ? b.term(static_cast<std::size_t>(t), j, l)
                                           : b.term(static_cast<std::size_t>(t), l, j));
                        }
                    ASSERT_EQ(sums.at(i, j), test::RationalDot(dot, x, y, key, i * n + j).value(0))
                        << c.a << " * " << c.b << " way " << way << " at " << i << ", " << j;
                    ASSERT_EQ(sums.at(i, j), dot_product(dot, x, y, 0, key, i * n + j));
                }
        }
}

TEST(SplitProduct, DoesNotDependOnHowKIsCut) {
    std::mt19937_64 random{72};
    for (const Case& c : cases)
        for (const Order order : {Order::sequential, Order::chunk}) {
            Dot dot = dot_of(c, "e8m15");
            dot.order = order;
            dot.length = order == Order::chunk ? 8 : 0;
            const std::uint64_t granule = split_granule(dot), cut = std::min<std::uint64_t>(granule, k);
            EXPECT_EQ(order == Order::chunk ? granule * c.pairs.size() % 8 : granule - 1, 0u);
            Operand a(c.a, m, k, random), b(c.b, k, n, random);
            Sums whole(result_format(dot), m, n), parts(result_format(dot), m, n);
            const Coordinates at{.key = key, .total_columns = n};
            matrix_product({.dot = dot, .a = a.matrix(), .b = b.matrix()}, whole.matrix, at, 2);
            for (std::uint64_t first = 0; first < k; first += cut) {
                const std::uint64_t depth = std::min(cut, k - first);
                std::vector<std::uint8_t> left(packed_bytes(a.format, m, depth));
                const Matrix part_a = dense(a.format, left.data(), m, depth);
                for (std::size_t t = 0; t < a.format.terms; ++t)
                    for (std::uint64_t row = 0; row < m; ++row)
                        pack(a.format.element(), a.terms[t].data() + row * k + first, 0, depth,
                             left.data() + t * part_a.plane + row * part_a.pitch);
                Matrix part_b = b.matrix();
                part_b.bytes += first * part_b.pitch;
                part_b.rows = depth;
                matrix_product({.dot = dot,
                                .a = part_a,
                                .b = part_b,
                                .first_k = first,
                                .start = first == 0 ? Product::Start::zero : Product::Start::resume},
                               parts.matrix, at, 1);
            }
            EXPECT_EQ(whole.bytes, parts.bytes) << c.a << " * " << c.b;
        }
}

TEST(SplitProduct, OfThreeProductsLeavesOutWhatTheLowTermsMultiplyTo) {
    std::mt19937_64 random{73};
    for (const Split split : {Split::leading, Split::all}) {
        Dot dot = dot_of({"exp(bf16,2)", "exp(bf16,2)", split, {}}, "fp64");
        Operand a("exp(bf16,2)", m, k, random), b("exp(bf16,2)", k, n, random);
        Sums sums(fp64, m, n);
        matrix_product({.dot = dot, .a = a.matrix(), .b = b.matrix()}, sums.matrix, {.key = key, .total_columns = n},
                       1);
        bool all_exact = true;
        for (std::uint64_t i = 0; i < m; ++i)
            for (std::uint64_t j = 0; j < n; ++j) {
                Rational exact = 0, magnitude = 0;
                for (std::uint64_t l = 0; l < k; ++l) {
                    const Rational x = rational(a.term(0, i, l)) + rational(a.term(1, i, l));
                    const Rational y = rational(b.term(0, l, j)) + rational(b.term(1, l, j));
                    exact += x * y;
                    magnitude += abs(Rational(x * y));
                }
                const Rational error = abs(Rational(rational(sums.at(i, j)) - exact));
                // Low terms are half an ulp at most: 2^-8 of their heads, their product 2^-16 of the product.
                const int bits = split == Split::leading ? -15 : -48;
                ASSERT_LE(error, magnitude * test::power_of_two_rational(bits));
                all_exact = all_exact && error <= magnitude * test::power_of_two_rational(-48);
            }
        EXPECT_EQ(all_exact, split == Split::all);
    }
}

TEST(SplitProduct, StartsWithABiasThatIsAnExpansionRoundedOnce) {
    std::mt19937_64 random{74};
    Dot dot = dot_of(cases[0], "fp32");
    Operand a(cases[0].a, m, 1, random), b(cases[0].b, 1, n, random), bias("exp(bf16,3)", 1, n, random);
    std::ranges::fill(a.bytes, std::uint8_t{0});
    Sums sums(fp32, m, n);
    matrix_product({.dot = dot, .a = a.matrix(), .b = b.matrix(), .start = Product::Start::bias, .bias = bias.matrix()},
                   sums.matrix, {.key = key, .total_columns = n}, 1);
    for (std::uint64_t j = 0; j < n; ++j) {
        const Rational exact =
            rational(bias.term(0, 0, j)) + rational(bias.term(1, 0, j)) + rational(bias.term(2, 0, j));
        for (std::uint64_t i = 0; i < m; ++i) ASSERT_EQ(sums.at(i, j), test::rounded_by_rationals(fp32, rne, exact));
    }
}

TEST(SplitProduct, RefusesExpansionsWithAStepAndAsAccumulators) {
    Dot dot = dot_of({"exp(e4m3fn,2,4)", "e4m3fn", Split::all, {}}, "fp32");
    EXPECT_THROW(check(dot), Error);
    dot.a = parse_format("exp(e4m3fn,2)");
    EXPECT_NO_THROW(check(dot));
    dot.accumulator = dot.a;
    EXPECT_THROW(check(dot), Error);
}

}  // namespace
}  // namespace ulpsim::arithmetic

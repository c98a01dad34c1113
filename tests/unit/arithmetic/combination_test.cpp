// out = round(activation(a + factor * b)) against rational numbers, rounded by the oracle of the rounding tests.
#include <gtest/gtest.h>

#include <cmath>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/oracle.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::infinity;
using test::not_a_number;
using test::Rational;
using test::rational;
using test::same;
using testing::Packed;

constexpr RandomKey key{3, 4};
constexpr std::uint64_t rows = 3, columns = 21;

Packed operand(const Format& format, std::mt19937_64& random) {
    Packed matrix(format, rows, columns);
    for (std::uint64_t term = 0; term < format.terms; ++term) {
        for (std::uint64_t i = 0; i < rows; ++i) {
            for (std::uint64_t j = 0; j < columns; ++j) {
                // Few bits, so that sums cancel, tie and vanish now and then.
                const double value =
                    std::ldexp(static_cast<double>(random() % 17) - 8, -3 - 4 * static_cast<int>(term));
                const double stored =
                    round_to(format.element(), rne, std::ldexp(value, format.term_step * static_cast<int>(term)));
                pack(format.element(), &stored, j, 1,
                     matrix.view().bytes + i * matrix.view().pitch + term * matrix.view().plane);
            }
        }
    }
    return matrix;
}

double term_of(const ConstMatrix& matrix, std::uint64_t row, std::uint64_t column, std::uint64_t term) {
    double value = 0;
    unpack(matrix.format.element(), matrix.bytes + row * matrix.pitch + term * matrix.plane, column, 1, &value);
    return value;
}

Rational value_of(const ConstMatrix& matrix, std::uint64_t row, std::uint64_t column) {
    Rational sum = 0;
    for (std::uint64_t term = 0; term < matrix.format.terms; ++term)
        sum += rational(term_of(matrix, row, column, term)) *
               test::power_of_two_rational(-static_cast<int>(term) * matrix.format.term_step);
    return sum;
}

/// The stored terms of an exact value.
std::vector<double> stored(const Format& format, Rounding rounding, Rational x, std::uint32_t draw) {
    std::vector<double> terms;
    for (int t = 0; t < format.terms; ++t) {
        const Rounding mode = t + 1 == format.terms ? rounding : rne;
        const Rational scaled = x * test::power_of_two_rational(t * format.term_step);
        terms.push_back(scaled == 0 ? 0 : test::rounded_by_rationals(format.element(), mode, scaled, draw));
        x -= rational(terms.back()) * test::power_of_two_rational(-t * format.term_step);
    }
    return terms;
}

void expect_exact(const char* a, const char* b, const char* out, const Combination& operation, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const Packed x = operand(parse_format(a), random), y = operand(parse_format(b), random),
                 mask = operand(parse_format("e4m3"), random);
    Combination masked = operation;
    if (operation.activation == Activation::relu_gradient) masked.mask = mask.view();
    Packed result(parse_format(out), rows, columns);
    combine(masked, x.view(), y.view(), result.view(), {key, 0, 0, columns}, 1 + seed % 2);
    const Format format = parse_format(out);
    for (std::uint64_t i = 0; i < rows; ++i) {
        for (std::uint64_t j = 0; j < columns; ++j) {
            Rational sum = value_of(x.view(), i, j) + rational(operation.factor) * value_of(y.view(), i, j);
            if (operation.activation == Activation::relu && sum < 0) sum = 0;
            if (operation.activation == Activation::relu_gradient && term_of(mask.view(), i, j, 0) <= 0) sum = 0;
            const std::uint32_t draw =
                operation.rounding.is_stochastic()
                    ? random_bits(key, i * columns + j, 0, Stream::other, operation.rounding.random_bits)
                    : 0;
            const std::vector<double> expected = stored(format, operation.rounding, sum, draw);
            for (std::uint64_t t = 0; t < expected.size(); ++t)
                ASSERT_EQ(term_of(result.view(), i, j, t), expected[t])
                    << a << " " << b << " " << out << " " << name(operation.rounding) << " factor " << operation.factor
                    << " activation " << static_cast<int>(operation.activation) << " at " << i << "," << j << " term "
                    << t;
        }
    }
}

TEST(Combination, IsTheExactSumRoundedOnce) {
    std::uint64_t seed = 0;
    for (const char* a : {"fp32", "e4m3", "exp(bf16,2)", "exp(e5m2,3,4)"})
        for (const char* b : {"e5m2", "fp64", "exp(bf16,3)"})
            for (const char* out : {"e4m3fn", "e3m1", "bf16", "fp64", "exp(e4m3,2)", "exp(e5m2,3,3)"})
                for (const char* rounding : {"rne", "sr5", "src3", "rup", "rdn", "rtz", "rto"})
                    for (const double factor : {1.0, -1.0, 0.375, -0x1p-9}) {
                        Combination operation;
                        operation.factor = factor;
                        operation.rounding = parse_rounding(rounding);
                        operation.activation = static_cast<Activation>(seed % 3);
                        expect_exact(a, b, out, operation, ++seed);
                    }
}

TEST(Combination, OfTwosComplementIsTheExactSumRoundedOnce) {
    std::uint64_t seed = 0;
    for (const char* a : {"int8", "fix16.8", "fp32"})
        for (const char* b : {"int8", "fix8.6", "exp(bf16,2)", "bf16"})
            for (const char* out : {"int8", "fix12.4", "int24", "bf16"})
                for (const char* rounding : {"rne", "sr8", "src3", "rup", "rdn", "rto"})
                    for (const double factor : {1.0, -0.375}) {
                        Combination operation;
                        operation.factor = factor;
                        operation.rounding = parse_rounding(rounding);
                        operation.activation = static_cast<Activation>(seed % 3);
                        expect_exact(a, b, out, operation, ++seed);
                    }
}

double one(const char* format, const char* rounding, Activation activation, double a, double b) {
    const Format f = parse_format(format);
    Packed x(f, 1, 1), y(f, 1, 1), mask(f, 1, 1), result(f, 1, 1);
    const double positive = 1;
    pack(f.element(), &a, 0, 1, x.view().bytes);
    pack(f.element(), &b, 0, 1, y.view().bytes);
    pack(f.element(), &positive, 0, 1, mask.view().bytes);
    Combination operation;
    operation.rounding = parse_rounding(rounding);
    operation.activation = activation;
    operation.mask = mask.view();
    combine(operation, x.view(), y.view(), result.view(), {key, 0, 0, 1}, 1);
    return term_of(result.view(), 0, 0, 0);
}

TEST(Combination, KeepsSpecialsAndTheSignsOfZero) {
    for (const char* format : {"bf16", "exp(bf16,2)"}) {
        const auto plain = [&](const char* rounding, double a, double b) {
            return one(format, rounding, Activation::none, a, b);
        };
        EXPECT_TRUE(same(plain("rne", 1, -1), 0.0)) << format;
        // The head of an expansion is rounded to nearest, and its +0 tails are part of the sum.
        const double negative_zero = parse_format(format).is_expansion() ? 0.0 : -0.0;
        EXPECT_TRUE(same(plain("rdn", 1, -1), negative_zero)) << format;
        EXPECT_TRUE(same(plain("rne", -0.0, -0.0), negative_zero)) << format;
        EXPECT_TRUE(same(plain("rne", infinity, 1), infinity)) << format;
        EXPECT_TRUE(same(plain("rne", infinity, -infinity), not_a_number)) << format;
        EXPECT_TRUE(same(plain("rne", not_a_number, 1), not_a_number)) << format;
        for (const Activation activation : {Activation::relu, Activation::relu_gradient})
            EXPECT_TRUE(same(one(format, "rne", activation, not_a_number, 1), not_a_number)) << format;
        EXPECT_TRUE(same(one(format, "rne", Activation::relu, -infinity, 1), 0.0)) << format;
        EXPECT_TRUE(same(one(format, "rdn", Activation::relu, 1, -1), 0.0)) << format;
    }
}

TEST(Combination, RefusesOperandsOfAnotherShape) {
    Packed a(fp32, 2, 3), b(fp32, 3, 2), out(fp32, 2, 3);
    EXPECT_THROW(combine({}, a.view(), b.view(), out.view(), {key, 0, 0, 3}, 1), Error);
}

}  // namespace
}  // namespace ulpsim::arithmetic

#include "models/arithmetic/expansion_arithmetic.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/terms.hpp"
#include "tests/unit/arithmetic/expansion_checks.hpp"

namespace ulpsim::arithmetic {
namespace {

using namespace test;

/// Worst errors in units of 2^(-N p) that 4 million draws showed, rounded up: far below the proved bounds from three terms
/// on, so that a slip of an algorithm shows.
void expect_no_worse_than_ever_seen(const Format& f, const WorstErrors& worst) {
    const bool pair = f.terms == 2;
    EXPECT_LT(worst.add.value, pair ? 3 : 1.5);
    EXPECT_LT(worst.add_value.value, pair ? 2.01 : 1.2);
    EXPECT_LT(worst.multiply.value, pair ? 5.01 : f.terms == 3 ? 60 : 220);
    EXPECT_LT(worst.multiply_value.value, pair ? 2.01 : 12);
    EXPECT_LT(worst.divide.value, pair ? 8 : 80);
    EXPECT_LT(worst.square_root.value, pair ? 3.2 : 10);
    for (const double seen : {worst.add.value, worst.multiply.value, worst.divide.value})
        EXPECT_GT(seen, 0) << "the test saw no rounding at all";
}

TEST(ExpansionArithmetic, ErrsWithinItsBoundsAtAnyPrecision) {
    for (const int p : {3, 4, 5, 8, 11, 24})
        for (const int terms : {2, 3, 4}) {
            const Format f = expansion_of(unbounded(p), terms);
            SCOPED_TRACE(name(f));
            expect_no_worse_than_ever_seen(f, check_operations(f, 1500, 400, 31));
            if (HasFatalFailure()) return;
        }
}

TEST(ExpansionArithmetic, ErrsWithinItsBoundsInNarrowRanges) {
    const std::pair<Format, int> bases[] = {{bf16, 30}, {fp16, 5}, {fp32, 40}, {parse_format("e6m9"), 9}};
    for (const auto& [base, reach] : bases)
        for (const int terms : {2, 3, 4}) {
            check_operations(expansion_of(base, terms), 1500, reach, 32);
            if (HasFatalFailure()) return;
        }
}

TEST(ExpansionArithmetic, AddsAndMultipliesDoubleWordsOfE4m3WithinItsBounds) {
    // Every 61st pair of all; the long test takes all of them.
    const Format f = expansion_of(parse_format("e4m3"), 2);
    const std::vector<Terms> left = double_words(f.element(), -9, 3, true),
                             right = double_words(f.element(), -9, 3, false);
    const ErrorBound add = error_bound(ExpansionOperation::add, f);
    const ErrorBound multiply = error_bound(ExpansionOperation::multiply, f);
    const double unit = smallest_positive(f.element());
    ExpansionArithmetic arithmetic(f);
    std::uint64_t pair = 0;
    for (const Terms& x : left)
        for (const Terms& y : right) {
            if (++pair % 61 != 0) continue;
            const double X = x[0] + x[1], Y = y[0] + y[1];  // exact in binary64, as are the sum and the product
            const Terms s = arithmetic.add(x, y), p = arithmetic.multiply(x, y);
            ASSERT_LE(std::fabs(s[0] + s[1] - (X + Y)), add.relative * std::fabs(X + Y)) << X << " + " << Y;
            ASSERT_LE(std::fabs(p[0] + p[1] - X * Y), multiply.relative * std::fabs(X * Y) + multiply.units * unit)
                << X << " * " << Y;
        }
    EXPECT_GT(pair, 1'000'000u);
}

TEST(ExpansionArithmetic, CountsWhatAProductLosesToTheRange) {
    ExpansionArithmetic narrow(parse_format("exp(e4m3fn,2)"));
    narrow.multiply({0.140625}, {0.140625});  // facts: arithmetic 5.1, T9: the error 2^-12 does not exist
    EXPECT_EQ(narrow.underflows(), 1u);
    ExpansionArithmetic stepped(parse_format("exp(e4m3fn,2,4)"));
    const Terms p = stepped.multiply({0.140625}, {0.140625});
    EXPECT_EQ(stepped.underflows(), 0u);
    EXPECT_EQ(p[0] + p[1], 0.140625 * 0.140625);
}

TEST(ExpansionArithmetic, ThirdTermOfE4m3fnIsWorthNothingWithoutAStep) {  // facts: arithmetic 0.3, 5.1 T18
    const double pi = 3.14159265358979;
    const auto error_of_pi = [&](const char* text) {
        const Format f = parse_format(text);
        Terms terms{};
        convert_terms(fp64, std::span(&pi, 1), 1, f, rne, 0, {terms.data(), f.terms});
        double sum = 0;
        for (int i = 0; i < f.terms; ++i) sum += std::ldexp(terms[static_cast<std::size_t>(i)], -f.term_step * i);
        return std::fabs(sum - pi);
    };
    EXPECT_EQ(error_of_pi("exp(e4m3fn,3)"), error_of_pi("exp(e4m3fn,2)"));
    EXPECT_EQ(error_of_pi("exp(e4m3fn,4)"), error_of_pi("exp(e4m3fn,2)"));
    EXPECT_LT(error_of_pi("exp(e4m3fn,3,4)"), error_of_pi("exp(e4m3fn,2)") / 8);
}

TEST(ExpansionArithmetic, WithAStepKeepsItsBoundWhereTheTermsReach) {
    std::mt19937_64 random{33};
    for (const int terms : {2, 3}) {
        const Format f = expansion_of(parse_format("e4m3fn"), terms, 5);
        const Format wide = expansion_of(unbounded(4), terms);  // the same precision, operands in range
        ExpansionArithmetic arithmetic(f);
        const Dyadic finest = Dyadic(std::ldexp(1.0, -9 - 5 * (terms - 1)));
        for (int draw = 0; draw < 3000; ++draw) {
            const auto operand = [&] {
                Terms x = random_expansion(wide, static_cast<int>(random() % 4) - 2, random);
                return arithmetic.renormalize({x.data(), f.terms});
            };
            const Terms x = operand(), y = operand();
            const Dyadic X = exact_value(f, x), Y = exact_value(f, y);
            const Terms s = arithmetic.add(x, y), p = arithmetic.multiply(x, y);
            const double relative = error_bound(ExpansionOperation::add, f).relative + std::ldexp(1.0, -4 * terms);
            ASSERT_LE(abs(exact_value(f, s) - (X + Y)), Dyadic(relative) * abs(X + Y) + finest) << draw;
            const double more = error_bound(ExpansionOperation::multiply, f).relative + std::ldexp(1.0, -4 * terms);
            ASSERT_LE(abs(exact_value(f, p) - X * Y), Dyadic(more) * abs(X * Y) + finest) << draw;
            for (int i = 0; i < terms; ++i) {
                const double stored = std::ldexp(s[static_cast<std::size_t>(i)], 5 * i);
                ASSERT_EQ(decode(f.element(), encode(f.element(), stored)), stored) << "no value of the term's format";
            }
        }
    }
}

TEST(ExpansionArithmetic, RenormalisesAnyValuesInAnyOrder) {
    for (const int p : {3, 8})
        for (const int terms : {2, 3, 4}) check_renormalize(expansion_of(unbounded(p), terms), 2000, 34);
}

TEST(ExpansionArithmetic, DotErrsWithinItsBound) {
    for (const int terms : {2, 3, 4}) check_dot(expansion_of(bf16, terms), 300, 35);
}

TEST(ExpansionArithmetic, ComparesByValueNotByTerms) {
    for (const int terms : {2, 3, 4}) {
        const Format f = expansion_of(bf16, terms);
        check_compare(f, 3000, 36);
        ExpansionArithmetic arithmetic(f);
        EXPECT_EQ(arithmetic.compare({1, -0x1p-8}, {not_a_number}), std::partial_ordering::unordered);
        EXPECT_EQ(arithmetic.compare({infinity}, {infinity}), std::partial_ordering::equivalent);
        EXPECT_EQ(arithmetic.compare({largest_finite(bf16)}, {-largest_finite(bf16)}), std::partial_ordering::greater);
    }
}

/// Two ways to write one number: ties of the head.
TEST(ExpansionArithmetic, FindsTwoWritingsOfANumberEqual) {
    ExpansionArithmetic arithmetic(expansion_of(bf16, 3));
    EXPECT_EQ(arithmetic.compare({1, 0x1p-8}, {1 + 0x1p-7, -0x1p-8}), std::partial_ordering::equivalent);
}

TEST(ExpansionArithmetic, TailsOfHeadsThatAreNotFiniteArePlusZero) {
    for (const int terms : {2, 3, 4}) {
        const Format f = expansion_of(bf16, terms);
        ExpansionArithmetic a(f);
        const double most = largest_finite(bf16);
        const Terms results[] = {a.add({most, 0x1p100}, {most}),
                                 a.add({infinity}, {-infinity}),
                                 a.add({infinity}, {1, 0x1p-9}),
                                 a.multiply({most, 0x1p100}, {2, 0x1p-8}),
                                 a.multiply({infinity}, {0}),
                                 a.multiply_value({-infinity}, 2),
                                 a.divide({1, 0x1p-9}, {0}),
                                 a.divide({0}, {0}),
                                 a.divide({infinity}, {3}),
                                 a.square_root({-1, 0x1p-9}),
                                 a.square_root({infinity}),
                                 a.renormalize(std::vector{1.0, infinity, 0x1p-9}),
                                 a.dot(std::vector{most, 1.0}, std::vector{most, 0x1p-9})};
        for (const Terms& z : results) {
            EXPECT_FALSE(std::isfinite(z[0]));
            for (std::size_t i = 1; i < z.size(); ++i) EXPECT_PRED2(same, z[i], 0.0);
        }
        EXPECT_PRED2(same, a.add({infinity}, {1})[0], infinity);
        EXPECT_PRED2(same, a.divide({-1}, {0})[0], -infinity);
        EXPECT_PRED2(same, a.divide({-1, 0x1p-9}, {infinity})[0], -0.0);
    }
}

TEST(ExpansionArithmetic, ZeroesHaveTheSignOfTheHeadsOperation) {
    for (const int terms : {2, 3, 4}) {
        ExpansionArithmetic a(expansion_of(bf16, terms));
        EXPECT_PRED2(same, a.add({-0.0}, {-0.0})[0], -0.0);
        EXPECT_PRED2(same, a.add({1, 0x1p-9}, {-1, -0x1p-9})[0], 0.0);
        EXPECT_PRED2(same, a.multiply({-0.0}, {3, 0x1p-9})[0], -0.0);
        EXPECT_PRED2(same, a.divide({-0.0}, {3, 0x1p-9})[0], -0.0);
        EXPECT_PRED2(same, a.square_root({-0.0})[0], -0.0);
    }
}

TEST(BaseOperations, AreWhatEachOperationExecutes) {
    std::mt19937_64 random{37};
    using Operation = ExpansionOperation;
    for (const int terms : {2, 3, 4})
        for (int draw = 0; draw < 200; ++draw) {
            const Format f = expansion_of(bf16, terms);
            const Terms x = random_expansion(f, 0, random),
                        y = random_expansion(f, static_cast<int>(random() % 9), random);
            const auto executes = [&](Operation operation, const auto& body, std::uint64_t length = 1) {
                ExpansionArithmetic arithmetic(f);
                body(arithmetic);
                EXPECT_EQ(arithmetic.executed(), base_operations(operation, static_cast<unsigned>(terms), length))
                    << name(operation) << " of " << terms << " terms";
            };
            executes(Operation::add, [&](auto& a) { a.add(x, y); });
            executes(Operation::add, [&](auto& a) { a.subtract(x, y); });
            executes(Operation::add_value, [&](auto& a) { a.add_value(x, y[0]); });
            executes(Operation::multiply, [&](auto& a) { a.multiply(x, y); });
            executes(Operation::multiply_value, [&](auto& a) { a.multiply_value(x, y[0]); });
            executes(Operation::divide, [&](auto& a) { a.divide(x, y); });
            executes(Operation::square_root, [&](auto& a) { a.square_root({std::fabs(x[0])}); });
            executes(Operation::compare, [&](auto& a) { a.compare(x, x); });
            for (const std::uint64_t n : {1u, 2u, 7u}) {
                const std::vector<double> values(n, 1.5);
                executes(
                    Operation::renormalize, [&](auto& a) { a.renormalize(values); }, n);
                executes(
                    Operation::dot, [&](auto& a) { a.dot(values, values); }, n);
            }
        }
}

TEST(BaseOperations, CostWhatTheLiteratureCounts) {  // facts: arithmetic 3.6, in base additions, products and FMAs
    const auto plain = [](ExpansionOperation operation) { return with_plain_operators(base_operations(operation, 2)); };
    EXPECT_EQ(plain(ExpansionOperation::add_value), (BaseOperations{.adds = 10}));
    EXPECT_EQ(plain(ExpansionOperation::add), (BaseOperations{.adds = 20}));
    EXPECT_EQ(plain(ExpansionOperation::multiply_value), (BaseOperations{.adds = 3, .multiplies = 1, .fmas = 2}));
    EXPECT_EQ(plain(ExpansionOperation::multiply), (BaseOperations{.adds = 4, .multiplies = 2, .fmas = 2}));
    EXPECT_EQ(base_operations(ExpansionOperation::multiply, 3).two_products, 3u);
    EXPECT_EQ(base_operations(ExpansionOperation::multiply, 4).two_products, 6u);
    const BaseOperations steps = with_plain_operators(base_operations(ExpansionOperation::dot, 2, 11));
    EXPECT_EQ(steps, (BaseOperations{.adds = 8 * 11 + 6, .multiplies = 11, .fmas = 11}));
}

}  // namespace
}  // namespace ulpsim::arithmetic

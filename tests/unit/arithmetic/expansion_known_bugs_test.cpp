// Mistakes that expansion libraries have made (facts: arithmetic 3.4), one test each.
#include <gtest/gtest.h>

#include "tests/unit/arithmetic/expansion_checks.hpp"

namespace ulpsim::arithmetic {
namespace {

using namespace test;

/// One addition in eight lost the whole last term to Fast2Sum where |a| < |b| (universal, issue 1317).
TEST(KnownBug, AnAdditionLosesItsLastTerm) {
    std::mt19937_64 random{51};
    const Format f = expansion_of(fp64, 4);
    ExpansionArithmetic arithmetic(f);
    for (int draw = 0; draw < 5000; ++draw) {
        const Terms x = random_expansion(f, 0, random), y = random_expansion(f, static_cast<int>(random() % 8), random);
        const Terms z = arithmetic.add(x, y);
        const Dyadic exact = exact_value(f, x) + exact_value(f, y);
        ASSERT_LE(abs(exact_value(f, z) - exact), abs(exact) * power_of_two_dyadic(1 - 4 * 53)) << draw;
    }
}

/// A predicate for overlapping terms was the wrong way round, so tests passed (universal, PR 1012).
TEST(KnownBug, ThePredicateOfTheTestsIsInverted) {
    const Format three = expansion_of(bf16, 3), two = expansion_of(bf16, 2);
    EXPECT_TRUE(is_normalised(three, {1, 0x1p-7, 0x1p-14}));
    EXPECT_FALSE(is_normalised(three, {1, 0x1.02p-7}));
    EXPECT_FALSE(is_normalised(three, {1, 0, 0x1p-20}));
    EXPECT_TRUE(is_normalised(two, {1, 0x1p-8}));
    EXPECT_FALSE(is_normalised(two, {1, 0x1.02p-8}));
}

/// Cancellation left overlapping terms, and eigenvalues lost 60 bits (MultiFloats.jl, issues 42 and 45).
TEST(KnownBug, CancellationLeavesTermsThatOverlap) {
    std::mt19937_64 random{52};
    for (const int terms : {2, 3, 4}) {
        const Format f = expansion_of(fp32, terms);
        ExpansionArithmetic arithmetic(f);
        for (int draw = 0; draw < 3000; ++draw) {
            const Terms x = random_expansion(f, 0, random), y = nearly_opposite(f, x, random);
            const Terms z = arithmetic.add(x, y);
            const Dyadic exact = exact_value(f, x) + exact_value(f, y);
            ASSERT_TRUE(is_normalised(f, z)) << draw;
            ASSERT_TRUE(within(error_bound(ExpansionOperation::add, f), f, exact_value(f, z) - exact, exact)) << draw;
        }
    }
}

/// The sloppy sum of double words loses everything when signs differ (the default of QD): 64 times u^2 at 3 bits.
TEST(KnownBug, OppositeSignsLoseEverything) {
    std::mt19937_64 random{53};
    const Format f = expansion_of(unbounded(3), 2);
    ExpansionArithmetic arithmetic(f);
    for (int draw = 0; draw < 20000; ++draw) {
        Terms x = random_expansion(f, 0, random), y = random_expansion(f, 0, random);
        if ((x[0] < 0) == (y[0] < 0)) y = {-y[0], -y[1]};
        const Terms z = arithmetic.add(x, y);
        const double exact = x[0] + x[1] + (y[0] + y[1]);  // few bits: exact in binary64
        ASSERT_LE(std::fabs(z[0] + z[1] - exact), (3 + 13.0 / 8) / 64 * std::fabs(exact)) << draw;
    }
}

/// One term underflowed and the next became huge (MultiFloats.jl, issue 38).
TEST(KnownBug, ATermBehindAnUnderflowIsHuge) {
    for (const int terms : {2, 3, 4}) {
        const Format f = expansion_of(fp16, terms);
        ExpansionArithmetic arithmetic(f);
        const Terms tiny{0x1.4p-12, 0x1p-23}, product = arithmetic.multiply(tiny, tiny);
        EXPECT_TRUE(is_normalised(f, product));
        EXPECT_LE(std::fabs(exact_value(f, product).approximately() - 0x1.9p-24), 0x1p-24);
        EXPECT_GT(arithmetic.underflows(), 0u) << "a loss that is not counted";
        EXPECT_TRUE(is_normalised(f, arithmetic.divide(tiny, {0x1p15})));
    }
}

/// Infinities turn into NaN in the error terms; 2 / 1e-310 is NaN (MultiFloats.jl, issues 13 and 87; DoubleFloats.jl 278).
TEST(KnownBug, InfinitiesBecomeNan) {
    for (const int terms : {2, 3, 4}) {
        ExpansionArithmetic a(expansion_of(fp64, terms));
        EXPECT_EQ(a.divide({2}, {1e-310})[0], infinity);
        EXPECT_EQ(a.multiply({1e200}, {1e200})[0], infinity);
        EXPECT_EQ(a.add({infinity, 0}, {infinity, 0})[0], infinity);
        EXPECT_EQ(a.multiply({infinity}, {2, 0x1p-60})[0], infinity);
        EXPECT_EQ(a.square_root({infinity})[0], infinity);
    }
}

/// Division and square root overflowed for huge operands (QD, fixed in 2026).
TEST(KnownBug, HugeOperandsOverflowInside) {
    const double huge = 0x1.8p1022;
    for (const int terms : {2, 3, 4}) {
        const Format f = expansion_of(fp64, terms);
        ExpansionArithmetic a(f);
        const Terms x{huge, 0x1.8p960}, q = a.divide(x, x), r = a.square_root(x);
        EXPECT_EQ(q, (Terms{1}));
        const Dyadic root = exact_value(f, r), X = exact_value(f, x);
        EXPECT_LE(abs(root * root - X), X * power_of_two_dyadic(3 - terms * 53));
    }
}

/// A product took a high part where a low one belonged, in a term of the third order (QD, PR 18).
TEST(KnownBug, AProductsLastColumnTakesTheWrongTerm) {
    const Format f = expansion_of(fp64, 4);
    ExpansionArithmetic a(f);
    // Powers of two whose products all lie apart, so that a wrong factor shows in the last term.
    const Terms x{1, 0x1p-54, 0x1p-110, 0x1p-170}, y{1, 0x1p-57, 0x1p-118, 0x1p-176};
    const Terms z = a.multiply(x, y);
    const Dyadic exact = exact_value(f, x) * exact_value(f, y);
    EXPECT_LE(abs(exact_value(f, z) - exact), power_of_two_dyadic(-4 * 53));
}

/// The integer part and the fraction of a number did not add up to it, once in a thousand (Boost.Multiprecision, PR 515).
/// With as many terms as the number has, the sum errs within its bound; with one more nothing is left out.
TEST(KnownBug, IntegerPartAndFractionDoNotAddUp) {
    std::mt19937_64 random{54};
    for (const int terms : {2, 3}) {
        const Format f = expansion_of(bf16, terms), longer = expansion_of(bf16, terms + 1);
        const ErrorBound bound = error_bound(ExpansionOperation::renormalize, f);
        ExpansionArithmetic same_length(f), spare(longer);
        for (int draw = 0; draw < 3000; ++draw) {
            const Terms x = random_expansion(f, static_cast<int>(random() % 12), random);
            std::vector<double> parts;  // both parts of a term are values of the format
            for (std::size_t i = 0; i < f.terms; ++i) parts.push_back(std::trunc(x[i]));
            for (std::size_t i = 0; i < f.terms; ++i) parts.push_back(x[i] - parts[i]);
            const Dyadic exact = exact_value(f, x);
            ASSERT_TRUE(within(bound, f, exact_value(f, same_length.renormalize(parts)) - exact, exact)) << draw;
            ASSERT_TRUE(exact_value(longer, spare.renormalize(parts)) == exact) << name(longer) << " draw " << draw;
        }
    }
}

/// The compiler contracted a * b - p or deleted the error of a 2Sum (MultiFloats.jl 23, mplapack 76, universal PR 1580,
/// bezier 61). Two bits of the result tell: fused, the first is not zero; reassociated, the second is.
TEST(KnownBug, TheCompilerFusesOrReorders) {
    volatile double third = 1.0 / 3, three = 3;
    const double a = third, b = three, product = a * b;
    EXPECT_EQ(a * b - product, 0);
    EXPECT_NE(two_product(fp64, a, b).low, 0);
    volatile double one = 1, tiny = 0x1p-60;
    EXPECT_PRED2(same, two_sum(fp64, one, tiny).low, 0x1p-60);
    EXPECT_PRED2(same, two_sum(fp64, tiny, one).low, 0x1p-60);
    EXPECT_EQ(rounded_sum(fp64, 0x1p-1074, 0x1p-1074), 0x1p-1073) << "subnormals are flushed";
}

}  // namespace
}  // namespace ulpsim::arithmetic

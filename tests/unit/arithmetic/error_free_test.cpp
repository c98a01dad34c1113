#include "models/arithmetic/error_free.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/arithmetic/base_arithmetic.hpp"
#include "tests/unit/arithmetic/dyadic.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::Dyadic;
using test::finite_values;
using test::infinity;
using test::not_a_number;
using test::Rational;
using test::rational;
using test::same;

bool holds(const Format& f, double x) { return std::isfinite(x) && round_to(f, rne, x) == x; }

TEST(TwoProduct, IsExactWhereTheErrorIsAValueAndElseRoundsIt) {  // facts: arithmetic 3.1
    const std::pair<const char*, double> cases[] = {{"e2m1fn", 10}, {"e2m3fn", 51}, {"e3m2fn", 20},
                                                    {"e4m3fn", 21}, {"e4m3", 24},   {"e5m2", 16}};
    for (const auto& [text, percent_lost] : cases) {
        const Format f = parse_format(text);
        int products = 0, lost = 0;
        for (const double a : finite_values(f))
            for (const double b : finite_values(f)) {
                if ((a == 0 && std::signbit(a)) || (b == 0 && std::signbit(b))) continue;
                const double exact_product = a * b;  // at most 8 bits of significand
                const auto [p, e] = two_product(f, a, b);
                if (!std::isfinite(p) || std::fabs(exact_product) > largest_finite(f)) {
                    if (!std::isfinite(p)) {
                        ASSERT_PRED2(same, e, 0.0);
                    }
                    continue;
                }
                ASSERT_PRED2(same, p, round_to(f, rne, exact_product));
                ASSERT_PRED2(same, e, round_to(f, rne, exact_product - p) + 0.0) << text << " " << a << " * " << b;
                ++products;
                if (!holds(f, exact_product - p)) ++lost;
                if (exact_product == 0 || std::ilogb(a) + std::ilogb(b) >= f.emin() + f.precision() - 1) {
                    ASSERT_EQ(p + e, exact_product) << text << " " << a << " * " << b << ": theory says exact";
                }
            }
        EXPECT_NEAR(100.0 * lost / products, percent_lost, 1) << text << ": not error-free";
    }
}

TEST(TwoProduct, OfTheHandCheckedPairs) {  // facts: arithmetic 5.1, T9
    const Format f = parse_format("e4m3fn");
    const DoubleWord lost = two_product(f, 0.140625, 0.140625);
    EXPECT_EQ(encode(f, lost.high), 0x0au);
    EXPECT_EQ(lost.low, 0) << "2^-12 is no value";
    const DoubleWord kept = two_product(f, 1.125, 1.125);
    EXPECT_EQ(encode(f, kept.high), 0x3au);
    EXPECT_EQ(encode(f, kept.low), 0x08u);
}

TEST(TwoProduct, IsExactForWideFormatsInRange) {
    std::mt19937_64 random{21};
    for (const Format& f : {fp64, fp32, bf16, fp16})
        for (int draw = 0; draw < 5000; ++draw) {
            const int reach = std::min((emax(f) - f.precision()) / 2, 400);
            const auto value = [&] {
                const double significand = 1 + std::ldexp(static_cast<double>(random() >> 12), -52);
                const int exponent = static_cast<int>(random() % static_cast<unsigned>(reach + 1));
                return round_to(f, rne, std::ldexp(draw % 2 == 0 ? significand : -significand, exponent));
            };
            const double a = value(), b = value();
            const DoubleWord fused = two_product(f, a, b), by_splitting = two_product_by_splitting(f, a, b);
            ASSERT_TRUE(Dyadic(fused.high) + Dyadic(fused.low) == Dyadic(a) * Dyadic(b)) << name(f);
            ASSERT_PRED2(same, by_splitting.high, fused.high);
            ASSERT_PRED2(same, by_splitting.low, fused.low) << name(f) << std::hexfloat << " " << a << " * " << b;
        }
}

TEST(TwoProduct, BySplittingAgreesExhaustivelyWhereItsConditionsHold) {
    for (const char* text : {"e4m3", "e5m2", "e4m3fn", "e5m3"}) {
        const Format f = parse_format(text);
        const double room = std::ldexp(largest_finite(f), -(f.precision() + 1) / 2 - 1);
        int held = 0, outside = 0;
        for (const double a : finite_values(f))
            for (const double b : finite_values(f)) {
                const DoubleWord fused = two_product(f, a, b);
                if (!std::isfinite(fused.high) || a == 0 || b == 0) continue;
                const bool in_range = std::fabs(fused.high) <= largest_finite(f) / 2 && std::fabs(a) <= room &&
                                      std::fabs(b) <= room &&
                                      std::ilogb(a) + std::ilogb(b) >= f.emin() + f.precision() - 1;
                const DoubleWord split = two_product_by_splitting(f, a, b);
                if (in_range) {
                    ++held;
                    ASSERT_PRED2(same, split.low, fused.low) << text << " " << a << " * " << b;
                } else {
                    outside += same(split.low, fused.low) ? 0 : 1;
                }
            }
        EXPECT_GT(held, 0) << text;
        EXPECT_GT(outside, 0) << text << ": the conditions are too narrow to matter";
    }
}

TEST(TwoSum, IsNotErrorFreeUnderOtherRoundings) {  // facts: arithmetic 3.1: why expansions round rne alone
    const std::tuple<const char*, RoundingMode, double> cases[] = {
        {"e4m3fn", RoundingMode::rtz, 21}, {"e4m3fn", RoundingMode::rup, 21}, {"e4m3fn", RoundingMode::rto, 21},
        {"e5m2", RoundingMode::rtz, 36},   {"e5m2", RoundingMode::rto, 36},   {"e4m3fn", RoundingMode::rna, 0},
        {"e5m2", RoundingMode::rne, 0}};
    for (const auto& [text, mode, percent] : cases) {
        const Format f = parse_format(text);
        int sums = 0, lost = 0;
        for (const double a : finite_values(f))
            for (const double b : finite_values(f)) {
                const double s = rounded_sum(f, a, b, {mode, 0});
                if (!std::isfinite(s) || std::fabs(a + b) > largest_finite(f)) continue;
                ++sums;
                lost += holds(f, a + b - s) ? 0 : 1;
            }
        EXPECT_NEAR(100.0 * lost / sums, percent, 1) << text << " " << name(Rounding{mode, 0});
    }
}

TEST(FastTwoSum, IsExactForAllOrderedPairs) {
    for (const char* text : {"e2m1fn", "e2m3fn", "e3m2fn", "e4m3fn", "e4m3", "e5m2"}) {
        const Format f = parse_format(text);
        for (const double a : finite_values(f))
            for (const double b : finite_values(f)) {
                if (std::fabs(a) < std::fabs(b) || std::fabs(a + b) > largest_finite(f)) continue;
                const auto [s, t] = fast_two_sum(f, a, b);
                if (std::isfinite(s)) {
                    ASSERT_EQ(s + t, a + b) << text << " " << a << " + " << b;
                }
            }
    }
}

TEST(Division, RoundsTheExactQuotientOnce) {
    for (const char* text : {"e2m1fn", "e4m3fn", "e4m3", "e5m2"}) {
        const Format f = parse_format(text);
        for (const double a : finite_values(f))
            for (const double b : finite_values(f)) {
                if (a == 0 || b == 0) continue;
                ASSERT_PRED2(same, rounded_quotient(f, a, b),
                             test::rounded_by_rationals(f, rne, rational(a) / rational(b)))
                    << text << " " << a << " / " << b;
            }
    }
    std::mt19937_64 random{22};
    for (const Format& f : {fp64, fp32, bf16, fp16})
        for (int draw = 0; draw < 3000; ++draw) {
            const double a = round_to(f, rne, test::near_range_of(f, random)),
                         b = round_to(f, rne, test::near_range_of(f, random));
            if (!std::isfinite(a) || !std::isfinite(b) || a == 0 || b == 0) continue;
            ASSERT_PRED2(same, rounded_quotient(f, a, b), test::rounded_by_rationals(f, rne, rational(a) / rational(b)))
                << name(f) << std::hexfloat << " " << a << " / " << b;
        }
}

TEST(Division, FollowsIeeeForZeroAndInfinity) {
    EXPECT_PRED2(same, rounded_quotient(bf16, 1, -0.0), -infinity);
    EXPECT_PRED2(same, rounded_quotient(bf16, 0, 0), not_a_number);
    EXPECT_PRED2(same, rounded_quotient(bf16, -1, infinity), -0.0);
    EXPECT_PRED2(same, rounded_quotient(bf16, infinity, infinity), not_a_number);
    EXPECT_PRED2(same, rounded_quotient(bf16, -0.0, 3), -0.0);
    EXPECT_PRED2(same, rounded_quotient(parse_format("e4m3fn"), 1, 0), not_a_number);
}

/// s = RN(sqrt(a)): the midpoints around s enclose the root, so their squares enclose a. A root is never tiny nor huge.
void expect_rounded_root(const Format& f, double a) {
    const double s = rounded_root(f, a);
    const double unit = std::ldexp(1.0, std::max(std::ilogb(s), f.emin()) - f.mantissa_bits);
    const bool power = std::ldexp(1.0, std::ilogb(s)) == s && std::ilogb(s) > f.emin();
    const Dyadic half = Dyadic(unit) * test::power_of_two_dyadic(-1);
    const Dyadic below = Dyadic(s) - (power ? half * test::power_of_two_dyadic(-1) : half), above = Dyadic(s) + half;
    ASSERT_TRUE(below * below <= Dyadic(a) && Dyadic(a) <= above * above)
        << name(f) << std::hexfloat << " sqrt(" << a << ") is not " << s;
    ASSERT_EQ(round_to(f, rne, s), s);
}

TEST(Root, LiesBetweenTheMidpointsAroundIt) {
    for (const char* text : {"e4m3fn", "e5m2", "fp16"})
        for (const double a : finite_values(parse_format(text)))
            if (a > 0) expect_rounded_root(parse_format(text), a);
    std::mt19937_64 random{23};
    for (const Format& f : {fp64, fp32, bf16})
        for (int draw = 0; draw < 3000; ++draw) {
            const double a = std::fabs(round_to(f, rne, test::near_range_of(f, random)));
            if (a > 0 && std::isfinite(a)) expect_rounded_root(f, a);
        }
    EXPECT_PRED2(same, rounded_root(bf16, -0.0), -0.0);
    EXPECT_PRED2(same, rounded_root(bf16, -1), not_a_number);
    EXPECT_PRED2(same, rounded_root(bf16, infinity), infinity);
}

TEST(BaseArithmetic, CountsExactlyTheProductsThatUnderflow) {
    for (const char* text : {"e4m3fn", "e5m2"}) {
        const Format f = parse_format(text);
        for (const double a : finite_values(f))
            for (const double b : finite_values(f)) {
                BaseArithmetic base(f);
                const double p = base.multiply(a, b);
                if (!std::isfinite(p)) continue;
                const bool lost = p != a * b && std::fabs(p) < smallest_normal(f);
                ASSERT_EQ(base.underflows(), lost ? 1u : 0u) << text << " " << a << " * " << b;
                BaseArithmetic pair(f);
                pair.two_product(a, b);
                ASSERT_EQ(pair.underflows(), holds(f, a * b - p) ? 0u : 1u) << text << " " << a << " * " << b;
                BaseArithmetic sum(f);
                sum.two_sum(a, b);
                sum.add(a, b);
                ASSERT_EQ(sum.underflows(), 0u) << "sums lose nothing to underflow";
            }
    }
}

}  // namespace
}  // namespace ulpsim::arithmetic

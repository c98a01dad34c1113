#include "models/arithmetic/expansion.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::finite_values;
using test::infinity;
using test::Rational;
using test::rational;
using test::same;

double sum_by_rationals(const Format& f, double a, double b) {
    return a + b == 0 ? round_to(f, rne, a + b) : test::rounded_by_rationals(f, rne, rational(a) + rational(b));
}

/// 2Sum by its six additions, for formats whose sums are exact in binary64.
DoubleWord six_additions(const Format& f, double a, double b) {
    const auto plus = [&](double x, double y) { return round_to(f, rne, x + y); };
    const double s = plus(a, b), a_part = plus(s, -b), b_part = plus(s, -a_part);
    return {s, plus(plus(a, -a_part), plus(b, -b_part))};
}

TEST(TwoSum, IsExactForAllPairsOfE4m3fnAndE5m2) {
    for (const char* text : {"e4m3fn", "e5m2", "e4m3", "e4m3fnuz"}) {
        const Format f = parse_format(text);
        const std::vector<double> values = finite_values(f);
        for (const double a : values)
            for (const double b : values) {
                const auto [s, t] = two_sum(f, a, b);
                ASSERT_PRED2(same, s, sum_by_rationals(f, a, b)) << text << " " << a << " + " << b;
                if (!std::isfinite(s)) {
                    ASSERT_PRED2(same, t, 0.0);
                    continue;
                }
                ASSERT_EQ(s + t, a + b) << text << " " << a << " + " << b;
                ASSERT_EQ(decode(f, encode(f, t)), t) << text << " " << a << " + " << b;
                if (std::fabs(a) < std::fabs(b)) continue;
                const DoubleWord fast = fast_two_sum(f, a, b);
                ASSERT_PRED2(same, fast.high, s);
                ASSERT_PRED2(same, fast.low, t) << text << " " << a << " + " << b;
            }
    }
}

TEST(TwoSum, IsWhatSixAdditionsGiveButForTheListedOverflows) {  // facts 3.1: e4m3fn 0, e4m3 6, e5m2 2 unordered pairs
    const std::pair<const char*, int> cases[] = {{"e2m1fn", 0}, {"e4m3fn", 0}, {"e4m3", 6}, {"e5m2", 2}};
    for (const auto& [text, listed] : cases) {
        const Format f = parse_format(text);
        int overflows = 0;
        for (const double a : finite_values(f))
            for (const double b : finite_values(f)) {
                const DoubleWord ours = two_sum(f, a, b), six = six_additions(f, a, b);
                if (!std::isfinite(ours.high) || (!has_nan(f) && std::fabs(a + b) > largest_finite(f))) continue;
                if (!std::isfinite(six.low)) {
                    ++overflows;
                    continue;
                }
                ASSERT_PRED2(same, ours.low, six.low) << text << " " << a << " + " << b;
            }
        EXPECT_EQ(overflows, listed) << text;
    }
}

TEST(TwoSum, SurvivesTheIntermediateThatOverflows) {  // facts 5.1, T8
    const Format f = parse_format("e5m2");
    const auto [s, t] = two_sum(f, decode(f, 0x7b), decode(f, 0xf2));
    EXPECT_EQ(encode(f, s), 0x7au);
    EXPECT_EQ(encode(f, t), 0xecu);
}

TEST(TwoSum, IsExactForWideFormats) {
    std::mt19937_64 random{7};
    for (const Format& f : {fp64, fp32, bf16, fp16})
        for (int draw = 0; draw < 5000; ++draw) {
            const double a = round_to(f, rne, test::near_range_of(f, random));
            const double b = draw % 2 == 0 ? round_to(f, rne, test::near_range_of(f, random))
                                           : round_to(f, rne, a * std::ldexp(1.3, -static_cast<int>(random() % 60)));
            const auto [s, t] = two_sum(f, a, b);
            if (!std::isfinite(s)) continue;
            ASSERT_EQ(rational(s) + rational(t), rational(a) + rational(b)) << name(f) << std::hexfloat << a << b;
            ASSERT_PRED2(same, s, sum_by_rationals(f, a, b));
        }
}

/// A normalised expansion about as long as asked, whose leading term lies well inside the format's range.
std::vector<double> random_terms(const Format& f, std::size_t terms, int exponent, std::mt19937_64& random) {
    Rational rest = rational(std::ldexp(1 + std::ldexp(static_cast<double>(random() >> 12), -52), exponent)) +
                    rational(std::ldexp(static_cast<double>(random() >> 12), exponent - 105));
    if (random() % 2 == 0) rest = -rest;
    std::vector<double> result;
    for (std::size_t i = 0; i < terms; ++i) {
        result.push_back(rest == 0 ? 0.0 : test::rounded_by_rationals(f, rne, rest));
        rest -= rational(result.back());
    }
    return result;
}

Rational sum_of(std::span<const double> terms) {
    Rational sum = 0;
    for (const double term : terms) sum += rational(term);
    return sum;
}

/// A precision with exponents that do not matter.
Format unbounded(int precision) {
    return {.exponent_bits = 11, .mantissa_bits = static_cast<std::uint8_t>(precision - 1), .bias = 1023};
}

TEST(DoubleWordPlus, ErrsAtMostTwoUSquared) {  // facts 3.2: 2u^2, sharp; worst seen 1.49, 1.46, 1.00
    std::mt19937_64 random{8};
    for (const int p : {3, 4, 8, 11, 24}) {
        const Format f = unbounded(p);
        const Rational bound = test::power_of_two_rational(1 - 2 * p);
        double worst = 0;
        for (int draw = 0; draw < 20000; ++draw) {
            const std::vector<double> x = random_terms(f, 2, 0, random);
            const double y = random_terms(f, 1, static_cast<int>(random() % 24) - 12, random)[0];
            const Rational exact_sum = sum_of(x) + rational(y);
            const DoubleWord z = double_word_plus(f, {x[0], x[1]}, y, rne, 0);
            const Rational error = abs(Rational(rational(z.high) + rational(z.low) - exact_sum));
            ASSERT_LE(error, bound * abs(exact_sum)) << std::hexfloat << x[0] << " " << x[1] << " + " << y;
            ASSERT_EQ(sum_by_rationals(f, z.high, z.low), z.high) << "not a double word";
            if (exact_sum != 0) worst = std::max(worst, Rational(error / abs(exact_sum)).convert_to<double>());
        }
        EXPECT_GT(worst, 0) << "the test saw no rounding at all";
    }
}

TEST(DoubleWordPlus, HasAPlusZeroTailBehindANonFiniteHead) {
    const Format f = bf16;
    const double most = largest_finite(f);
    for (const auto& [high, y] : {std::pair{most, most}, {infinity, 1.0}, {infinity, -infinity}, {1.0, -infinity}}) {
        const DoubleWord z = double_word_plus(f, {high, 0}, y, rne, 0);
        EXPECT_FALSE(std::isfinite(z.high));
        EXPECT_PRED2(same, z.low, 0.0);
    }
}

TEST(DoubleWordPlus, KeepsAddingWhatASingleTermLoses) {
    const Format f = bf16;
    DoubleWord w{1, 0};
    double single = 1;
    for (int i = 0; i < 256; ++i) {
        w = double_word_plus(f, w, 0x1p-10, rne, 0);
        single = round_to(f, rne, single + 0x1p-10);
    }
    EXPECT_EQ(w.high + w.low, 1.25);
    EXPECT_EQ(single, 1);
}

TEST(DoubleWordPlus, StochasticIsRightOnAverageOverAllDraws) {
    const Format f = unbounded(4);
    std::mt19937_64 random{9};
    for (int draw = 0; draw < 300; ++draw) {
        const std::vector<double> x = random_terms(f, 2, 0, random);
        const double y = random_terms(f, 1, -static_cast<int>(random() % 8), random)[0];
        Rational mean = 0;
        for (std::uint32_t r = 0; r < 4096; ++r) {
            const DoubleWord z = double_word_plus(f, {x[0], x[1]}, y, {RoundingMode::sr, 12}, r);
            mean += rational(z.high) + rational(z.low);
        }
        ASSERT_EQ(mean, (sum_of(x) + rational(y)) * 4096) << std::hexfloat << x[0] << " " << x[1] << " + " << y;
    }
}

Format expansion(Format f, int terms, int step = 0) {
    f.terms = static_cast<std::uint8_t>(terms);
    f.term_step = static_cast<std::uint8_t>(step);
    return f;
}

TEST(ExpansionPlus, OfTwoTermsIsDoubleWordPlus) {
    std::mt19937_64 random{10};
    for (int draw = 0; draw < 2000; ++draw) {
        std::vector<double> x = random_terms(bf16, 2, 0, random);
        const double y = random_terms(bf16, 1, static_cast<int>(random() % 24) - 16, random)[0];
        const Rounding last = draw % 2 == 0 ? rne : Rounding{RoundingMode::sr, 8};
        const auto r = static_cast<std::uint32_t>(random() & 0xff);
        const DoubleWord z = double_word_plus(bf16, {x[0], x[1]}, y, last, r);
        expansion_plus(expansion(bf16, 2), x, y, last, r);
        ASSERT_PRED2(same, x[0], z.high);
        ASSERT_PRED2(same, x[1], z.low);
    }
}

TEST(ExpansionPlus, ErrsByAboutTheLastTermsRoundingAndStaysNormalised) {
    // Facts 3.3: relative error in units of 2^-Np of whole additions at most 1.25; two are allowed here.
    std::mt19937_64 random{11};
    for (const int p : {3, 4, 8})
        for (const int terms : {3, 4})
            for (int draw = 0; draw < 3000; ++draw) {
                const Format f = unbounded(p);
                std::vector<double> x = random_terms(f, static_cast<std::size_t>(terms), 0, random);
                const int spread = static_cast<int>(random() % static_cast<unsigned>(terms * p + 4));
                double y = random_terms(f, 1, 2 - spread, random)[0];
                if (draw % 4 == 0) y = -x[0];
                const Rational exact_sum = sum_of(x) + rational(y);
                expansion_plus(expansion(f, terms), x, y, rne, 0);
                const Rational error = abs(Rational(sum_of(x) - exact_sum));
                ASSERT_LE(error, test::power_of_two_rational(1 - terms * p) * abs(exact_sum)) << p << " " << terms;
                for (std::size_t i = 0; i + 1 < x.size(); ++i) {
                    ASSERT_TRUE(x[i] != 0 || x[i + 1] == 0) << "a hole";
                    if (x[i] == 0) continue;
                    ASSERT_LE(std::fabs(x[i + 1]), std::ldexp(1.0, std::ilogb(x[i]) - p + 1)) << "terms overlap";
                }
            }
}

TEST(ExpansionPlus, StochasticIsRightOnAverageOverAllDraws) {
    const Format f = unbounded(3);
    std::mt19937_64 random{12};
    for (int draw = 0; draw < 200; ++draw) {
        const std::vector<double> x = random_terms(f, 3, 0, random);
        const double y = random_terms(f, 1, -static_cast<int>(random() % 8), random)[0];
        Rational mean = 0;
        for (std::uint32_t r = 0; r < 4096; ++r) {
            std::vector<double> z = x;
            expansion_plus(expansion(f, 3), z, y, {RoundingMode::sr, 12}, r);
            mean += sum_of(z);
        }
        ASSERT_EQ(mean, (sum_of(x) + rational(y)) * 4096);
    }
}

TEST(ExpansionPlus, HasPlusZeroTailsBehindANonFiniteHead) {
    for (const int terms : {2, 3, 4}) {
        std::vector<double> x(static_cast<std::size_t>(terms), 0.0);
        x[0] = largest_finite(bf16);
        x[1] = -0x1p100;
        expansion_plus(expansion(bf16, terms), x, largest_finite(bf16), rne, 0);
        EXPECT_EQ(x[0], infinity);
        for (int i = 1; i < terms; ++i) EXPECT_PRED2(same, x[static_cast<std::size_t>(i)], 0.0);
    }
}

TEST(ExpansionPlus, WithAStepKeepsBitsBelowTheBaseFormatsRange) {
    const Format base = parse_format("e4m3fn"), stepped = parse_format("exp(e4m3fn,2,4)");
    std::vector<double> x{0x1p-6, 0}, plain{0x1p-6, 0};
    for (int i = 0; i < 4; ++i) {
        expansion_plus(stepped, x, 0x1p-9, rne, 0);
        expansion_plus(expansion(base, 2), plain, 0x1p-9, rne, 0);
    }
    EXPECT_EQ(x[0] + x[1], 0x1p-6 + 4 * 0x1p-9);
    EXPECT_EQ(plain[0] + plain[1], 0x1p-6 + 4 * 0x1p-9);
    std::vector<double> fine{1, 0x1p-12};  // the second term is stored as 2^-8: 2^-12 is no value of e4m3fn
    expansion_plus(stepped, fine, 0x1p-9, rne, 0);
    EXPECT_EQ(fine[0], 1);
    EXPECT_EQ(fine[1], 0x1p-9 + 0x1p-12);
}

}  // namespace
}  // namespace ulpsim::arithmetic

// Where the error-free transforms are not: shares of all pairs of finite values without overflow of the sum (facts:
// arithmetic 3.1). The transforms here are the textbook's additions, each rounded on its own, not ours, whose 2Sum swaps.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/arithmetic/error_free.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::finite_values;

struct Shares {
    double two_sum = 0, fast_two_sum = 0, not_a_value = 0;  ///< per cent of pairs; Fast2Sum: of those with |a| >= |b|
};

Shares shares(const Format& f, Rounding rounding) {
    const auto plus = [&](double x, double y) { return round_to(f, rounding, x + y); };  // exact in binary64
    std::vector<double> values = finite_values(f);  // without subnormals many codes are zero
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    int pairs = 0, ordered = 0, two_sum = 0, fast_two_sum = 0, not_a_value = 0;
    for (const double a : values)
        for (const double b : values) {
            const double s = plus(a, b);
            if (!std::isfinite(s) || std::fabs(a + b) > largest_finite(f)) continue;
            ++pairs;
            const double a_part = plus(s, -b), b_part = plus(s, -a_part);
            const double t = plus(plus(a, -a_part), plus(b, -b_part));
            two_sum += s + t == a + b ? 0 : 1;
            const double error = a + b - s;
            not_a_value += round_to(f, rne, error) == error ? 0 : 1;
            if (std::fabs(a) < std::fabs(b)) continue;
            ++ordered;
            fast_two_sum += s + plus(b, -plus(s, -a)) == a + b ? 0 : 1;
        }
    return {100.0 * two_sum / pairs, 100.0 * fast_two_sum / ordered, 100.0 * not_a_value / pairs};
}

struct Row {
    const char* format;
    RoundingMode mode;
    Shares lost;
};

TEST(ErrorFreeTransforms, LoseTheseSharesUnderOtherRoundingsAndWithoutSubnormals) {
    const Row rows[] = {
        {"e4m3fn", RoundingMode::rne, {0, 0, 0}},          {"e4m3fn", RoundingMode::rtz, {31, 21, 21}},
        {"e4m3fn", RoundingMode::rup, {32, 21, 21}},       {"e4m3fn", RoundingMode::rto, {21, 21, 21}},
        {"e4m3fn", RoundingMode::rna, {0.02, 0, 0}},       {"e4m3fn:nosub", RoundingMode::rne, {6.6, 6.5, 6.5}},
        {"e5m2", RoundingMode::rtz, {54, 36, 36}},         {"e5m2", RoundingMode::rto, {36, 36, 36}},
        {"e5m2:nosub", RoundingMode::rne, {0.8, 0.8, 0.8}}};
    for (const auto& [text, mode, lost] : rows) {
        const Shares seen = shares(parse_format(text), {mode, 0});
        const double within = lost.two_sum > 10 ? 1 : 0.1;
        EXPECT_NEAR(seen.two_sum, lost.two_sum, within) << text << " " << name(Rounding{mode, 0});
        EXPECT_NEAR(seen.fast_two_sum, lost.fast_two_sum, within) << text << " " << name(Rounding{mode, 0});
        EXPECT_NEAR(seen.not_a_value, lost.not_a_value, within) << text << " " << name(Rounding{mode, 0});
    }
}

TEST(ErrorFreeTransforms, OfStochasticRoundingAreNotErrorFree) {
    const Format f = parse_format("e4m3fn");
    const Rounding up{RoundingMode::sr, 4};
    const double s = rounded_sum(f, 1, 0x1p-4 + 0x1p-9, up, 15), error = 1 + 0x1p-4 + 0x1p-9 - s;
    EXPECT_EQ(s, 1.125);
    EXPECT_NE(round_to(f, rne, error), error) << "away from the nearest, the error has too many bits";
}

TEST(ErrorFreeTransforms, LoseNothingToTinyValuesInSums) {
    const Format f = parse_format("e4m3fn");
    const double unit = smallest_positive(f);
    for (const double a : finite_values(f))
        if (std::fabs(a) < 64 * unit)
            for (const double b : finite_values(f)) {
                const DoubleWord sum = two_sum(f, a, b);
                ASSERT_TRUE(!std::isfinite(sum.high) || sum.high + sum.low == a + b) << a << " + " << b;
            }
}

}  // namespace
}  // namespace ulpsim::arithmetic

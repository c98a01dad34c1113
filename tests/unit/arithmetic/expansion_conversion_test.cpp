// Conversions to and from expansions against exact numbers (facts: arithmetic 3.5).
#include <gtest/gtest.h>

#include "models/arithmetic/terms.hpp"
#include "tests/unit/arithmetic/expansion_checks.hpp"

namespace ulpsim::arithmetic {
namespace {

using namespace test;

Terms converted(const Format& from, std::span<const double> terms, const Format& to, double factor = 1) {
    Terms result{};
    convert_terms(from, terms, factor, to, rne, 0, {result.data(), to.terms});
    return result;
}

TEST(ExpansionConversion, ErrsByHalfAPlaceOfItsLastTermOrHalfTheSmallestValue) {
    std::mt19937_64 random{61};
    for (const Format& base : {bf16, fp16, fp32, parse_format("e4m3"), parse_format("e5m2")})
        for (const int terms : {2, 3, 4}) {
            const Format f = expansion_of(base, terms);
            const Dyadic half_unit = Dyadic(smallest_positive(base)) * power_of_two_dyadic(-1);
            for (int draw = 0; draw < 3000; ++draw) {
                const int reach = std::min(emax(base) - 2, 200);
                const double x =
                    random_value(fp64, static_cast<int>(random() % static_cast<unsigned>(reach)) - 3, random);
                const Terms z = converted(fp64, std::span(&x, 1), f);
                ASSERT_TRUE(is_normalised(f, z)) << name(f) << std::hexfloat << " " << x;
                const Dyadic allowed = abs(Dyadic(x)) * power_of_two_dyadic(-terms * base.precision()) + half_unit;
                ASSERT_LE(abs(exact_value(f, z) - Dyadic(x)), allowed) << name(f) << std::hexfloat << " " << x;
            }
        }
}

TEST(ExpansionConversion, BackRoundsTheExactSumOnce) {
    std::mt19937_64 random{62};
    for (const int terms : {2, 3, 4}) {
        const Format f = expansion_of(bf16, terms);
        for (int draw = 0; draw < 3000; ++draw) {
            const Terms x = random_expansion(f, static_cast<int>(random() % 40) - 20, random);
            Rational sum = 0;
            for (const double term : x) sum += rational(term);
            for (const Format& to : {fp32, bf16, fp16, parse_format("e4m3fn")}) {
                const double result = converted(f, terms_of(f, x), to)[0];
                if (sum == 0) continue;
                ASSERT_PRED2(same, result, rounded_by_rationals(to, rne, sum)) << name(f) << " to " << name(to);
            }
        }
    }
}

TEST(ExpansionConversion, RoundsMidpointsOfTheHeadByTheTail) {  // pairwise or head-only conversions miss these
    const Format f = expansion_of(bf16, 2);
    EXPECT_EQ(converted(f, std::vector{1 + 0x1p-7, 0x1p-13}, parse_format("e5m2"))[0], 1);
    EXPECT_EQ(converted(f, std::vector{1.125, 0x1p-13}, parse_format("e5m2"))[0], 1.25);
    EXPECT_EQ(converted(f, std::vector{1.125, -0x1p-13}, parse_format("e5m2"))[0], 1);
    EXPECT_EQ(converted(f, std::vector{1.125, 0.0}, parse_format("e5m2"))[0], 1);
}

TEST(ExpansionConversion, OfAnElementIsItselfAndZeroes) {
    for (const char* text : {"e4m3fn", "e5m2", "e2m1fn"})
        for (const double x : finite_values(parse_format(text)))
            for (const int terms : {2, 3, 4}) {
                const Terms z =
                    converted(parse_format(text), std::span(&x, 1), expansion_of(parse_format(text), terms));
                ASSERT_PRED2(same, z[0], x);
                for (std::size_t i = 1; i < z.size(); ++i) ASSERT_PRED2(same, z[i], 0.0);
            }
}

TEST(ExpansionConversion, OfWhatIsTooLargeHasAnInfiniteHeadAndZeroes) {
    const double x = 1e39;
    const Terms z = converted(fp64, std::span(&x, 1), expansion_of(bf16, 3));
    EXPECT_EQ(z, (Terms{infinity}));
}

}  // namespace
}  // namespace ulpsim::arithmetic

#include "models/arithmetic/rounding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::infinity;
using test::not_a_number;
using test::Rational;
using test::rational;
using test::same;

constexpr RoundingMode deterministic[] = {RoundingMode::rne, RoundingMode::rna, RoundingMode::rtz,
                                          RoundingMode::rup, RoundingMode::rdn, RoundingMode::rto};

std::uint64_t code_of(const char* format, const char* rounding, double x, std::uint32_t random = 0) {
    const Format f = parse_format(format);
    return encode(f, round_to(f, parse_rounding(rounding), x, random));
}

TEST(RoundingName, ReadsBackAsTheSameRounding) {
    for (const char* text : {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr1", "sr13", "sr32", "src1", "src8", "src32"})
        EXPECT_EQ(name(parse_rounding(text)), text);
    EXPECT_EQ(parse_rounding("sr8"), (Rounding{RoundingMode::sr, 8}));
    EXPECT_EQ(parse_rounding("src9"), (Rounding{RoundingMode::src, 9}));
    for (const char* text : {"", "rn", "RNE", "sr", "src", "sr0", "sr33", "src0", "sr08", "sr8 ", "sr-1", "sr1x"})
        EXPECT_THROW(parse_rounding(text), Error) << text;
}

/// Values of the format, its midpoints, and the doubles next to both, beyond the largest too.
std::vector<double> awkward_inputs(const Format& f) {
    std::vector<double> points = test::values_of(f);
    const double step = points.back() - points[points.size() - 2];
    for (int i = 1; i <= 3; ++i) points.push_back(largest_finite(f) + i * step);
    const std::size_t count = points.size();
    for (std::size_t i = 1; i < count; ++i) points.push_back((points[i - 1] + points[i]) / 2);
    if (!f.subnormals) points.push_back(smallest_normal(f) * (1 - std::ldexp(1, -f.mantissa_bits - 2)));
    std::vector<double> inputs;
    for (const double x : points) {
        if (x == 0) continue;
        for (const double near : {x, std::nextafter(x, 0.0), std::nextafter(x, infinity)}) {
            inputs.push_back(near);
            inputs.push_back(-near);
        }
    }
    return inputs;
}

class SmallFormat : public testing::TestWithParam<const char*> {};

TEST_P(SmallFormat, AgreesWithMpfrOnEveryBinary16) {
    const Format f = parse_format(GetParam());
    for (std::uint64_t code = 1; code < 0x7c00; ++code) {
        const double magnitude = decode(fp16, code);
        for (const double x : {magnitude, -magnitude})
            for (const RoundingMode mode : deterministic)
                ASSERT_PRED2(same, round_to(f, {mode, 0}, x), test::rounded_by_mpfr(f, mode, x))
                    << name({mode, 0}) << " of " << std::hexfloat << x;
    }
}

TEST_P(SmallFormat, AgreesWithMpfrAtEveryValueMidpointAndNeighbour) {
    const Format f = parse_format(GetParam());
    for (const double x : awkward_inputs(f))
        for (const RoundingMode mode : deterministic)
            ASSERT_PRED2(same, round_to(f, {mode, 0}, x), test::rounded_by_mpfr(f, mode, x))
                << name({mode, 0}) << " of " << std::hexfloat << x;
}

TEST_P(SmallFormat, DrawsUpAsOftenAsTheFractionSays) {
    const Format f = parse_format(GetParam());
    std::mt19937_64 random{2};
    for (int draw = 0; draw < 200; ++draw) {
        const double x = test::near_range_of(f, random);
        for (const unsigned bits : {1u, 2u, 5u, 8u})
            for (const RoundingMode mode : {RoundingMode::sr, RoundingMode::src}) {
                const Rounding rounding{mode, static_cast<std::uint8_t>(bits)};
                for (std::uint32_t r = 0; r < 1u << bits; ++r)
                    ASSERT_PRED2(same, round_to(f, rounding, x, r),
                                 test::rounded_by_rationals(f, rounding, rational(x), r))
                        << name(rounding) << " of " << std::hexfloat << x << " with " << r;
            }
    }
}

INSTANTIATE_TEST_SUITE_P(Rounding, SmallFormat,
                         testing::Values("e2m1", "e2m1fn", "e2m3fn", "e3m2fn", "e3m4", "e4m3", "e4m3fn", "e4m3fnuz",
                                         "e5m2", "e5m2fn", "e5m2fnuz", "e4m3fn:sat", "e5m2:sat", "e4m3fn:nosub",
                                         "e4m3fnuz:nosub", "e5m2:sat:nosub", "e3m5:bias=5", "e5m7fn"),
                         [](const auto& parameter) {
                             std::string label = parameter.param;
                             for (char& c : label)
                                 if (c == ':' || c == '=') c = '_';
                             return label;
                         });

TEST(Rounding, AgreesWithMpfrOnRandomBitPatternsOfLargeFormats) {
    for (const char* text : {"fp16", "bf16", "tf32", "e6m9", "fp32", "e8m23:nosub", "e8m30fn", "e11m20fnuz", "fp64",
                             "e11m52:sat", "e9m40:nosub", "e2m52fn"}) {
        const Format f = parse_format(text);
        std::mt19937_64 random{3};
        for (int draw = 0; draw < 20000; ++draw) {
            const double x = test::near_range_of(f, random);
            for (const RoundingMode mode : deterministic)
                ASSERT_PRED2(same, round_to(f, {mode, 0}, x), test::rounded_by_mpfr(f, mode, x))
                    << text << " " << name({mode, 0}) << " of " << std::hexfloat << x << ", draw " << draw;
        }
    }
}

TEST(Rounding, WithOneSignificandBitBreaksTiesByTheParityOfTheCode) {
    const Format f = parse_format("e4m0fn");  // codes 0: 0, 1: 2^-6, 2: 2^-5, ... 15: 2^8; no NaN
    EXPECT_EQ(round_to(f, rne, 0x1p-7), 0);
    EXPECT_EQ(round_to(f, rne, 1.5 * 0x1p-6), 0x1p-5);  // between codes 1 and 2
    EXPECT_EQ(round_to(f, rne, 1.5 * 0x1p-5), 0x1p-5);  // between codes 2 and 3
    EXPECT_EQ(round_to(f, rne, 1.5), 2);                // between codes 7 and 8
    EXPECT_EQ(round_to(f, rne, 3.0), 2);
    EXPECT_EQ(round_to(f, parse_rounding("rto"), 1.1), 1);
    EXPECT_EQ(round_to(f, parse_rounding("rto"), 2.1), 4);
    std::mt19937_64 random{4};
    for (const char* text : {"e4m0fn", "e5m0fnuz", "e7m0fn"})
        for (int draw = 0; draw < 2000; ++draw)
            for (const RoundingMode mode : deterministic) {
                const Format g = parse_format(text);
                const double x = test::near_range_of(g, random);
                ASSERT_PRED2(same, round_to(g, {mode, 0}, x), test::rounded_by_rationals(g, {mode, 0}, rational(x)))
                    << text << " " << name({mode, 0}) << " of " << std::hexfloat << x;
            }
}

TEST(Rounding, OfInfinitiesNansAndZerosFollowsTheFormat) {
    const auto round = [](const char* format, double x, const char* mode = "rne") {
        return round_to(parse_format(format), parse_rounding(mode), x);
    };
    for (const char* mode : {"rne", "rtz", "rup", "rdn", "rto", "sr8"}) {
        EXPECT_PRED2(same, round("e5m2", -infinity, mode), -infinity);
        EXPECT_PRED2(same, round("e5m2:sat", -infinity, mode), -57344.0);
        EXPECT_PRED2(same, round("e4m3fn", infinity, mode), not_a_number);  // also rtz: nothing was rounded
        EXPECT_PRED2(same, round("e4m3fn:sat", infinity, mode), 448.0);
        EXPECT_PRED2(same, round("e4m3fnuz", -infinity, mode), not_a_number);
        EXPECT_PRED2(same, round("e2m1fn", -infinity, mode), -6.0);
        EXPECT_PRED2(same, round("e4m3fn:sat", not_a_number, mode), not_a_number);
        EXPECT_PRED2(same, round("e2m1fn", -not_a_number, mode), 6.0);
        EXPECT_PRED2(same, round("e4m3", -0.0, mode), -0.0);
        EXPECT_PRED2(same, round("e4m3fnuz", -0.0, mode), 0.0);
    }
    EXPECT_PRED2(same, round("e4m3fn", -0x1p-20), -0.0);
    EXPECT_PRED2(same, round("e4m3fnuz", -0x1p-20), 0.0);
}

// The hand-checkable cases of the arithmetic facts, 5.1.
TEST(Rounding, GivesTheHandCheckedAnswers) {
    EXPECT_EQ(code_of("e4m3fn", "rne", -0x1.affffffffffffp+8), 0xfdu);  // T1
    EXPECT_EQ(code_of("e4m3fn", "rne", 464), 0x7eu);                    // T2
    EXPECT_EQ(code_of("e4m3fn", "rne", std::nextafter(464, 500)), 0x7fu);
    EXPECT_EQ(code_of("e4m3fn:sat", "rne", std::nextafter(464, 500)), 0x7eu);
    EXPECT_EQ(code_of("e4m3fn", "rne", 463.99), 0x7eu);
    EXPECT_EQ(code_of("e4m3fn", "rna", 464), 0x7fu);
    EXPECT_EQ(code_of("e5m2", "rne", 61440), 0x7cu);  // T2b
    EXPECT_EQ(code_of("e5m2", "rna", 61440), 0x7cu);
    EXPECT_EQ(code_of("e5m2", "rtz", 61440), 0x7bu);
    EXPECT_EQ(code_of("e2m1fn", "rne", 5), 0x6u);  // T2c
    EXPECT_EQ(code_of("e2m1fn", "rne", 6.99), 0x7u);
    EXPECT_EQ(code_of("e2m1fn", "rne", 7), 0x7u);
    EXPECT_EQ(code_of("e2m1fn", "rne", 8), 0x7u);
    EXPECT_EQ(code_of("e2m1fn", "rne", -0.25), 0x8u);
    EXPECT_EQ(code_of("e4m3fn", "rne", 0x1p-10), 0x00u);  // T3
    EXPECT_EQ(code_of("e4m3fn", "rup", 0x1p-10), 0x01u);
    EXPECT_EQ(code_of("e4m3fn", "rna", 0x1p-10), 0x01u);
    EXPECT_EQ(code_of("e4m3fn", "rto", 0x1p-10), 0x01u);
    EXPECT_EQ(code_of("e4m3fn", "rne", 0x1p-10 + 0x1p-30), 0x01u);
    EXPECT_EQ(code_of("e4m3fn", "rne", 3 * 0x1p-10), 0x02u);
    EXPECT_EQ(code_of("e4m3fn", "rto", 3 * 0x1p-10), 0x01u);
    EXPECT_EQ(code_of("e4m3fn:nosub", "rne", 31 * 0x1p-11), 0x08u);  // T4
    EXPECT_EQ(code_of("e4m3fn:nosub", "rne", 7 * 0x1p-9), 0x00u);
    EXPECT_EQ(code_of("bf16", "rna", 0x1p-134 * (1 - 0x1p-16)), 0x0000u);  // T6
    for (std::uint32_t r = 0; r < 16; ++r)                                 // T7
        EXPECT_EQ(code_of("e4m3fn", "sr4", 460, r), r <= 9 ? 0x7eu : 0x7fu) << r;
    for (std::uint32_t r = 0; r < 8; ++r)  // T7b
        EXPECT_EQ(code_of("e4m3fn", "sr3", -0x1p-12, r), r <= 6 ? 0x80u : 0x81u) << r;
    EXPECT_EQ(code_of("e4m3fn", "rne", 1 + 0x1p-4 + 0x1p-20), 0x39u);  // T16
    const auto through_six_bits = [](const char* mode) {
        return code_of("e4m3fn", "rne", round_to(parse_format("e8m5"), parse_rounding(mode), 1 + 0x1p-4 + 0x1p-20));
    };
    EXPECT_EQ(through_six_bits("rne"), 0x38u);
    EXPECT_EQ(through_six_bits("rto"), 0x39u);
}

TEST(Rounding, OfAnFmaIsRoundedOnce) {  // T5, and the directed case of the facts, 2.4
    const Unrounded sum = exact_multiply_add(decode(bf16, 0x3f81), decode(bf16, 0x3fc0), decode(bf16, 0xa180), false);
    EXPECT_EQ(encode(bf16, round_to(bf16, rne, sum)), 0x3fc1u);
    const Unrounded tiny = exact_multiply_add(0x1p-24, 0x1p-24, 1024, false);
    EXPECT_EQ(round_to(fp16, parse_rounding("rup"), tiny), 1025);
}

TEST(Rounding, OfWhatIsLeftSplitsPiIntoTerms) {  // T18, T19: how an expansion is encoded
    const auto terms = [](const char* text, int count) {
        const Format f = parse_format(text);
        std::vector<std::uint64_t> codes;
        double rest = 3.14159265358979323846;
        for (int i = 0; i < count; ++i) {
            const double term = round_to(f, rne, rest);
            codes.push_back(encode(f, term));
            rest -= term;
        }
        return codes;
    };
    EXPECT_EQ(terms("e4m3fn", 4), (std::vector<std::uint64_t>{0x45, 0x9e, 0x00, 0x00}));
    EXPECT_EQ(terms("bf16", 3), (std::vector<std::uint64_t>{0x4049, 0x3a7e, 0xb5ac}));
}

TEST(Rounding, OfOddIntermediatesThenNearestIsNearest) {
    const Format wide = parse_format("e5m5"), narrow = parse_format("e5m3");
    for (std::uint64_t code = 1; code < 0x7c00; ++code) {
        const double x = decode(fp16, code);
        if (x < smallest_normal(narrow)) continue;
        ASSERT_PRED2(same, round_to(narrow, rne, round_to(wide, parse_rounding("rto"), x)), round_to(narrow, rne, x));
    }
}

double random_double(std::mt19937_64& random, int low, int high) {
    const double fraction = std::ldexp(static_cast<double>(random() >> 11), -53);
    const int exponent = low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
    const double x = std::ldexp(1 + fraction, exponent);
    return random() % 2 == 0 ? x : -x;
}

/// a, b, c whose sum cancels, barely reaches, or is far from the last place of a target.
struct Operands {
    double a, b, c;
};
Operands adversarial(std::mt19937_64& random) {
    Operands o{random_double(random, -30, 30), random_double(random, -30, 30), 0};
    if (random() % 2 == 0) {  // few bits: midpoints
        o.a = round_to(parse_format("e11m3"), rne, o.a);
        o.b = round_to(parse_format("e11m4"), rne, o.b);
    }
    switch (random() % 5) {
        case 0:
            o.c = -o.a * o.b;
            break;  // all but the rounding error cancels
        case 1:
            o.c = std::nextafter(-o.a * o.b, random() % 2 ? 1e300 : -1e300);
            break;
        case 2:
            o.c = random_double(random, -200, 200);
            break;
        case 3:
            o.c = o.a * o.b * std::ldexp(random() % 2 ? 1 : -1, static_cast<int>(random() % 260) - 130);
            break;
        default:
            o.c = random_double(random, -60, 60);
    }
    if (random() % 16 == 0) o.a *= 0x1p-1000;
    if (random() % 16 == 0) o.c *= 0x1p-900;
    return o;
}

TEST(ExactMultiplyAdd, RoundsAsRationalsDoInEveryModeAndFormat) {
    std::mt19937_64 random{5};
    const Format formats[] = {fp64, fp32, bf16, fp16, parse_format("e11m30fnuz"), parse_format("e4m3fn:nosub")};
    for (int draw = 0; draw < 40000; ++draw) {
        const auto [a, b, c] = adversarial(random);
        const Rational sum = rational(a) * rational(b) + rational(c);
        for (const Rounding rounding : {rne, Rounding{deterministic[static_cast<std::size_t>(draw) % 6], 0},
                                        Rounding{RoundingMode::sr, 32}, Rounding{RoundingMode::src, 7}}) {
            const Format& f = formats[static_cast<std::size_t>(draw) % std::size(formats)];
            const auto r = static_cast<std::uint32_t>(random() & ((std::uint64_t{1} << rounding.random_bits) - 1));
            const double ours = round_to(f, rounding, exact_multiply_add(a, b, c, false), r);
            const double expected = sum == 0 ? 0.0 : test::rounded_by_rationals(f, rounding, sum, r);
            ASSERT_PRED2(same, ours, expected) << name(f) << " " << name(rounding) << std::hexfloat << " of " << a
                                               << " * " << b << " + " << c << ", draw " << draw;
        }
    }
}

TEST(Rounding, OfAnExactValueOfFewBitsDrawsNothing) {
    for (const char* mode : {"rne", "rup", "rto", "sr1", "sr32", "src32"})
        for (const char* format : {"fp64", "e4m3fn", "e11m20"})
            EXPECT_EQ(
                round_to(parse_format(format), parse_rounding(mode), Unrounded{.exponent = 1, .significand = 3}, ~0u),
                6);
}

TEST(ExactMultiplyAdd, AgreesWithTheFusedOneOfTheMachine) {
    std::mt19937_64 random{6};
    for (int draw = 0; draw < 200000; ++draw) {
        const double a = std::bit_cast<double>(random()), b = std::bit_cast<double>(random());
        const double c = draw % 2 == 0 ? std::bit_cast<double>(random()) : -a * b;
        ASSERT_PRED2(same, round_to(fp64, rne, exact_multiply_add(a, b, c, false)), std::fma(a, b, c))
            << std::hexfloat << a << " * " << b << " + " << c;
    }
}

TEST(RoundMultiplyAdd, IsTheExactOneRounded) {
    std::mt19937_64 random{18};
    const Format formats[] = {fp64, fp32, bf16, fp16, parse_format("e11m45"), parse_format("e4m3fn:nosub")};
    const char* roundings[] = {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr3", "sr13", "src8", "sr32"};
    for (int draw = 0; draw < 200000; ++draw) {
        Operands o = adversarial(random);
        if (draw % 4 != 0) {  // mostly factors that take the short way
            o.a = static_cast<float>(o.a);
            o.b = static_cast<float>(o.b);
            if (draw % 4 == 1) o.c = round_to(fp32, rne, o.c);
            if (draw % 4 == 2) o.c = -round_to(bf16, rne, o.a * o.b);
        }
        const Format& f = formats[random() % std::size(formats)];
        const Rounding rounding = parse_rounding(roundings[random() % std::size(roundings)]);
        const auto r = static_cast<std::uint32_t>(random());
        const bool down = rounding.mode == RoundingMode::rdn;
        ASSERT_PRED2(same, round_multiply_add(f, rounding, o.a, o.b, o.c, r),
                     round_to(f, rounding, exact_multiply_add(o.a, o.b, o.c, down), r))
            << name(f) << " " << name(rounding) << std::hexfloat << " of " << o.a << " * " << o.b << " + " << o.c;
    }
    EXPECT_EQ(
        encode(bf16, round_multiply_add(bf16, rne, decode(bf16, 0x3f81), decode(bf16, 0x3fc0), decode(bf16, 0xa180))),
        0x3fc1u);  // T5
    for (const double x : {0.0, -0.0, 1.0, -1.0, infinity, -infinity, not_a_number})
        for (const double y : {0.0, -0.0, 1.0, -1.0, infinity, not_a_number})
            for (const double z : {0.0, -0.0, 1.0, -1.0, infinity, -infinity, not_a_number})
                for (const Rounding rounding : {rne, Rounding{RoundingMode::rdn, 0}})
                    EXPECT_PRED2(same, round_multiply_add(fp32, rounding, x, y, z),
                                 round_to(fp32, rounding, exact_multiply_add(x, y, z, rounding != rne)));
}

TEST(ExactMultiplyAdd, SignsItsZerosAndSpreadsItsSpecials) {
    const auto fma = [](double a, double b, double c, bool negative = false) {
        return round_to(fp64, rne, exact_multiply_add(a, b, c, negative));
    };
    EXPECT_PRED2(same, fma(2, 3, -6), 0.0);
    EXPECT_PRED2(same, fma(2, 3, -6, true), -0.0);
    EXPECT_PRED2(same, fma(-0.0, 3, 0.0), 0.0);
    EXPECT_PRED2(same, fma(-0.0, 3, 0.0, true), -0.0);
    EXPECT_PRED2(same, fma(-0.0, 3, -0.0), -0.0);
    EXPECT_PRED2(same, fma(0.0, 3, 0.0, true), 0.0);
    EXPECT_PRED2(same, fma(0.0, infinity, 1), not_a_number);
    EXPECT_PRED2(same, fma(-1, infinity, infinity), not_a_number);
    EXPECT_PRED2(same, fma(-1, infinity, -infinity), -infinity);
    EXPECT_PRED2(same, fma(1, 1, -infinity), -infinity);
    EXPECT_PRED2(same, fma(1, not_a_number, infinity), not_a_number);
}

}  // namespace
}  // namespace ulpsim::arithmetic

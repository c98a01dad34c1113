// Rounding to int and fix against integers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::infinity;
using test::Integer;
using test::not_a_number;
using test::Rational;
using test::rational;
using test::same;

std::vector<Rounding> all_roundings() {
    std::vector<Rounding> all;
    for (const char* mode : {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr1", "sr8", "sr31", "src3", "src32"})
        all.push_back(parse_rounding(mode));
    return all;
}

/// floor(x), also of negative numbers.
Integer floor_of_any(const Rational& x) {
    const Integer down = test::floor_of(abs(x));
    if (x >= 0) return down;
    return Rational(down) == -x ? Integer(-down) : Integer(-down - 1);
}

/// The nearest whole number in the sense of the mode, from two's complement's point of view: floor and what is left.
Integer whole_number(const Rational& x, Rounding rounding, std::uint32_t draw) {
    const Integer low = floor_of_any(x);
    const Rational rest = x - Rational(low), half(1, 2);
    if (rest == 0) return low;
    const bool negative = x < 0, low_is_odd = (low & 1) != 0;
    const Integer all = Integer(1) << rounding.random_bits;
    // Stochastic rounding acts on the magnitude: the way away from zero.
    const Rational outwards = negative ? Rational(1) - rest : rest;
    const Rational scaled = outwards * Rational(all);
    Integer kept = test::floor_of(scaled);
    switch (rounding.mode) {
        case RoundingMode::rne:
            return rest > half || (rest == half && low_is_odd) ? low + 1 : low;
        case RoundingMode::rna:
            return rest > half || (rest == half && !negative) ? low + 1 : low;
        case RoundingMode::rtz:
            return negative ? low + 1 : low;
        case RoundingMode::rup:
            return low + 1;
        case RoundingMode::rdn:
            return low;
        case RoundingMode::rto:
            return low_is_odd ? low : low + 1;
        case RoundingMode::src:
            if (scaled - Rational(kept) > half || (scaled - Rational(kept) == half && (kept & 1) != 0)) ++kept;
            break;
        case RoundingMode::sr:
            break;
    }
    const bool goes_out = kept + draw >= all;
    return goes_out != negative ? low + 1 : low;
}

double rounded_by_integers(int width, int fraction_bits, Rounding rounding, double x, std::uint32_t draw) {
    const double half = std::ldexp(1.0, width - 1), unit = std::ldexp(1.0, -fraction_bits);
    if (std::isnan(x)) return 0;
    if (std::isinf(x)) return x < 0 ? -half * unit : (half - 1) * unit;
    const Integer whole = whole_number(rational(x) / rational(unit), rounding, draw);
    if (Rational(whole) < rational(-half)) return -half * unit;
    if (Rational(whole) > rational(half - 1)) return (half - 1) * unit;
    return whole.convert_to<double>() * unit;
}

void expect_agreement(int width, int fraction_bits, double x, std::mt19937_64& random) {
    const Format f = fixed_format(width, fraction_bits);
    for (const Rounding rounding : all_roundings()) {
        const auto draw = static_cast<std::uint32_t>(random() & ((std::uint64_t{1} << rounding.random_bits) - 1));
        const double expected = rounded_by_integers(width, fraction_bits, rounding, x, draw);
        ASSERT_PRED2(same, round_to(f, rounding, x, draw), expected)
            << name(f) << " " << name(rounding) << " of " << std::hexfloat << x << " draw " << draw;
        ASSERT_PRED2(same, round_to(f, rounding, exact(x), draw), expected);
    }
}

TEST(FixedRounding, OfEveryBinary16AgreesWithIntegers) {
    std::mt19937_64 random{31};
    const std::pair<int, int> formats[] = {{2, 0}, {4, 3}, {8, 0}, {8, 6}};
    for (std::uint64_t code = 0; code < 0x10000; ++code) {
        const auto& [width, fraction_bits] = formats[code % std::size(formats)];
        expect_agreement(width, fraction_bits, decode(fp16, code), random);
        if (HasFatalFailure()) return;
    }
}

TEST(FixedRounding, AtEveryMidpointAndNeighbourOfEveryFormatUpTo8BitsAgreesWithIntegers) {
    std::mt19937_64 random{32};
    for (int width = 2; width <= 8; ++width)
        for (const int fraction_bits : {0, width / 2, width}) {
            const std::int64_t half = std::int64_t{1} << (width - 1);
            for (std::int64_t twice = -2 * half - 3; twice <= 2 * half + 3; ++twice) {
                const double x = std::ldexp(static_cast<double>(twice), -fraction_bits - 1);
                for (const double value : {x, std::nextafter(x, infinity), std::nextafter(x, -infinity)})
                    expect_agreement(width, fraction_bits, value, random);
                if (HasFatalFailure()) return;
            }
        }
}

TEST(FixedRounding, OfLargerFormatsAgreesWithIntegers) {
    std::mt19937_64 random{33};
    const std::pair<int, int> formats[] = {{9, 2},  {12, 12}, {16, 0}, {16, 15}, {24, 8},
                                           {32, 0}, {40, 20}, {53, 0}, {53, 53}};
    for (const auto& [width, fraction_bits] : formats)
        for (int draw = 0; draw < 400; ++draw) {
            const double whole = std::ldexp(static_cast<double>(random() >> 11), width - 53 - fraction_bits) -
                                 std::ldexp(1.0, width - 1 - fraction_bits);
            const double tie = std::floor(std::ldexp(whole, fraction_bits)) + 0.5;
            for (const double x : {whole, 1.01 * whole, std::ldexp(tie, -fraction_bits),
                                   std::ldexp(std::nextafter(tie, 0), -fraction_bits), std::bit_cast<double>(random())})
                expect_agreement(width, fraction_bits, x, random);
            if (HasFatalFailure()) return;
        }
}

TEST(FixedRounding, SaturatesBothWaysLosesNanAndHasNoMinusZero) {
    for (const Rounding rounding : all_roundings()) {
        const auto round = [&](const char* format, double x) { return round_to(parse_format(format), rounding, x); };
        EXPECT_EQ(round("int8", 1e300), 127);
        EXPECT_EQ(round("int8", -1e300), -128);
        EXPECT_EQ(round("int8", infinity), 127);
        EXPECT_EQ(round("int8", -infinity), -128);
        EXPECT_EQ(round("fix8.6", -infinity), -2);
        EXPECT_PRED2(same, round("int8", not_a_number), 0.0);
        EXPECT_PRED2(same, round("int8", -0.0), 0.0);
        EXPECT_EQ(round("int8", -128), -128);
    }
    EXPECT_PRED2(same, round_to(parse_format("int8"), rne, -0.5), 0.0);
    EXPECT_EQ(round_to(parse_format("int8"), rne, -128.5), -128);
    EXPECT_EQ(round_to(parse_format("int8"), rne, 127.5), 127);
}

TEST(FixedRounding, DrawsUpAsOftenAsTheFractionSays) {
    const Format f = parse_format("fix8.6");
    for (std::int64_t sixteenths = -2100; sixteenths <= 2100; ++sixteenths) {
        const double x = std::ldexp(static_cast<double>(sixteenths), -10);  // sixteenths of a unit
        double sum = 0;
        for (std::uint32_t r = 0; r < 16; ++r) sum += round_to(f, parse_rounding("sr4"), x, r);
        ASSERT_EQ(sum / 16, std::clamp(x, -2.0, 1.984375)) << x;
    }
}

TEST(FixedRounding, OfAnFmaIsRoundedOnce) {
    std::mt19937_64 random{34};
    for (int draw = 0; draw < 4000; ++draw) {
        const Format f = draw % 2 == 0 ? parse_format("int32") : parse_format("fix16.12");
        const double unit = smallest_positive(f);
        const double a = std::ldexp(static_cast<double>(static_cast<std::int32_t>(random())), -16),
                     b = std::ldexp(static_cast<double>(static_cast<std::int8_t>(random())), -3),
                     c = unit * static_cast<double>(static_cast<std::int16_t>(random()));
        const auto r = static_cast<std::uint32_t>(random());
        for (const Rounding rounding : all_roundings()) {
            const Rational sum = rational(a) * rational(b) + rational(c);
            const auto bits = static_cast<std::uint32_t>(r & ((std::uint64_t{1} << rounding.random_bits) - 1));
            const Integer whole = whole_number(sum / rational(unit), rounding, bits);
            const Rational low = rational(lowest_finite(f)), high = rational(largest_finite(f));
            const Rational expected = std::clamp(Rational(Rational(whole) * rational(unit)), low, high);
            ASSERT_EQ(round_multiply_add(f, rounding, a, b, c, bits), expected.convert_to<double>()) << name(rounding);
        }
    }
}

}  // namespace
}  // namespace ulpsim::arithmetic

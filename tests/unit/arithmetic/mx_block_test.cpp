#include "models/arithmetic/mx_block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "models/arithmetic/packing.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::infinity;
using test::not_a_number;
using test::Rational;
using test::rational;
using test::same;

struct Block {
    int scale;
    std::vector<std::uint64_t> codes;
    std::vector<double> elements;
};
Block quantise(const char* format, const std::vector<double>& values, const char* rounding = "rne",
               const std::vector<std::uint32_t>& random = {}) {
    const Format f = parse_format(format);
    Block block;
    block.elements.resize(values.size());
    block.scale = quantise_block(f, parse_rounding(rounding), values, random, block.elements);
    for (const double element : block.elements) block.codes.push_back(encode(f.element(), element));
    return block;
}
int scale_of(const char* format, double largest) { return quantise(format, {largest / 4, -largest}).scale - 127; }

TEST(StoredBits, AreRoundedUpOncePerMatrix) {
    EXPECT_EQ(stored_bits(parse_format("mx(e2m1fn,32)")), 5u);
    EXPECT_EQ(stored_bits(parse_format("mx(e2m1fn,32)"), 64), 2u * (8 + 32 * 4));
    EXPECT_EQ(stored_bits(parse_format("mx(e4m3fn,32)"), 320), 10u * (8 + 32 * 8));
    EXPECT_EQ(stored_bits(parse_format("exp(e5m2,3)"), 7), 7u * 24);
}

TEST(MxBlock, GivesTheHandCheckedAnswer) {  // T15 of the facts, 5.1
    const Block block = quantise("mx(e2m1fn,32)", {7, 3, -0.5, 0.25, 2.5, -6});
    EXPECT_EQ(block.scale, 0x7f);
    EXPECT_EQ(block.codes, (std::vector<std::uint64_t>{0x7, 0x5, 0x9, 0x0, 0x4, 0xf}));
    EXPECT_EQ(quantise("mx(e2m1fn,32,ceil)", {7, 3, -0.5, 0.25, 2.5, -6}).scale, 0x80);
}

TEST(MxBlock, TakesTheExponentFieldNotALogarithm) {  // T17: a rounded log2 of 255.99998 is 8
    EXPECT_EQ(scale_of("mx(e4m3fn,32)", 255.99998474121094), 7 - 8);
    EXPECT_EQ(scale_of("mx(e4m3fn,32)", 256), 0);
    for (int k = -100; k < 100; ++k) {
        const double power = std::ldexp(1.0, k);
        EXPECT_EQ(scale_of("mx(e2m1fn,32)", power), k - 2);
        EXPECT_EQ(scale_of("mx(e2m1fn,32)", std::nextafter(power, 0)), k - 3);
    }
}

TEST(MxBlock, RulesDifferWhereTheFactsSaySo) {  // facts 1.4
    EXPECT_EQ(scale_of("mx(e4m3fn,32)", 300), 0);
    EXPECT_EQ(scale_of("mx(e4m3fn,32,ceil)", 300), 0);  // 2^ceil(log2 amax) would give 1
    EXPECT_EQ(scale_of("mx(e4m3fn,32,ceil)", 448), 0);
    EXPECT_EQ(scale_of("mx(e4m3fn,32,ceil)", std::nextafter(448, 500)), 1);
    EXPECT_EQ(scale_of("mx(e4m3fn,32,even)", 479), 0);  // rounds to 480, in the same binade
    EXPECT_EQ(scale_of("mx(e4m3fn,32,even)", std::nextafter(496, 0)), 0);
    EXPECT_EQ(scale_of("mx(e4m3fn,32,even)", 496), 1);  // a tie to 512
    EXPECT_EQ(scale_of("mx(e2m1fn,32,even)", 7), 1);
    EXPECT_EQ(scale_of("mx(e2m1fn,32,even)", 6.99), 0);
    EXPECT_EQ(scale_of("mx(fix8.6,32)", 1.999), 0);
    EXPECT_EQ(scale_of("mx(fix8.6,32,even)", 1.99), 0);
    EXPECT_EQ(scale_of("mx(fix8.6,32,even)", 1.9921875), 1);
    EXPECT_EQ(quantise("mx(fix8.6,32,ceil)", {-2, 1}).scale, 127);  // two's complement has -2, and not 2
    EXPECT_EQ(quantise("mx(fix8.6,32,ceil)", {2, 1}).scale, 128);
    EXPECT_EQ(quantise("mx(fix8.6,32)", {-2, 2}).scale, 128);
    EXPECT_EQ(quantise("mx(e4m3fn,32,ceil)", {449}).elements[0], 224);
    EXPECT_EQ(quantise("mx(e4m3fn,32)", {449, -500}).elements, (std::vector<double>{448, -448}));
}

TEST(MxBlock, OfZerosHasTheScaleZero) {
    EXPECT_EQ(quantise("mx(e4m3fn,32)", {0, -0.0, 0}).scale, 0x00);
    EXPECT_EQ(quantise("mx(e4m3fn,32)", {0, -0.0, 0}).codes, (std::vector<std::uint64_t>{0, 0x80, 0}));
    EXPECT_EQ(quantise("mx(fix8.6,32)", {-0.0}).codes, (std::vector<std::uint64_t>{0}));
}

TEST(MxBlock, WithANanAnInfinityOrATooLargeScaleIsNan) {
    for (const double bad : {not_a_number, infinity, -infinity, 0x1p136}) {
        const Block block = quantise("mx(e4m3fn,32)", {1, bad, 2});
        EXPECT_EQ(block.scale, 0xff) << bad;
        EXPECT_EQ(block.codes, (std::vector<std::uint64_t>{0, 0, 0}));
    }
    EXPECT_TRUE(std::isnan(decode_scale(0xff)));
    EXPECT_EQ(quantise("mx(e4m3fn,32)", {0x1.fp135}).scale, 0xfe);
    EXPECT_EQ(quantise("mx(e4m3fn,32,ceil)", {0x1.fp135}).scale, 0xff);
    EXPECT_EQ(quantise("mx(e2m1fn,32,even)", {0x1.fp129}).scale, 0xff);
}

TEST(MxBlock, ClampsSmallScalesSoThatElementsUnderflow) {
    const Block block = quantise("mx(e4m3fn,32)", {0x1p-130, 0x1p-136, 0x1p-138});
    EXPECT_EQ(block.scale, 0x00);
    EXPECT_EQ(decode_scale(0x00), 0x1p-127);
    EXPECT_EQ(block.elements, (std::vector<double>{0x1p-3, 0x1p-9, 0}));
}

TEST(MxBlock, RoundsEachElementWithItsBits) {
    // 1.03125 is a quarter of a place above 1, the scale being 2^-8 of the largest.
    EXPECT_EQ(quantise("mx(e4m3fn,32)", {1, 1.03125}, "sr2", {0, 2}).elements, (std::vector<double>{256, 256}));
    EXPECT_EQ(quantise("mx(e4m3fn,32)", {1, 1.03125}, "sr2", {0, 3}).elements, (std::vector<double>{256, 288}));
    EXPECT_EQ(quantise("mx(e4m3fn,32)", {1, 1.03125}, "rup").elements, (std::vector<double>{256, 288}));
}

/// DESIGN 3.1 in rational numbers: nothing where the scale is NaN.
std::optional<int> scale_by_rationals(const Format& f, const std::vector<double>& values) {
    const Format element = f.element();
    const int top = std::ilogb(largest_finite(element));
    Rational largest = 0;
    for (const double x : values) {
        if (!std::isfinite(x)) return {};
        largest = std::max(largest, Rational(abs(rational(x))));
    }
    if (largest == 0) return -127;
    int scale = test::exponent_of(largest) - top;
    if (f.scale_rule == ScaleRule::even) {
        const double most = largest_finite(element), before = decode(element, encode(element, most) - 1);
        const bool one_bit = std::exp2(top) == most;
        const int bits = one_bit ? 0 : top - std::ilogb(most - before);
        const Rational unit = test::power_of_two_rational(test::exponent_of(largest) - bits);
        const Rational rounded = Rational(test::floor_of(largest / unit + Rational(1, 2))) * unit;
        scale = test::exponent_of(rounded) - top;
    }
    if (f.scale_rule == ScaleRule::ceil) {
        const auto clips = [&](int s) {
            const Rational unit = test::power_of_two_rational(s);
            return std::ranges::any_of(values, [&](double x) {
                return rational(x) > rational(largest_finite(element)) * unit ||
                       rational(x) < rational(lowest_finite(element)) * unit;
            });
        };
        scale -= 3;
        while (clips(scale)) ++scale;
    }
    if (scale > 127) return {};
    return std::max(scale, -127);
}

double element_by_rationals(const Format& element, Rounding rounding, double x, int scale, std::uint32_t draw) {
    if (x == 0) return element.is_twos_complement() || element.specials == Specials::fnuz ? 0 : x;
    const Rational quotient = rational(x) / test::power_of_two_rational(scale);
    if (!element.is_twos_complement()) {
        Format saturating = element;
        saturating.saturate = true;
        return test::rounded_by_rationals(saturating, rounding, quotient, draw);
    }
    const Rational unit = rational(smallest_positive(element));
    const Rational steps = abs(quotient) / unit;
    const test::Integer low = test::floor_of(steps);
    const Rational rest = steps - Rational(low), half(1, 2);
    const test::Integer all = test::Integer(1) << rounding.random_bits;
    const bool odd = (low & 1) != 0;
    const bool up = rounding.mode == RoundingMode::rne   ? rest > half || (rest == half && odd)
                    : rounding.mode == RoundingMode::rtz ? false
                                                         : test::floor_of(rest * Rational(all)) + draw >= all;
    const double magnitude = (Rational(low + (up ? 1 : 0)) * unit).convert_to<double>();
    return std::clamp(x < 0 ? -magnitude : magnitude, lowest_finite(element), largest_finite(element)) + 0.0;
}

TEST(MxBlock, AgreesWithRationals) {
    std::mt19937_64 random{41};
    for (const char* element : {"e5m2", "e4m3fn", "e3m2fn", "e2m3fn", "e2m1fn", "fix8.6", "e4m3fnuz", "e3m0fn", "bf16",
                                "e4m3", "e4m3fn:nosub", "fix4.2", "e5m2:bias=3"})
        for (const char* rule : {"", ",ceil", ",even"})
            for (const char* mode : {"rne", "rtz", "sr3"})
                for (int draw = 0; draw < 60; ++draw) {
                    const Format f = parse_format("mx(" + std::string(element) + ",32" + rule + ")");
                    const Rounding rounding = parse_rounding(mode);
                    const int middle = draw % 4 == 0 ? -130 : draw % 4 == 1 ? 130 : static_cast<int>(random() % 40);
                    std::vector<double> values(1 + random() % 32);
                    for (double& x : values) {
                        const double significand = 1 + std::ldexp(static_cast<double>(random() >> 12), -52);
                        x = std::ldexp(significand, middle - static_cast<int>(random() % 12));
                        if (random() % 4 == 0) x = round_to(parse_format("e11m3"), rne, x);  // ties
                        if (random() % 2 == 0) x = -x;
                        if (random() % 9 == 0) x = 0;
                    }
                    std::vector<std::uint32_t> bits(values.size());
                    for (auto& b : bits) b = static_cast<std::uint32_t>(random() % 8);
                    std::vector<double> elements(values.size());
                    const std::uint8_t code = quantise_block(f, rounding, values, bits, elements);
                    const auto scale = scale_by_rationals(f, values);
                    ASSERT_EQ(code, scale ? *scale + 127 : 0xff) << name(f);
                    if (!scale) continue;
                    for (std::size_t i = 0; i < values.size(); ++i)
                        ASSERT_PRED2(same, elements[i],
                                     element_by_rationals(f.element(), rounding, values[i], *scale, bits[i]))
                            << name(f) << " " << mode << " of " << std::hexfloat << values[i] << " scale " << *scale;
                }
}

TEST(MxBlock, ScaledByAPowerOfTwoShiftsItsScaleOnly) {  // property xii of the facts, 5
    std::mt19937_64 random{42};
    for (const char* format : {"mx(e4m3fn,32)", "mx(e2m1fn,32,ceil)", "mx(fix8.6,32,even)"})
        for (int draw = 0; draw < 50; ++draw) {
            std::vector<double> values(32), scaled(32);
            for (std::size_t i = 0; i < 32; ++i) {
                values[i] = test::near_range_of(fp16, random);
                scaled[i] = std::ldexp(values[i], 37);
            }
            const Block one = quantise(format, values), other = quantise(format, scaled);
            EXPECT_EQ(other.scale, one.scale + 37);
            EXPECT_EQ(other.codes, one.codes);
        }
}

}  // namespace
}  // namespace ulpsim::arithmetic

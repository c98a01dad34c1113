#include "models/arithmetic/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::same;
using testing::HasSubstr;

std::string error_of(const std::string& text) {
    try {
        parse_format(text);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

/// Table 1.1 of the arithmetic facts (OCP 8-bit floating point and MX, IEEE 754, AMD's fnuz).
struct Landmark {
    const char* name;
    int width, precision, bias, emin;
    double max;
    std::uint64_t max_code;
    double min_normal;
    std::uint64_t min_normal_code;
    double min_subnormal;
};
const Landmark landmarks[] = {
    {"e2m1fn", 4, 2, 1, 0, 6, 0x7, 1, 0x2, 0x1p-1},
    {"e2m3fn", 6, 4, 1, 0, 7.5, 0x1f, 1, 0x08, 0x1p-3},
    {"e3m2fn", 6, 3, 3, -2, 28, 0x1f, 0x1p-2, 0x04, 0x1p-4},
    {"e3m4", 8, 5, 3, -2, 15.5, 0x6f, 0x1p-2, 0x10, 0x1p-6},
    {"e4m3", 8, 4, 7, -6, 240, 0x77, 0x1p-6, 0x08, 0x1p-9},
    {"e4m3fn", 8, 4, 7, -6, 448, 0x7e, 0x1p-6, 0x08, 0x1p-9},
    {"e4m3fnuz", 8, 4, 8, -7, 240, 0x7f, 0x1p-7, 0x08, 0x1p-10},
    {"e5m2", 8, 3, 15, -14, 57344, 0x7b, 0x1p-14, 0x04, 0x1p-16},
    {"e5m2fnuz", 8, 3, 16, -15, 57344, 0x7f, 0x1p-15, 0x04, 0x1p-17},
    {"e5m2fn", 8, 3, 15, -14, 98304, 0x7e, 0x1p-14, 0x04, 0x1p-16},
    {"fp16", 16, 11, 15, -14, 65504, 0x7bff, 0x1p-14, 0x0400, 0x1p-24},
    {"e6m9", 16, 10, 31, -30, 1023 * 0x1p22, 0x7dff, 0x1p-30, 0x0200, 0x1p-39},
    {"bf16", 16, 8, 127, -126, 255 * 0x1p120, 0x7f7f, 0x1p-126, 0x0080, 0x1p-133},
    {"tf32", 19, 11, 127, -126, 2047 * 0x1p117, 0x3fbff, 0x1p-126, 0x00400, 0x1p-136},
    {"fp32", 32, 24, 127, -126, 0xffffff * 0x1p104, 0x7f7fffff, 0x1p-126, 0x00800000, 0x1p-149},
    {"fp64", 64, 53, 1023, -1022, 0x1.fffffffffffffp1023, 0x7fefffffffffffff, 0x1p-1022, 0x0010000000000000, 0x1p-1074},
    {"e4m3fn:bias=4", 8, 4, 4, -3, 3584, 0x7e, 0x1p-3, 0x08, 0x1p-6},       // HFP8, facts 1.5
    {"e4m3fnuz:bias=11", 8, 4, 11, -10, 30, 0x7f, 0x1p-10, 0x08, 0x1p-13},  // e4m3b11fnuz, facts 1.3
};

TEST(Format, HasTheLandmarksOfTheStandards) {
    for (const Landmark& expected : landmarks) {
        SCOPED_TRACE(expected.name);
        const Format f = parse_format(expected.name);
        EXPECT_EQ(f.width(), expected.width);
        EXPECT_EQ(f.precision(), expected.precision);
        EXPECT_EQ(f.bias, expected.bias);
        EXPECT_EQ(f.emin(), expected.emin);
        EXPECT_EQ(largest_finite(f), expected.max);
        EXPECT_EQ(emax(f), std::ilogb(expected.max));
        EXPECT_EQ(encode(f, expected.max), expected.max_code);
        EXPECT_EQ(decode(f, expected.max_code), expected.max);
        EXPECT_EQ(smallest_normal(f), expected.min_normal);
        EXPECT_EQ(encode(f, expected.min_normal), expected.min_normal_code);
        EXPECT_EQ(smallest_positive(f), expected.min_subnormal);
        EXPECT_EQ(decode(f, 1), expected.min_subnormal);
    }
}

std::vector<Format> all_formats_up_to(int width) {
    std::vector<Format> formats;
    for (const char* kind : {"", "fn", "fnuz"})
        for (int x = 2; x <= 11; ++x)
            for (int y = *kind == 0 ? 1 : 0; 1 + x + y <= width; ++y) {
                if (x == 11 && std::string(kind) == "fn") continue;  // beyond binary64
                formats.push_back(parse_format(std::string("e") + std::to_string(x) + "m" + std::to_string(y) + kind));
            }
    return formats;
}

TEST(Format, EveryCodeUpTo16BitsSurvivesDecodeThenEncode) {
    for (const Format& f : all_formats_up_to(16)) {
        const std::uint64_t sign = std::uint64_t{1} << (f.width() - 1);
        std::uint64_t nans = 0, infinities = 0;
        for (std::uint64_t code = 0; code < 2 * sign; ++code) {
            const double value = decode(f, code);
            if (std::isnan(value)) {
                ++nans;
                continue;
            }
            if (std::isinf(value)) ++infinities;
            ASSERT_EQ(encode(f, value), code) << name(f);
            ASSERT_EQ(std::signbit(value), code >= sign) << name(f);
        }
        const std::uint64_t top = (std::uint64_t{1} << f.mantissa_bits) - 1;
        const bool ieee = f.specials == Specials::ieee;
        EXPECT_EQ(infinities, ieee ? 2u : 0u) << name(f);
        const bool fnuz = f.specials == Specials::fnuz;
        EXPECT_EQ(nans, ieee ? 2 * top : fnuz ? 1u : f.width() >= 8 ? 2u : 0u) << name(f);
        EXPECT_EQ(has_nan(f), nans > 0) << name(f);
        EXPECT_EQ(has_infinity(f), infinities > 0) << name(f);
    }
}

TEST(Format, CodesAreInTheOrderOfTheirValues) {
    for (const Format& f : all_formats_up_to(10)) {
        const std::vector<double> values = test::values_of(f);  // by the textbook formula
        for (std::size_t code = 0; code < values.size(); ++code) ASSERT_EQ(decode(f, code), values[code]) << name(f);
        ASSERT_EQ(values.back(), largest_finite(f)) << name(f);
    }
}

TEST(Format, OfTwosComplementHasItsLandmarks) {
    struct Fixed {
        const char* name;
        double low, high, unit;
        int emax;
    };
    const Fixed fixed[] = {{"int8", -128, 127, 1, 6},
                           {"int2", -2, 1, 1, 0},
                           {"int32", -0x1p31, 0x1p31 - 1, 1, 30},
                           {"int53", -0x1p52, 0x1p52 - 1, 1, 51},
                           {"fix8.6", -2, 1.984375, 0x1p-6, 0},  // OCP MXINT8, facts 1.4
                           {"fix8.8", -0.5, 0.49609375, 0x1p-8, -2},
                           {"fix53.53", -0.5, 0.5 - 0x1p-53, 0x1p-53, -2}};
    for (const auto& [text, low, high, unit, top] : fixed) {
        SCOPED_TRACE(text);
        const Format f = parse_format(text);
        EXPECT_EQ(lowest_finite(f), low);
        EXPECT_EQ(largest_finite(f), high);
        EXPECT_EQ(smallest_positive(f), unit);
        EXPECT_EQ(smallest_normal(f), unit);
        EXPECT_EQ(emax(f), top);
        EXPECT_EQ(std::ldexp(1.0, f.quantum_exponent()), unit);
        EXPECT_FALSE(has_nan(f) || has_infinity(f));
        EXPECT_EQ(encode(f, high), (std::uint64_t{1} << (f.width() - 1)) - 1);
        EXPECT_EQ(encode(f, low), std::uint64_t{1} << (f.width() - 1));
        EXPECT_EQ(encode(f, -unit), (std::uint64_t{1} << f.width()) - 1);
        EXPECT_EQ(decode(f, encode(f, low)), low);
    }
}

TEST(Format, EveryCodeOfTwosComplementUpTo16BitsSurvivesDecodeThenEncode) {
    for (int width = 2; width <= 16; ++width)
        for (int fraction_bits = 0; fraction_bits <= width; ++fraction_bits) {
            const Format f = fixed_format(width, fraction_bits);
            const std::int64_t half = std::int64_t{1} << (width - 1);
            for (std::int64_t units = -half; units < half; ++units) {
                const std::uint64_t code = static_cast<std::uint64_t>(units) & ((std::uint64_t{1} << width) - 1);
                const double value = static_cast<double>(units) / std::ldexp(1.0, fraction_bits);
                ASSERT_TRUE(same(decode(f, code), value)) << name(f);
                ASSERT_EQ(encode(f, value), code) << name(f);
            }
        }
}

TEST(Format, OfMxBlocksHasTheRangeOfItsScaledValues) {
    const Format f = parse_format("mx(e4m3fn,32)");
    EXPECT_EQ(largest_finite(f), 448 * 0x1p127);
    EXPECT_EQ(emax(f), 135);
    EXPECT_EQ(smallest_normal(f), 0x1p-133);
    EXPECT_EQ(smallest_positive(f), 0x1p-136);
    EXPECT_TRUE(has_nan(f));
    EXPECT_FALSE(has_infinity(parse_format("mx(e5m2,32)")));
    EXPECT_EQ(f.width(), 8);
    EXPECT_EQ(f.element(), parse_format("e4m3fn"));
    EXPECT_EQ(lowest_finite(parse_format("mx(fix8.6,32)")), -0x1p128);
}

TEST(Format, WritesThePositiveQuietNanWithoutPayload) {
    const double nan = test::not_a_number;
    EXPECT_EQ(encode(fp32, nan), 0x7fc00000u);
    EXPECT_EQ(encode(fp64, -nan), 0x7ff8000000000000u);
    EXPECT_EQ(encode(parse_format("e5m2"), nan), 0x7eu);
    EXPECT_EQ(encode(parse_format("e4m3fn"), -nan), 0x7fu);
    EXPECT_EQ(encode(parse_format("e4m3fnuz"), nan), 0x80u);
    EXPECT_EQ(encode(parse_format("e7m0fn"), nan), 0x7fu);
    EXPECT_TRUE(std::isnan(decode(parse_format("e4m3fn"), 0xff)));
}

TEST(Format, ReadsSubnormalPatternsOfNosubAsZeroOfTheirSign) {
    const Format f = parse_format("e4m3fn:nosub");
    for (std::uint64_t code = 1; code < 8; ++code) {
        EXPECT_TRUE(same(decode(f, code), 0.0));
        EXPECT_TRUE(same(decode(f, code | 0x80), -0.0));
    }
    EXPECT_EQ(decode(f, 8), 0x1p-6);
    EXPECT_EQ(smallest_positive(f), 0x1p-6);
    EXPECT_TRUE(same(decode(parse_format("e4m3fnuz:nosub"), 0x81), 0.0));
}

TEST(Format, KnowsWhatFitsBinary32) {
    for (const char* fits : {"fp32", "bf16", "tf32", "e8m22fnuz", "e2m1fn", "e7m20", "int25", "fix25.25"})
        EXPECT_TRUE(fits_binary32(parse_format(fits))) << fits;
    for (const char* wide : {"fp64", "e8m24", "e9m2", "e8m23:bias=128", "e8m23:bias=126", "e8m7fn", "e8m23fnuz",
                             "e2m24", "int26", "mx(e2m1fn,32)"})
        EXPECT_FALSE(fits_binary32(parse_format(wide))) << wide;
}

TEST(FormatName, IsCanonical) {
    const std::pair<const char*, const char*> names[] = {
        {"fp32", "e8m23"},
        {"bf16", "e8m7"},
        {"tf32", "e8m10"},
        {"fp64:bias=1023", "e11m52"},
        {"e5m2:bias=16:nosub:sat", "e5m2:sat:nosub:bias=16"},
        {"e4m3fnuz:bias=8", "e4m3fnuz"},
        {"e4m3fnuz:bias=7", "e4m3fnuz:bias=7"},
        {"e5m2:bias=-3", "e5m2:bias=-3"},
        {"e3m0fn", "e3m0fn"},
        {"exp(bf16,2)", "exp(e8m7,2)"},
        {"exp(e4m3fn, 4, 3)", "exp(e4m3fn,4,3)"},
        {"exp(e5m2:bias=20,3,0)", "exp(e5m2:bias=20,3)"},
        {"int8", "int8"},
        {"fix8.6", "fix8.6"},
        {"fix53.0", "fix53.0"},
        {"mx(e4m3fn,32)", "mx(e4m3fn,32)"},
        {"mx( fp16 , 16 , floor )", "mx(e5m10,16)"},
        {"mx(e4m3fn:sat,32,ceil)", "mx(e4m3fn,32,ceil)"},
        {"mx(fix8.6,32,even)", "mx(fix8.6,32,even)"},
        {"mx(e5m2:nosub:bias=3,65535)", "mx(e5m2:nosub:bias=3,65535)"},
    };
    for (const auto& [text, canonical] : names) {
        EXPECT_EQ(name(parse_format(text)), canonical);
        EXPECT_EQ(parse_format(canonical), parse_format(text));
    }
    EXPECT_EQ(parse_format("int8"), integer_format(8));
    EXPECT_EQ(parse_format("fix8.6"), fixed_format(8, 6));
    EXPECT_EQ(parse_format("mx(e5m10,16,even)"), mx_format(fp16, 16, ScaleRule::even));
    EXPECT_NE(parse_format("int8"), parse_format("fix8.0"));
    EXPECT_EQ(parse_format("bf16"), bf16);
    EXPECT_EQ(parse_format("fp16"), fp16);
    EXPECT_EQ(parse_format("e8m23"), fp32);
    EXPECT_EQ(parse_format("fp64"), fp64);
}

TEST(FormatName, OfEveryFormatReadsBackAsTheSameFormat) {
    for (Format f : all_formats_up_to(24))
        for (const bool saturate : {false, true})
            for (const bool subnormals : {false, true}) {
                f.saturate = saturate;
                f.subnormals = subnormals;
                ASSERT_EQ(parse_format(name(f)), f) << name(f);
                if (saturate || emax(f) > 800) continue;
                const ScaleRule rule = static_cast<ScaleRule>(f.mantissa_bits % 3);
                const Format blocks = mx_format(f, static_cast<std::uint16_t>(1 + f.mantissa_bits * 997), rule);
                ASSERT_EQ(parse_format(name(blocks)), blocks) << name(blocks);
                ASSERT_EQ(blocks.element(), f);
            }
    for (int width = 2; width <= 53; ++width) {
        ASSERT_EQ(parse_format(name(integer_format(width))), integer_format(width));
        for (int fraction_bits = 0; fraction_bits <= width; ++fraction_bits) {
            const Format f = fixed_format(width, fraction_bits);
            ASSERT_EQ(parse_format(name(f)), f) << name(f);
        }
    }
}

TEST(FormatName, OfAWrongFormSaysWhatIsWrongAndTheNearest) {
    struct Case {
        const char* text;
        const char* what;
        const char* nearest;
    };
    const Case cases[] = {
        {"e1m3", "X, the exponent bits, is 1, allowed: 2 to 11", "nearest: e2m3;"},
        {"e12m3", "is 12", "nearest: e11m3;"},
        {"e8m53", "Y, the mantissa bits, is 53", "nearest: e8m52;"},
        {"e4m0", "allowed: 1 to 52", "nearest: e4m1;"},
        {"e4m3fm", "'fm' does not belong there", "nearest: e4m3"},
        {"e4m", "not of the form eXmY", "nearest: e4m"},
        {"bf17", "not of the form eXmY", "nearest: bf16;"},
        {"E4M3fn", "not of the form eXmY", "nearest: e4m3fn;"},
        {"float32", "not of the form eXmY", "nearest: "},
        {"", "not of the form eXmY", "nearest: "},
        {"e04m3", "not of the form eXmY", "nearest: e4m3;"},
        {"e4m3 ", "does not belong there", "nearest: e4m3;"},
        {"e4m3:saturate", "'urate' does not belong there", "nearest: e4m3:sat;"},
        {"e4m3:nosubs", "'s' does not belong there", "nearest: e4m3:nosub;"},
        {"e4m3:sat:sat", "given twice", "nearest: e4m3:sat;"},
        {"e4m3:bias=x", "bias must be an integer", "nearest: e4m3:bias=7;"},
        {"e4m3:bias=5000", "the bias is 5000, allowed: -1009 to 1072", "nearest: e4m3:bias=1072;"},
        {"e11m52fn", "not all of its finite values are binary64 values", "nearest: e11m52;"},
        {"e11m52fnuz", "not all of its finite values are binary64 values", "nearest: e11m51fnuz;"},
        {"exp(bf16:sat,2)", "cannot be :sat or :nosub", "nearest: exp(bf16,2);"},
        {"exp(bf16:nosub,3)", "cannot be :sat or :nosub", "nearest: exp(bf16,3);"},
        {"exp(bf16,5)", "N, the number of terms, is 5, allowed: 2 to 4", "nearest: exp(bf16,4);"},
        {"exp(bf16,1)", "is 1, allowed: 2 to 4", "nearest: exp(bf16,2);"},
        {"exp(bf15,2)", "eXmY", "nearest: exp(bf16,2);"},
        {"exp(bf16)", "exp(FORMAT,N)", "nearest: exp(bf16,2);"},
        {"exp(bf16,2", "parenthesis", "nearest: exp(bf16,2);"},
        {"exp(bf16,2,256)", "S, the step, is 256, allowed: 0 to 255", "nearest: exp(bf16,2);"},
        {"exp(fp64,2,1)", "not all of its finite values are binary64", "nearest: exp(fp64,2);"},
        {"exp(int8,2)", "the terms of an expansion cannot be int or fix", "nearest: exp(bf16,2);"},
        {"exp(mx(e4m3,4),2)", "the terms of an expansion cannot be exp() or mx()", "nearest: exp(e4m3,4);"},
        {"int1", "W, the bits, is 1, allowed: 2 to 53", "nearest: int2;"},
        {"int64", "W, the bits, is 64, allowed: 2 to 53", "nearest: int53;"},
        {"int", "not of the form intW", "nearest: int8;"},
        {"int8:sat", "int and fix have no suffixes", "nearest: int8;"},
        {"Int8", "not of the form eXmY", "nearest: int8;"},
        {"fix8", "not of the form fixW.F", "nearest: fix8.6;"},
        {"fix8.9", "F, the fraction bits, is 9, allowed: 0 to 8", "nearest: fix8.8;"},
        {"fix8.6:bias=3", "int and fix have no suffixes", "nearest: fix8.6;"},
        {"mx(int8,32)", "cannot be int (OCP MX's int8 is fix8.6)", "nearest: mx(fix8.6,32);"},
        {"mx(exp(bf16,2),32)", "the elements of mx cannot be exp() or mx()", "nearest: mx("},
        {"mx(e4m3fn,0)", "B, the block, is 0, allowed: 1 to 65535", "nearest: mx(e4m3fn,1);"},
        {"mx(e4m3fn,70000)", "is 70000, allowed: 1 to 65535", "nearest: mx(e4m3fn,65535);"},
        {"mx(e4m3fn)", "not of the form mx(FORMAT,B)", "nearest: mx(e4m3fn,32);"},
        {"mx(e4m3fn,32,cell)", "the scale rule is none of floor, ceil, even", "nearest: mx(e4m3fn,32,ceil);"},
        {"mx(e4m3fn,32", "parenthesis", "nearest: mx(e4m3fn,32);"},
        {"mx(e4m4fm,32)", "it is not of the form mx", "nearest: mx(e4m4f"},
        {"mx(fp64,32)", "not all of its finite values are binary64", "nearest: mx(e4m3fn,32);"},
    };
    for (const auto& [text, what, nearest] : cases) {
        const std::string error = error_of(text);
        EXPECT_THAT(error, HasSubstr(what)) << text;
        EXPECT_THAT(error, HasSubstr(nearest)) << text;
        const std::size_t start = error.find("nearest: ") + 9;
        EXPECT_EQ(error_of(error.substr(start, error.find(';', start) - start)), "accepted") << error;
        EXPECT_EQ(error.find('\n'), std::string::npos);
    }
}

}  // namespace
}  // namespace ulpsim::arithmetic

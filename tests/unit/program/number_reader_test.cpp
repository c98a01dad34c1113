#include "scenarios/program/numbers/number_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/numbers/parse_number.hpp"
#include "scenarios/program/numbers/values_and_bits.hpp"

namespace ulpsim::program {
namespace {

using Random = NumberReader::Random;

/// A source that hands `text` out in pieces of `step` bytes.
NumberReader::Source in_pieces(std::string text, std::size_t step) {
    return [text = std::move(text), step, at = std::size_t{0}](char* to, std::size_t most) mutable {
        const std::size_t count = std::min({step, most, text.size() - at});
        text.copy(to, count, at);
        at += count;
        return count;
    };
}

std::vector<NumberLine> read_all(const std::string& text, Random random = Random::refused, std::size_t step = 1000) {
    NumberReader reader(in_pieces(text, step), random);
    std::vector<NumberLine> lines;
    for (NumberLine line; reader.next(line);) lines.push_back(line);
    return lines;
}

std::string error_of(const std::string& text, Random random = Random::refused) {
    try {
        read_all(text, random);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// What stands on the page, and the binary64 pattern that it means.
struct Literal {
    const char* text;
    std::uint64_t bits;
};

TEST(ParseNumber, ReadsEveryFormToItsBinary64Pattern) {
    const Literal table[] = {
        {"0", 0x0000000000000000},
        {"-0", 0x8000000000000000},
        {"-0x0p+0", 0x8000000000000000},
        {"0x0p-99999999999999999999", 0x0000000000000000},
        {"0e999", 0x0000000000000000},
        {"1", 0x3ff0000000000000},
        {"+1", 0x3ff0000000000000},
        {"1.", 0x3ff0000000000000},
        {".5", 0x3fe0000000000000},
        {"0x1.8p+3", 0x4028000000000000},
        {"0X1.8P3", 0x4028000000000000},
        {"0xc.p0", 0x4028000000000000},
        {"0x.cp4", 0x4028000000000000},
        {"-0x1.cp+8", 0xc07c000000000000},
        {"0x1.fffffffffffffp+1023", 0x7fefffffffffffff},
        {"0x1p-1074", 0x0000000000000001},
        {"0x0.0000000000001p-1022", 0x0000000000000001},
        {"0x0.fffffffffffffp-1022", 0x000fffffffffffff},
        {"0x1.00000000000000000000000p+0", 0x3ff0000000000000},   // zeros are no significant bits
        {"0x0000000000000000000001p+0", 0x3ff0000000000000},      // nor are these
        {"0x1fffffffffffff00000000000p-96", 0x3fffffffffffffff},  // 53 ones
        {"0x0.00000000000000000001p+80", 0x3ff0000000000000},
        {"0x1p+0001", 0x4000000000000000},
        {"0.1", 0x3fb999999999999a},
        {"1e23", 0x44b52d02c7e14af6},              // a tie's near miss that scaling by powers of ten gets wrong
        {"9007199254740993", 0x4340000000000000},  // a tie: to even
        {"9007199254740993.00000000000000000000000000000000000001", 0x4340000000000001},
        {"2.2250738585072011e-308", 0x000fffffffffffff},
        {"5e-324", 0x0000000000000001},
        {"2.4703282292062328e-324", 0x0000000000000001},  // just above half of the smallest
        {"1.7976931348623158e308", 0x7fefffffffffffff},
        {"1E+2", 0x4059000000000000},
        {"inf", 0x7ff0000000000000},
        {"-inf", 0xfff0000000000000},
    };
    for (const auto& [text, bits] : table) EXPECT_EQ(std::bit_cast<std::uint64_t>(parse_number(text)), bits) << text;
    EXPECT_TRUE(std::isnan(parse_number("nan")));
}

/// Text that is no number, and what the error must say.
struct Wrong {
    const char* text;
    const char* says;
};

TEST(ParseNumber, RefusesWhatItWouldHaveToReadWrongly) {
    const Wrong table[] = {
        {"1e400", "'1e400' overflows binary64"},
        {"-1e400", "'-1e400' overflows binary64"},
        {"1.7976931348623159e308", "overflows binary64"},
        {"1e99999999999999999999", "overflows binary64"},
        {"1e-400", "'1e-400' underflows binary64"},
        {"2.4703282292062327e-324", "underflows binary64"},
        {"0.00000000001e-320", "underflows binary64"},
        {"0x1p-2000", "'0x1p-2000' underflows binary64"},
        {"0x1p-1075", "underflows binary64"},
        {"0x1.8p-1074", "underflows binary64"},  // its last bit would be lost
        {"0x1p+1024", "overflows binary64"},
        {"0x1p99999999999999999999", "overflows binary64"},
        {"0x1.00000000000001p+0", "has 57 significant bits; allowed: 53"},
        {"0x3fffffffffffffp+0", "has 54 significant bits; allowed: 53"},
        {"0x1.000000000000000000000000000001p+0", "has 121 significant bits"},
        {"0x7e", "'0x7e' has no binary exponent"},
        {"1,5", "'1,5' is not a number; allowed: "},
        {"1.5.2", "is not a number"},
        {"0x1.8.p0", "is not a number"},
        {"", "is not a number"},
        {"-", "is not a number"},
        {".", "is not a number"},
        {".e5", "is not a number"},
        {"1e", "is not a number"},
        {"1e+", "is not a number"},
        {"1e1.5", "is not a number"},
        {"0xp0", "is not a number"},
        {"0x.p0", "is not a number"},
        {"0x1p", "is not a number"},
        {"0x1p+", "is not a number"},
        {"0x1gp0", "is not a number"},
        {"1f", "is not a number"},
        {"0x1p0f", "is not a number"},
        {"--1", "is not a number"},
        {"+-1", "is not a number"},
        {"infinity", "is not a number"},
        {"Inf", "is not a number"},
        {"-nan", "is not a number"},
        {"nan(1)", "is not a number"},
        {"\x01\xc3\xa9", "'?\?\?' is not a number"},
    };
    for (const auto& [text, says] : table) {
        try {
            parse_number(text);
            ADD_FAILURE() << text << " was read";
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
        }
    }
}

TEST(NumberReader, PassesOverCommentsAndEmptyLinesAndCountsThem) {
    const auto lines = read_all("# a heading\n\n1 2\n   \n\t\n# 3\n 4\t-5  \r\n0x1p+0");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].line, 3u);
    EXPECT_EQ(lines[0].values, (std::vector<double>{1, 2}));
    EXPECT_EQ(lines[1].line, 7u);
    EXPECT_EQ(lines[1].values, (std::vector<double>{4, -5}));
    EXPECT_EQ(lines[1].columns, (std::vector<std::uint64_t>{2, 4}));
    EXPECT_EQ(lines[2].line, 8u);
    EXPECT_EQ(lines[2].values, (std::vector<double>{1}));
    EXPECT_TRUE(read_all("").empty());
    EXPECT_TRUE(read_all("\n").empty());
}

TEST(NumberReader, ReadsTheSameHoweverTheTextArrives) {
    const std::string text = "1 2 3\n# x\n\n-0x1.8p+1 nan\n" + std::string(70000, ' ') + "7\n8";
    for (const std::size_t step : {7u, 1000u, 65536u, 1000000u}) {
        const auto lines = read_all(text, Random::refused, step);
        ASSERT_EQ(lines.size(), 4u) << step;
        EXPECT_EQ(lines[1].values[0], -3) << step;
        EXPECT_EQ(lines[2].columns[0], 70001u) << step;
        EXPECT_EQ(lines[3].values, std::vector<double>{8}) << step;
    }
}

TEST(NumberReader, ReadsTheRandomIntegerBehindTheNumbers) {
    const auto lines = read_all("1 @ 255\n2 3 @ 0 \n4\n", Random::allowed);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].random, 255u);
    EXPECT_EQ(lines[0].random_column, 5u);
    EXPECT_EQ(lines[1].random, 0u);
    EXPECT_EQ(lines[1].values, (std::vector<double>{2, 3}));
    EXPECT_EQ(lines[2].random, std::nullopt);
}

TEST(NumberReader, NamesLineAndColumnOfWhatIsWrong) {
    const Wrong table[] = {
        {"1,5\n", "standard input: line 1, column 1: '1,5' is not a number"},
        {"1 2\n\n# x\n 3 1e400 5\n", "line 4, column 4: '1e400' overflows"},
        {"1\n2 x", "line 2, column 3: 'x' is not a number"},
        {" # not at the start\n", "line 1, column 2: '#' is not a number"},
        {"1 # behind\n", "line 1, column 3: '#' is not a number"},
        {"1 @ 2\n", "line 1, column 3: '@' is not a number"},
    };
    for (const auto& [text, says] : table) EXPECT_NE(error_of(text).find(says), std::string::npos) << error_of(text);
    const Wrong with_random[] = {
        {"1 @\n", "line 1, column 4: the random integer is missing"},
        {"@ 1\n", "line 1, column 1: no number stands before '@'"},
        {"1 @ x\n", "line 1, column 5: 'x' is no random integer"},
        {"1 @ -1\n", "line 1, column 5: '-1' is no random integer"},
        {"1 @ 1.5\n", "line 1, column 5: '1.5' is no random integer"},
        {"1 @ 99999999999999999999\n", "line 1, column 5: '99999999999999999999' is no random integer"},
        {"1 @ 1 2\n", "line 1, column 7: '2' stands behind '@ R'"},
        {"1 @2\n", "line 1, column 3: '@2' is not a number"},
    };
    for (const auto& [text, says] : with_random) {
        const std::string error = error_of(text, Random::allowed);
        EXPECT_NE(error.find(says), std::string::npos) << error;
    }
}

TEST(ValuesAndBits, ShowsValuesAsCDoesAndPatternsByTheWidth) {
    using arithmetic::parse_format;
    const auto shown = [](const char* format, std::vector<double> stored) {
        std::string text;
        append_values_and_bits(text, parse_format(format), stored);
        return text;
    };
    EXPECT_EQ(shown("e4m3fn", {448}), "0x1.cp+8 | 0x7e\n");
    EXPECT_EQ(shown("e2m1fn", {-1}), "-0x1p+0 | 0xa\n");
    EXPECT_EQ(shown("e2m3fn", {-7.5}), "-0x1.ep+2 | 0x3f\n");
    EXPECT_EQ(shown("tf32", {1}), "0x1p+0 | 0x1fc00\n");
    EXPECT_EQ(shown("fp64", {0x1p-1074}), "0x0.0000000000001p-1022 | 0x0000000000000001\n");
    EXPECT_EQ(shown("fp16", {-std::numeric_limits<double>::infinity()}), "-inf | 0xfc00\n");
    EXPECT_EQ(shown("fp16", {-std::numeric_limits<double>::quiet_NaN()}), "nan | 0x7e00\n");
    EXPECT_EQ(shown("fp16", {-0.0}), "-0x0p+0 | 0x8000\n");
    EXPECT_EQ(shown("exp(bf16,2)", {3, 0.5}), "0x1.8p+1 0x1p-1 | 0x4040 0x3f00\n");
    EXPECT_EQ(shown("exp(fp16,2,11)", {3, 1}), "0x1.8p+1 0x1p-11 | 0x4200 0x3c00\n");
}

}  // namespace
}  // namespace ulpsim::program

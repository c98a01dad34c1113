// The built program through pipes, against oracles that share no line with it: MPFR, rationals, the language's own floats.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tests/support/program_pipe.hpp"
#include "tests/unit/arithmetic/oracle.hpp"
#include "tests/unit/arithmetic/rational_dot.hpp"

namespace ulpsim {
namespace {

using namespace arithmetic;
using program_pipe::Ended;
using program_pipe::expect_refused;
using program_pipe::ulpsim;
using program_pipe::Wrong;
using test::Rational;
using test::rational;

std::string hex(double value) {
    if (std::isnan(value)) return "nan";
    char text[40];
    std::snprintf(text, sizeof text, "%a", value);
    return text;
}

template <class Pattern, class Float>
std::string pattern_of(Float value, int dropped_bits, int digits) {
    Pattern pattern;
    std::memcpy(&pattern, &value, sizeof value);
    char text[160];
    std::snprintf(text, sizeof text, "0x%0*llx", digits, static_cast<unsigned long long>(pattern >> dropped_bits));
    return text;
}

/// The pattern by the language's own floats, or by counting the values of a narrow format. Not for NaN and infinity.
std::string bits_of(const Format& f, const std::vector<double>& values, double value) {
    if (f.exponent_bits == 11) return pattern_of<std::uint64_t>(value, 52 - f.mantissa_bits, (f.width() + 3) / 4);
    if (f.exponent_bits == 8)
        return pattern_of<std::uint32_t>(static_cast<float>(value), 23 - f.mantissa_bits, (f.width() + 3) / 4);
    const auto at = std::lower_bound(values.begin(), values.end(), std::fabs(value));
    auto code = static_cast<unsigned>(at - values.begin());
    if (std::signbit(value)) code |= 1u << (f.width() - 1);
    char text[160];
    std::snprintf(text, sizeof text, "0x%0*x", (f.width() + 3) / 4, code);
    return text;
}

/// The lines differ nowhere; reports the first place only.
void expect_lines(const Ended& ended, const std::vector<std::string>& expected, const std::string& input,
                  const std::string& what) {
    ASSERT_EQ(ended.status, 0) << what << ": " << ended.err;
    const auto lines = ended.lines();
    ASSERT_EQ(lines.size(), expected.size()) << what;
    std::istringstream numbers(input);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string number;
        std::getline(numbers, number);
        ASSERT_EQ(lines[i], expected[i]) << what << ", number " << number;
    }
}

const char* const grid[] = {"e2m1fn",     "e3m2fn", "e3m4", "e4m3", "e4m3fn", "e4m3fn:sat", "e4m3fnuz", "e5m2",
                            "e4m3:nosub", "fp16",   "bf16", "tf32", "fp32",   "fp64",       "e6m9:sat"};

TEST(Quantize, AgreesWithMpfrAndRationalsInValueAndBits) {
    std::mt19937_64 random{31};
    for (const char* format : grid) {
        const Format f = parse_format(format);
        const std::vector<double> values = f.exponent_bits < 8 ? test::values_of(f) : std::vector<double>{};
        for (const char* rounding : {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr3", "sr16", "src5"}) {
            const Rounding r = parse_rounding(rounding);
            std::string input;
            std::vector<std::string> expected;
            for (int draw = 0; draw < 150; ++draw) {
                const double x = test::near_range_of(f, random);
                const auto integer = static_cast<std::uint32_t>(random() % (std::uint64_t{1} << r.random_bits));
                input += hex(x) + (r.is_stochastic() ? " @ " + std::to_string(integer) : "") + "\n";
                const double y = r.is_stochastic() ? test::rounded_by_rationals(f, r, rational(x), integer)
                                                   : test::rounded_by_mpfr(f, r.mode, x);
                const bool flushed_code = !f.subnormals && y != 0;  // values_of has no codes for what reads as zero
                std::string bits;
                if (!std::isfinite(y) || flushed_code) {
                    bits = std::isfinite(y) ? "" : hex(y);
                } else {
                    bits = bits_of(f, values, y);
                }
                expected.push_back(hex(y) + " | " + bits);
            }
            Ended ended = ulpsim(std::string("quantize --format ") + format + " --rounding " + rounding, input);
            // Patterns of NaN and infinity are checked by name elsewhere: here only that there is one.
            std::string out;
            const auto lines = ended.lines();
            for (std::size_t i = 0; i < lines.size() && i < expected.size(); ++i) {
                const std::string value = expected[i].substr(0, expected[i].find(' '));
                const bool any_bits = expected[i].ends_with("| ") || expected[i].ends_with("| " + value);
                if (any_bits && lines[i].starts_with(value + " | 0x")) expected[i] = lines[i];
            }
            expect_lines(ended, expected, input, std::string(format) + " " + rounding);
        }
    }
}

/// The hand-checkable cases of the published tables: format and rounding, number, answer.
struct Case {
    const char *options, *number, *answer;
};

TEST(Quantize, GivesThePublishedAnswers) {
    const Case table[] = {
        {"e4m3fn", "-0x1.affffffffffffp+8", "-0x1.ap+8 | 0xfd"},  // T1: -448 through float
        {"e4m3fn", "464", "0x1.cp+8 | 0x7e"},
        {"e4m3fn", "464.00000000000006", "nan | 0x7f"},
        {"e4m3fn:sat", "464.00000000000006", "0x1.cp+8 | 0x7e"},
        {"e4m3fn:sat", "-inf", "-0x1.cp+8 | 0xfe"},
        {"e4m3fn", "inf", "nan | 0x7f"},
        {"e4m3fnuz", "-0", "0x0p+0 | 0x00"},
        {"e4m3fnuz", "nan", "nan | 0x80"},
        {"e5m2", "61440", "inf | 0x7c"},
        {"e5m2 --rounding rtz", "61440", "0x1.cp+15 | 0x7b"},
        {"e5m2", "-1e300", "-inf | 0xfc"},
        {"e5m2", "nan", "nan | 0x7e"},
        {"fp32", "nan", "nan | 0x7fc00000"},
        {"fp64", "-inf", "-inf | 0xfff0000000000000"},
        {"e2m1fn", "5", "0x1p+2 | 0x6"},
        {"e2m1fn", "-0.25", "-0x0p+0 | 0x8"},
        {"e2m1fn", "nan", "0x1.8p+2 | 0x7"},
        {"e4m3fn", "0x1p-10", "0x0p+0 | 0x00"},
        {"e4m3fn --rounding rto", "0x1p-10", "0x1p-9 | 0x01"},
        {"e4m3fn:nosub", "0x1.fp-7", "0x1p-6 | 0x08"},  // T4: flushed after rounding
        {"e4m3fn:nosub", "0x1.cp-7", "0x0p+0 | 0x00"},
        {"e4m3fn --rounding sr4", "460 @ 9", "0x1.cp+8 | 0x7e"},  // T7
        {"e4m3fn --rounding sr4", "460 @ 10", "nan | 0x7f"},
        {"e4m3fn --rounding sr3", "-0x1p-12 @ 6", "-0x0p+0 | 0x80"},
        {"e4m3fn --rounding sr3", "-0x1p-12 @ 7", "-0x1p-9 | 0x81"},
        {"'exp(bf16,4)'", "3.141592653589793",
         "0x1.92p+1 0x1.fcp-11 -0x1.58p-20 0x1.1p-29 | 0x4049 0x3a7e 0xb5ac 0x3108"},
        {"'exp(e4m3fn,3)'", "3.141592653589793", "0x1.ap+1 -0x1.cp-4 0x0p+0 | 0x45 0x9e 0x00"},
        {"'exp(bf16,2)'", "-inf", "-inf 0x0p+0 | 0xff80 0x0000"},
    };
    for (const auto& [options, number, answer] : table) {
        const Ended ended = ulpsim(std::string("quantize --format ") + options, number);
        EXPECT_EQ(ended.out, std::string(answer) + "\n") << options << " of " << number << ended.err;
    }
}

TEST(Quantize, ReadsDecimalsToTheNearestBinary64) {
    std::mt19937_64 random{32};
    std::string input;
    std::vector<std::string> expected;
    for (int draw = 0; draw < 500; ++draw) {
        std::string number = std::to_string(random() % 10) + "." + std::to_string(random()) + "e" +
                             std::to_string(static_cast<int>(random() % 600) - 300);
        if (draw % 2 == 0) number = "-" + std::to_string(random()) + "." + std::to_string(random());
        input += number + "\n";
        const double x = std::strtod(number.c_str(), nullptr);
        expected.push_back(hex(x) + " | " + pattern_of<std::uint64_t>(x, 0, 16));
    }
    expect_lines(ulpsim("quantize --format fp64", input), expected, input, "fp64");
}

/// Terms by their definition: t1 = FORMAT(x), t2 = FORMAT(x - t1), ..., with the implicit factors of a step.
TEST(Quantize, SplitsIntoTheTermsOfAnExpansion) {
    std::mt19937_64 random{33};
    for (const char* format : {"exp(bf16,2)", "exp(bf16,3)", "exp(e5m2,4)", "exp(fp16,2,11)", "exp(fp16,3,5)"}) {
        const Format f = parse_format(format);
        const Format element = f.element();
        std::string input;
        std::vector<std::string> expected;
        for (int draw = 0; draw < 200; ++draw) {
            const double x = std::ldexp(1 + std::ldexp(static_cast<double>(random() >> 12), -52), draw % 12 - 6);
            input += hex(x) + "\n";
            std::string values, codes;
            Rational rest = rational(x);
            for (int term = 0; term < f.terms; ++term) {
                const Rational factor = test::power_of_two_rational(-f.term_step * term);
                const double stored = rest == 0 ? 0 : test::rounded_by_rationals(element, rne, rest / factor);
                rest -= rational(stored) * factor;
                values += hex(std::ldexp(stored, -f.term_step * term)) + " ";
                const auto narrow = element.exponent_bits < 8 ? test::values_of(element) : std::vector<double>{};
                codes += " " + bits_of(element, narrow, stored);
            }
            expected.push_back(values + "|" + codes);
        }
        expect_lines(ulpsim(std::string("quantize --format '") + format + "'", input), expected, input, format);
    }
}

TEST(Quantize, DrawsBitsThatCanBeGivenByHand) {
    std::string plain, by_hand;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const std::string number = hex(1 + static_cast<double>(i) / 1000);
        plain += "# line " + std::to_string(i) + "\n" + number + "\n";
        by_hand += number + " @ " + std::to_string(random_bits({7, 0}, i, 0, Stream::other, 11)) + "\n";
    }
    const Ended drawn = ulpsim("quantize --format e4m3fn --rounding sr11 --seed 7", plain);
    EXPECT_EQ(drawn.out, ulpsim("quantize --format e4m3fn --rounding sr11", by_hand).out);
    EXPECT_EQ(drawn.out, ulpsim("quantize --format e4m3fn --rounding sr11 --seed 7", plain).out);
    EXPECT_NE(drawn.out, ulpsim("quantize --format e4m3fn --rounding sr11 --seed 8", plain).out);
}

/// The order of a sum as options, and as the definition that the oracle takes.
struct NamedOrder {
    const char* options;
    void (*set)(Dot& dot);
};

TEST(DotCommand, AgreesWithRationalsInEveryOrder) {
    const NamedOrder orders[] = {
        {"", [](Dot&) {}},
        {"--chunk 4 --outer e8m12",
         [](Dot& d) { d.order = Order::chunk, d.length = 4, d.outer = parse_format("e8m12"); }},
        {"--chunk 3", [](Dot& d) { d.order = Order::chunk, d.length = 3, d.outer = d.accumulator; }},
        {"--tree 5", [](Dot& d) { d.order = Order::tree, d.length = 5; }},
        {"--align 4,2", [](Dot& d) { d.order = Order::align, d.length = 4, d.guard = 2; }},
        {"--align 8,-3", [](Dot& d) { d.order = Order::align, d.length = 8, d.guard = -3; }},
        {"--align 16,exact", [](Dot& d) { d.order = Order::align, d.length = 16, d.guard_exact = true; }},
        {"--product e8m5", [](Dot& d) { d.product = parse_format("e8m5"); }},
    };
    std::mt19937_64 random{34};
    const std::pair<const char*, const char*> formats[] = {{"e4m3fn", "bf16"}, {"fp16", "fp32"}, {"bf16", "e8m3"}};
    for (const auto& [input_format, accumulator] : formats)
        for (const char* rounding : {"rne", "rtz", "rdn", "sr8"})
            for (const auto& [options, set] : orders) {
                Dot d;
                d.a = d.b = parse_format(input_format);
                d.accumulator = parse_format(accumulator);
                d.rounding = d.product_rounding = parse_rounding(rounding);
                set(d);
                std::string input;
                std::vector<std::string> expected;
                for (std::uint64_t pair = 0; pair < 12; ++pair) {
                    std::vector<double> a, b;
                    std::string words[2];
                    for (std::uint64_t k = 0; k < 1 + 2 * pair; ++k) {
                        a.push_back(std::ldexp(static_cast<double>(1 + random() % 15), static_cast<int>(random() % 5)));
                        b.push_back(std::ldexp(-7.5 + static_cast<double>(random() % 16), -5));
                        words[0] += hex(a.back()) + " ";
                        words[1] += hex(b.back()) + " ";
                    }
                    const double start = static_cast<double>(random() % 8) - 3.5;
                    input += words[0] + "\n" + words[1] + "\n" + hex(start) + "\n";
                    double sum = test::RationalDot(d, a, b, {5, 0}, pair).value(start);
                    if (sum == 0 && d.rounding.mode == RoundingMode::rdn) sum = -0.0;  // of opposite terms
                    expected.push_back(hex(sum) + " | " + bits_of(result_format(d), {}, sum));
                }
                const std::string words = std::string("dot --a ") + input_format + " --b " + input_format + " --acc " +
                                          accumulator + " --rounding " + rounding + " --seed 5 --start " + options;
                expect_lines(ulpsim(words, input), expected, "", words);
            }
}

TEST(DotCommand, GivesThePublishedAnswers) {
    const auto dot = [](const std::string& options, const std::string& input) {
        const Ended ended = ulpsim("dot " + options, input);
        return ended.out + ended.err;
    };
    std::string ones;
    for (int i = 0; i < 1000; ++i) ones += "1 ";
    EXPECT_EQ(dot("--a bf16 --b bf16 --acc bf16", ones + "\n" + ones + "\n"), "0x1p+8 | 0x4380\n");  // T10
    const std::string tiny = "0x1p-12 0x1p-12 0x1p-12 0x1p-12\n";                                    // T12
    EXPECT_EQ(dot("--a fp16 --b fp16 --start", tiny + tiny + "1\n"), "0x1p+0 | 0x3f800000\n");
    EXPECT_EQ(dot("--a fp16 --b fp16 --start --align 8,1", tiny + tiny + "1\n"), "0x1.000004p+0 | 0x3f800002\n");
    EXPECT_EQ(dot("--a bf16 --b bf16 --acc bf16 --start", "0x1.02p+0\n1.5\n-0x1p-60"), "0x1.82p+0 | 0x3fc1\n");  // T5
    EXPECT_EQ(dot("--a int8 --b int8 --acc int32", "1 2 3\n4 5 6\n"), "0x1p+5 | 0x00000020\n");
    EXPECT_EQ(dot("--a int8 --b int8 --acc int8", "-127 1\n127 1\n"), "-0x1.fcp+6 | 0x81\n");  // saturates on the way
    EXPECT_EQ(dot("--a 'mx(e2m1fn,2)' --b 'mx(e4m3fn,4)' --quantize", "7 3 1 1\n1 1 1 1\n"), "0x1.6p+3 | 0x41300000\n");
    EXPECT_EQ(dot("--a fp16 --b fp16", "inf\n0\n"), "nan | 0x7fc00000\n");
    EXPECT_EQ(dot("--a e4m3fn --b e4m3fn --quantize --acc e4m3fn:sat", "500\n1\n"), "nan | 0x7f\n");
    EXPECT_EQ(dot("--a e4m3fn:sat --b e4m3fn --quantize --acc fp32", "500\n1\n"), "0x1.cp+8 | 0x43e00000\n");
}

TEST(NumberCommands, NameLineAndColumnOfBadInput) {
    const Wrong table[] = {
        {"quantize --format bf16", "1\n\n1e400\n2\n", "0x1p+0 | 0x3f80\n",
         "line 3, column 1: '1e400' overflows binary64"},
        {"quantize --format bf16", "0x1p-2000", "", "line 1, column 1: '0x1p-2000' underflows binary64"},
        {"quantize --format bf16", "# x\n 1,5\n", "", "line 2, column 2: '1,5' is not a number"},
        {"quantize --format bf16", "0x1.00000000000008p0", "", "line 1, column 1: '0x1.00000000000008p0' has 54 sig"},
        {"quantize --format bf16", "1 2\n", "", "line 1, column 3: a second number on the line"},
        {"quantize --format bf16 --rounding sr4", "1 @ 16", "",
         "line 1, column 5: the random integer is 16; allowed: 0 to 15"},
        {"quantize --format bf16", "1 @ 1", "", "line 1, column 5: the random integer is 1; allowed: 0 with rne"},
        {"dot --a e4m3fn --b bf16", "1 0.1\n1 1\n", "", "line 1, column 3: 0x1.999999999999ap-4 is not a value of a"},
        {"dot --a bf16 --b e4m3fn", "1 1\n1 inf\n", "", "line 2, column 3: inf is not a value of b"},
        {"dot --a e2m1fn --b bf16", "nan\n1\n", "", "line 1, column 1: nan is not a value of a"},
        {"dot --a bf16 --b bf16", "1 1\n1\n", "", "line 2, column 1: b has 1 numbers, a on line 1 has 2"},
        {"dot --a bf16 --b bf16", "1\n2\n3\n", "0x1p+1 | 0x40000000\n", "line 4, column 1: the input ends before"},
        {"dot --a bf16 --b bf16 --start", "1\n2\n3 4\n", "", "line 3, column 3: a second number behind the start"},
        {"dot --a bf16 --b bf16 --start --acc bf16", "1\n2\n0.1\n", "",
         "line 3, column 1: 0x1.999999999999ap-4 is not a"},
        {"dot --a bf16 --b bf16", "1 @ 1\n2\n", "", "line 1, column 3: '@' is not a number"},
    };
    for (const Wrong& wrong : table) expect_refused(wrong);
}

TEST(NumberCommands, TakeNothingAndTextOfAnyKindOfLineEnd) {
    for (const char* nothing : {"", "\n", "# a comment", "\r\n"}) {
        const Ended ended = ulpsim("quantize --format bf16", nothing);
        EXPECT_EQ(ended.status, 0) << ended.err;
        EXPECT_EQ(ended.out, "");
        EXPECT_EQ(ulpsim("dot --a bf16 --b bf16", nothing).status, 0);
    }
    EXPECT_EQ(ulpsim("quantize --format bf16", "1\r\n2").out, "0x1p+0 | 0x3f80\n0x1p+1 | 0x4000\n");
}

TEST(Formats, PrintsTheStandardsFiguresAsJson) {
    const Ended ended = ulpsim("formats e4m3 e4m3fn e4m3fn:nosub fp32 'exp(bf16,2)' --json", "");
    ASSERT_EQ(ended.status, 0) << ended.err;
    const boost::json::value all = boost::json::parse(ended.out);
    const auto at = [&](std::size_t i, const char* key) { return all.at(i).at(key); };
    const char* keys[] = {"name",       "width_bits",    "exponent_bits", "mantissa_bits", "bias", "max",
                          "min_normal", "min_subnormal", "epsilon",       "infinity",      "nan",  "mac"};
    ASSERT_EQ(all.as_array().size(), 5u);
    for (const auto& format : all.as_array()) {
        ASSERT_EQ(format.as_object().size(), std::size(keys));
        for (const char* key : keys) EXPECT_TRUE(format.as_object().contains(key)) << key;
    }
    const auto decimal = [&](std::size_t i, const char* key) { return at(i, key).at("decimal").to_number<double>(); };
    EXPECT_EQ(decimal(0, "max"), 240);
    EXPECT_EQ(decimal(1, "max"), 448);
    EXPECT_EQ(at(1, "max").at("hex").as_string(), "0x1.cp+8");
    EXPECT_EQ(decimal(1, "min_normal"), 0x1p-6);
    EXPECT_EQ(decimal(1, "min_subnormal"), 0x1p-9);
    EXPECT_EQ(decimal(1, "epsilon"), 0.125);
    EXPECT_TRUE(at(0, "infinity").as_bool());
    EXPECT_FALSE(at(1, "infinity").as_bool());
    EXPECT_TRUE(at(2, "min_subnormal").is_null());
    EXPECT_EQ(at(3, "name").as_string(), "e8m23");
    // Boost.JSON's parser may miss a decimal by an ulp, so that of the extreme ones the hex floats are looked at.
    EXPECT_EQ(at(3, "max").at("hex").as_string(), "0x1.fffffep+127");
    EXPECT_EQ(at(3, "min_subnormal").at("hex").as_string(), "0x1p-149");
    EXPECT_EQ(at(4, "width_bits").as_int64(), 32);
    EXPECT_TRUE(at(4, "mac").is_null());
    for (const char* figure : {"energy_pj", "area_um2", "delay_ps"})  // a wider multiplier costs more
        EXPECT_GT(at(3, "mac").at(figure).as_double(), at(1, "mac").at(figure).as_double());
}

TEST(Formats, SaysThatE4m3IsNotThatOfOcp) {
    const Ended ended = ulpsim("formats e4m3 e4m3fn", "");
    EXPECT_NE(ended.out.find("the E4M3 of OCP, without, is e4m3fn"), std::string::npos) << ended.out;
    EXPECT_EQ(ulpsim("formats e4m3fn", "").out.find("e4m3 is"), std::string::npos);
}

}  // namespace
}  // namespace ulpsim

// `ulpsim expansion` through pipes, against rational numbers.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/program_pipe.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim {
namespace {

using namespace arithmetic;
using program_pipe::Ended;
using program_pipe::ulpsim;
using test::Rational;
using test::rational;

std::string hex(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%a", value);
    return text;
}

Rational sum_of(const std::vector<double>& values) {
    Rational sum = 0;
    for (const double value : values) sum += rational(value);
    return sum;
}

/// What quantize does, by rationals: t1 = F(x), t2 = F(x - t1), ...
std::vector<double> terms_of(const Format& f, Rational rest, int terms) {
    std::vector<double> result;
    for (int i = 0; i < terms; ++i) {
        result.push_back(rest == 0 ? 0.0 : test::rounded_by_rationals(f, rne, rest));
        rest -= rational(result.back());
    }
    return result;
}

std::string line_of(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) text += hex(value) + " ";
    return text + "\n";
}

struct Printed {
    std::vector<double> values;
    std::vector<std::uint64_t> patterns;
};
Printed read(const std::string& line) {
    Printed printed;
    std::istringstream text(line);
    bool values = true;
    for (std::string word; text >> word;) {
        if (word == "|") {
            values = false;
        } else if (values) {
            printed.values.push_back(std::strtod(word.c_str(), nullptr));
        } else {
            printed.patterns.push_back(std::stoull(word, nullptr, 16));
        }
    }
    return printed;
}

class ExpansionCommand : public ::testing::TestWithParam<std::tuple<const char*, const char*, int>> {};

/// The error's bound, generously in units of 2^(-N p): what --help says is seen.
TEST_P(ExpansionCommand, AgreesWithRationalsToTheLastTerms) {
    const auto& [operation, base, terms] = GetParam();
    const Format f = parse_format(base);
    const std::string op = operation;
    std::mt19937_64 random{61};
    const auto value = [&] { return 0.5 + static_cast<double>(random() >> 12) * 0x1p-52 * 1.5; };
    std::string input;
    std::vector<Rational> exact;
    for (int draw = 0; draw < 60; ++draw) {
        std::vector<double> x, y;
        const auto operand = [&](double sign) {
            return terms_of(f, rational(sign * value()) + rational(value() * 0x1p-50), terms);
        };
        x = operand(1);
        y = operand(draw % 2 == 0 && op != "div" ? -1 : 1);
        if (op == "dot") {  // two and more values
            x.resize(2 + random() % 3);
            for (double& v : x) v = round_to(f, rne, value());
            y = x;
            for (double& v : y) v = round_to(f, rne, value());
        }
        input += line_of(x);
        if (op != "sqrt" && op != "renormalize") input += line_of(y);
        Rational dot = 0;
        for (std::size_t i = 0; op == "dot" && i < x.size(); ++i) dot += rational(x[i]) * rational(y[i]);
        exact.push_back(op == "add"   ? Rational(sum_of(x) + sum_of(y))
                        : op == "sub" ? Rational(sum_of(x) - sum_of(y))
                        : op == "mul" ? Rational(sum_of(x) * sum_of(y))
                        : op == "div" ? Rational(sum_of(x) / sum_of(y))
                        : op == "dot" ? dot
                                      : sum_of(x));
    }
    const Ended ended = ulpsim("expansion " + op + " --base " + base + " --terms " + std::to_string(terms), input);
    ASSERT_EQ(ended.status, 0) << ended.err;
    const auto lines = ended.lines();
    ASSERT_EQ(lines.size(), exact.size());
    const Rational unit = test::power_of_two_rational(-terms * f.precision());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Printed printed = read(lines[i]);
        ASSERT_EQ(printed.values.size(), static_cast<std::size_t>(terms));
        ASSERT_EQ(printed.patterns.size(), static_cast<std::size_t>(terms));
        for (std::size_t t = 0; t < printed.values.size(); ++t)
            ASSERT_EQ(decode(f, printed.patterns[t]), printed.values[t]) << lines[i];
        const Rational z = sum_of(printed.values);
        const Rational error = op == "sqrt" ? Rational(z * z - exact[i]) : Rational(z - exact[i]);
        const int units = op == "mul" || op == "div" ? 32 : op == "renormalize" ? 0 : 8;
        ASSERT_LE(abs(error), units * unit * abs(exact[i]) + (op == "add" || op == "sub" ? Rational(0) : unit))
            << op << " " << lines[i];
    }
}
INSTANTIATE_TEST_SUITE_P(Operations, ExpansionCommand,
                         ::testing::Combine(::testing::Values("renormalize", "add", "sub", "mul", "div", "sqrt", "dot"),
                                            ::testing::Values("bf16", "e6m9", "fp32", "fp64"),
                                            ::testing::Values(2, 3, 4)));

struct Case {
    const char *words, *input, *output;
};

TEST(ExpansionCommandByHand, PrintsTermsAndBits) {
    const Case cases[] = {
        {"add --base bf16 --terms 2", "1 0x1p-9\n-1\n", "0x1p-9 0x0p+0 | 0x3b00 0x0000\n"},
        // pieces in any order
        {"renormalize --base bf16 --terms 3", "0x1p-10 3.125 -0x1.58p-20 0x1p-6\n",
         "0x1.92p+1 0x1p-10 -0x1.58p-20 | 0x4049 0x3a80 0xb5ac\n"},
        {"div --base e5m2 --terms 4", "1\n4\n", "0x1p-2 0x0p+0 0x0p+0 0x0p+0 | 0x34 0x00 0x00 0x00\n"},
        {"sqrt --base bf16 --terms 3", "9\n", "0x1.8p+1 0x0p+0 0x0p+0 | 0x4040 0x0000 0x0000\n"},
        // 257^2 = 66049 = 2^16 + 512 + 1
        {"mul --base bf16 --terms 3", "256 1\n256 1\n", "0x1.02p+16 0x1p+0 0x0p+0 | 0x4781 0x3f80 0x0000\n"},
        {"sub --base fp32 --terms 2", "0x1p24 1\n0x1p24\n", "0x1p+0 0x0p+0 | 0x3f800000 0x00000000\n"},
        {"dot --base e4m3fn --terms 2", "16 0.5\n16 0.5\n", "0x1p+8 0x1p-2 | 0x78 0x28\n"},
        {"mul --base e4m3fn --terms 2 --step 4", "0.140625\n0.140625\n", "0x1.4p-6 0x1p-12 | 0x0a 0x02\n"},
        {"add --base bf16 --terms 2", "inf\n1 0x1p-9\n", "inf 0x0p+0 | 0x7f80 0x0000\n"},
        {"add --base bf16 --terms 2", "inf\n-inf\n", "nan 0x0p+0 | 0x7fc0 0x0000\n"},
        {"div --base bf16 --terms 2", "# a comment\n\n-1\n0\n", "-inf 0x0p+0 | 0xff80 0x0000\n"},
        {"sqrt --base bf16 --terms 2", "-0\n", "-0x0p+0 0x0p+0 | 0x8000 0x0000\n"},
    };
    for (const auto& [words, input, output] : cases) {
        const Ended ended = ulpsim(std::string("expansion ") + words, input);
        EXPECT_EQ(ended.status, 0) << words << ": " << ended.err;
        EXPECT_EQ(ended.out, output) << words;
    }
}

TEST(ExpansionCommandByHand, SaysWhatUnderflowed) {
    const Ended lost = ulpsim("expansion mul --base e4m3fn --terms 2", "0.140625\n0.140625\n");
    EXPECT_EQ(lost.status, 0);
    EXPECT_EQ(lost.out, "0x1.4p-6 0x0p+0 | 0x0a 0x00\n");
    EXPECT_EQ(lost.err, "ulpsim expansion: 1 base operations underflowed; their results hold fewer bits\n");
    EXPECT_EQ(ulpsim("expansion add --base e4m3fn --terms 2", "0.140625\n0.140625\n").err, "");
}

TEST(ExpansionCommandByHand, RefusesInOneLineWhatItCannotDo) {
    const Case cases[] = {
        {"", "", "ulpsim expansion: an operation is missing; allowed: renormalize, add, sub, mul, div, sqrt, dot\n"},
        {"mull --base bf16 --terms 2", "",
         "ulpsim expansion: 'mull' is not an operation; allowed: renormalize, add, sub"},
        {"add --terms 2", "", "ulpsim expansion: --base is missing"},
        {"add --base bf16", "", "ulpsim expansion: --terms is missing; allowed: 2 to 4\n"},
        {"add --base bf16 --terms 5", "", "ulpsim expansion: --terms is "},
        {"add --base bf16:sat --terms 2", "", "ulpsim expansion: --base: "},
        {"add --base 'exp(bf16,2)' --terms 2", "", "ulpsim expansion: --base is exp(e8m7,2); allowed: "},
        {"add --base bf16 --terms 2", "1 2 3\n1\n", "standard input: line 1, column 5: more than 2 terms"},
        {"add --base bf16 --terms 2", "1\n1.001\n", "standard input: line 2, column 1: 0x1.004189374bc6ap+0 is not"},
        {"add --base bf16 --terms 2", "1\n", "standard input: line 2, column 1: the input ends before the second"},
        {"dot --base bf16 --terms 2", "1 2\n1\n", "standard input: line 2, column 1: the second vector has 1 numbers"},
        {"add --base bf16 --terms 2", "1x\n1\n", "standard input: line 1, column 1: "},
    };
    for (const auto& [words, input, error] : cases) {
        const Ended ended = ulpsim(std::string("expansion ") + words, input);
        EXPECT_EQ(ended.status, 2) << words;
        EXPECT_EQ(ended.err.substr(0, std::string(error).size()), error) << words;
        EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    }
}

TEST(ExpansionCommandByHand, ExamplesOfTheHelpWork) {
    const Ended help = ulpsim("expansion --help", "");
    EXPECT_EQ(help.status, 0);
    int examples = 0;
    for (const std::string& line : help.lines()) {
        const std::size_t bar = line.find("| ulpsim ");
        if (bar == std::string::npos) continue;
        ++examples;
        const std::string words =
            line.substr(0, bar + 2) + "'" ULPSIM_PROGRAM "'" + line.substr(bar + 8) + " > /dev/null";
        EXPECT_EQ(std::system(words.c_str()), 0) << line;
    }
    EXPECT_EQ(examples, 4);
}

}  // namespace
}  // namespace ulpsim

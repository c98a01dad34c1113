// Minutes: a million operands a format and number of terms, and all pairs of double words of a narrow format.
#include <gtest/gtest.h>

#include "tests/unit/arithmetic/expansion_checks.hpp"

namespace ulpsim::arithmetic {
namespace {

using namespace test;

class ExpansionMillion : public ::testing::TestWithParam<std::pair<Format, int>> {};

TEST_P(ExpansionMillion, OperandsStayWithinTheBounds) {
    const auto& [format, reach] = GetParam();
    const WorstErrors worst = check_operations(format, 1'000'000, reach, 41);
    std::printf(
        "%s, worst errors in 2^(-N p): add %.3g, add_value %.3g, multiply %.3g, multiply_value %.3g, "
        "divide %.3g, square_root %.3g\n",
        name(format).c_str(), worst.add.value, worst.add_value.value, worst.multiply.value, worst.multiply_value.value,
        worst.divide.value, worst.square_root.value);
}

TEST_P(ExpansionMillion, SumsAndComparisonsAreRight) {
    const Format& format = GetParam().first;
    check_renormalize(format, 1'000'000, 42);
    check_compare(format, 1'000'000, 43);
    if (format.exponent_bits >= 8)
        check_dot(format, 100'000, 44);  // a million products; elsewhere their errors underflow
}

std::vector<std::pair<Format, int>> million_cases() {
    std::vector<std::pair<Format, int>> cases;
    for (const int terms : {2, 3, 4})
        for (const auto& [base, reach] :
             {std::pair{bf16, 30}, {fp16, 5}, {fp32, 40}, {unbounded(3), 300}, {unbounded(4), 300}})
            cases.emplace_back(expansion_of(base, terms), reach);
    return cases;
}
INSTANTIATE_TEST_SUITE_P(Formats, ExpansionMillion, ::testing::ValuesIn(million_cases()));

TEST(ExpansionExhaustive, AllPairsOfDoubleWordsOfE4m3) {
    const Format f = expansion_of(parse_format("e4m3"), 2);
    const std::vector<Terms> left = double_words(f.element(), -9, 3, true),
                             right = double_words(f.element(), -9, 3, false);
    const ErrorBound add = error_bound(ExpansionOperation::add, f),
                     multiply = error_bound(ExpansionOperation::multiply, f);
    const double floor = multiply.units * smallest_positive(f.element());
    ExpansionArithmetic arithmetic(f);
    for (const Terms& x : left)
        for (const Terms& y : right) {
            const double X = x[0] + x[1], Y = y[0] + y[1];  // exact in binary64, as are the sum and the product
            const Terms s = arithmetic.add(x, y), p = arithmetic.multiply(x, y);
            ASSERT_LE(std::fabs(s[0] + s[1] - (X + Y)), add.relative * std::fabs(X + Y)) << X << " + " << Y;
            ASSERT_LE(std::fabs(p[0] + p[1] - X * Y), multiply.relative * std::fabs(X * Y) + floor) << X << " * " << Y;
        }
}

TEST(ExpansionExhaustive, AllQuotientsOfDoubleWordsOfE4m3) {
    const Format f = expansion_of(parse_format("e4m3"), 2);
    const std::vector<Terms> left = double_words(f.element(), -9, 3, true),
                             right = double_words(f.element(), -9, 3, false);
    const double relative = error_bound(ExpansionOperation::divide, f).relative;
    ExpansionArithmetic arithmetic(f);
    for (const Terms& x : left)
        for (const Terms& y : right) {
            const double X = x[0] + x[1], Y = y[0] + y[1];
            const std::uint64_t underflows = arithmetic.underflows();
            const Terms q = arithmetic.divide(x, y);
            if (!std::isfinite(q[0]) || arithmetic.underflows() != underflows) continue;
            ASSERT_LE(std::fabs((q[0] + q[1]) * Y - X), relative * X) << X << " / " << Y;
        }
}

}  // namespace
}  // namespace ulpsim::arithmetic

// Double words of e4m3 whose heads lie in 13 binades: all of them for unary operations, evenly spread pairs of all for the
// others (the long test takes every pair). Exact values are binary64 numbers, or integers where a quotient is held.
#include <gtest/gtest.h>

#include "tests/unit/arithmetic/expansion_checks.hpp"

namespace ulpsim::arithmetic {
namespace {

using namespace test;

const Format f = expansion_of(parse_format("e4m3"), 2);

double value(const Terms& x) { return x[0] + x[1]; }

double allowed(ExpansionOperation operation, double reference) {
    const ErrorBound bound = error_bound(operation, f);
    return bound.relative * std::fabs(reference) + bound.units * smallest_positive(f.element());
}

TEST(ExpansionExhaustive, AddsAndMultipliesAnyValueToAnyDoubleWord) {
    ExpansionArithmetic arithmetic(f);
    for (const Terms& x : double_words(f.element(), -9, 3, true))
        for (const double y : finite_values(f.element())) {
            if (std::fabs(y) > 16) continue;  // larger ones overflow inside
            const double sum = value(x) + y, product = value(x) * y;
            const Terms s = arithmetic.add_value(x, y), p = arithmetic.multiply_value(x, y);
            ASSERT_TRUE(is_normalised(f, s) && is_normalised(f, p)) << value(x) << ", " << y;
            ASSERT_LE(std::fabs(value(s) - sum), allowed(ExpansionOperation::add_value, sum)) << value(x) << " + " << y;
            ASSERT_LE(std::fabs(value(p) - product), allowed(ExpansionOperation::multiply_value, product))
                << value(x) << " * " << y;
        }
}

/// Bounds of division and square root hold where nothing underflowed; p = 4 lies below the precision that they are proved
/// for, so this is their evidence there.
TEST(ExpansionExhaustive, DividesDoubleWordsWithinTheBound) {
    const std::vector<Terms> left = double_words(f.element(), -9, 3, true),
                             right = double_words(f.element(), -9, 3, false);
    const double relative = error_bound(ExpansionOperation::divide, f).relative;
    ExpansionArithmetic arithmetic(f);
    std::uint64_t pair = 0, held = 0;
    for (const Terms& x : left)
        for (const Terms& y : right) {
            if (++pair % 61 != 0) continue;
            const std::uint64_t underflows = arithmetic.underflows();
            const Terms q = arithmetic.divide(x, y);
            if (!std::isfinite(q[0]) || arithmetic.underflows() != underflows) continue;
            ++held;
            ASSERT_TRUE(is_normalised(f, q));
            ASSERT_LE(std::fabs(value(q) * value(y) - value(x)), relative * value(x)) << value(x) << " / " << value(y);
        }
    EXPECT_GT(held, pair / 61 / 4);
}

TEST(ExpansionExhaustive, TakesRootsOfDoubleWordsWithinTheBound) {
    const double relative = error_bound(ExpansionOperation::square_root, f).relative;
    ExpansionArithmetic arithmetic(f);
    std::uint64_t held = 0;
    for (const Terms& x : double_words(f.element(), -9, 7, true)) {
        const std::uint64_t underflows = arithmetic.underflows();
        const Terms root = arithmetic.square_root(x);
        if (arithmetic.underflows() != underflows) continue;
        ++held;
        ASSERT_TRUE(is_normalised(f, root));
        ASSERT_LE(std::fabs(value(root) * value(root) - value(x)), (2 + relative) * relative * value(x)) << value(x);
    }
    EXPECT_GT(held, 100u);
}

TEST(ExpansionExhaustive, ComparesDoubleWordsByValue) {
    const std::vector<Terms> words = double_words(f.element(), -9, 3, false);
    ExpansionArithmetic arithmetic(f);
    std::uint64_t pair = 0;
    for (const Terms& x : words)
        for (const Terms& y : words)
            if (++pair % 97 == 0) {
                ASSERT_EQ(arithmetic.compare(x, y), value(x) <=> value(y)) << value(x) << ", " << value(y);
            }
}

}  // namespace
}  // namespace ulpsim::arithmetic

#include <gtest/gtest.h>

#include "models/arithmetic/kernels/step_choice.hpp"
#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using kernels::choose_step;
using kernels::Step;
using kernels::StochasticStep;
using testing::Packed;

std::optional<Step> choice(const char* a, const char* b, const char* accumulator, double largest) {
    return choose_step(parse_format(a), parse_format(b), parse_format(accumulator), largest);
}

TEST(StepChoice, TakesTheFastStepOnlyWhereItIsProved) {
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "fp32", HUGE_VAL), Step::fused);
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e6m9", 1e6), Step::split);
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e6m9", 1e10), Step::tracked_split) << "may overflow";
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e6m9", HUGE_VAL), Step::odd_integer) << "infinities overflow at once";
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e4m7fn", 1e10), Step::odd_integer) << "its top code is not all ones";
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "bf16", 0x1p127), Step::odd_mantissa) << "cannot be scaled";
    EXPECT_EQ(choice("e5m2", "e5m2", "e5m9", 1000), Step::gradual_split) << "2^-32 is no multiple of 2^-23";
    EXPECT_EQ(choice("e5m2", "e5m2", "e5m9", 1e6), Step::odd_integer) << "a splitting for subnormals is not tracked";
    EXPECT_EQ(choice("e5m2", "e5m2", "fp16", HUGE_VAL), Step::half);
    EXPECT_EQ(choice("fp16", "fp16", "fp16", HUGE_VAL), Step::odd_half);
    EXPECT_EQ(choice("bf16", "bf16", "fp16", 1000), Step::odd_split) << "products below the range of binary32";
    EXPECT_EQ(choice("fp16", "fp16", "e6m9", 1000), Step::odd_split) << "a product of 22 bits can be a midpoint";
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e6m13", 1000), Step::odd_split) << "14 bits: twice 14 is above 23";
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e6m9:nosub", 1000), Step::odd_integer);
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e8m22", 1000), std::nullopt) << "no room for two more bits";
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "fp32:sat", 1000), std::nullopt);
    EXPECT_EQ(choice("fp64", "e4m3fn", "fp32", 1000), std::nullopt);
    EXPECT_EQ(choice("e4m3fn", "e4m3fn", "e4m3fnuz", 1000), std::nullopt);
}

std::optional<StochasticStep> stochastic_choice(const char* input, const char* accumulator, const char* rounding,
                                                double largest) {
    const Format in = parse_format(input);
    return choose_stochastic_step(kernels::addend(in, in), parse_format(accumulator), parse_rounding(rounding),
                                  largest);
}

TEST(StepChoice, CutsSumsForStochasticRoundingWhereTheBitsSuffice) {
    EXPECT_EQ(stochastic_choice("e4m3fn", "e6m9", "sr8", 1e6), StochasticStep::cut_mantissa);
    EXPECT_EQ(stochastic_choice("e4m3fn", "e6m9", "sr8", HUGE_VAL), StochasticStep::cut) << "may overflow";
    EXPECT_EQ(stochastic_choice("e5m2", "e5m10", "sr8", 1), StochasticStep::cut) << "2^-32 is no multiple of 2^-24";
    EXPECT_EQ(stochastic_choice("e4m3fn", "e6m9", "src8", 1e6), StochasticStep::odd) << "the rest is rounded";
    EXPECT_EQ(stochastic_choice("e4m3fn", "e6m9", "sr13", 1e6), StochasticStep::cut_mantissa) << "10 + 13 bits of 24";
    EXPECT_EQ(stochastic_choice("e4m3fn", "e6m9", "sr14", 1e6), std::nullopt) << "no room for the bits";
    EXPECT_EQ(stochastic_choice("bf16", "bf16", "sr8", HUGE_VAL), std::nullopt) << "binary32 itself may overflow";
}

/// One sum start + a * b at every level; `expected` was worked out by hand.
void expect_sum(const char* input, const char* accumulator, double a, double b, double start, double expected) {
    const Format in = parse_format(input), acc = parse_format(accumulator);
    Dot dot;
    dot.a = dot.b = in;
    dot.accumulator = acc;
    const std::array<double, 1> x{a}, y{b};
    ASSERT_EQ(dot_product(dot, x, y, start, {}, 0), expected);
    testing::at_every_level([&](int level) {
        Packed left(in, 5, 1), right(in, 1, 17), sums(acc, 5, 17);
        for (std::uint64_t i = 0; i < 5; ++i) pack(in, &a, 0, 1, left.view().bytes + i * left.view().pitch);
        for (std::uint64_t j = 0; j < 17; ++j) pack(in, &b, j, 1, right.view().bytes);
        for (std::uint64_t i = 0; i < 5; ++i)
            for (std::uint64_t j = 0; j < 17; ++j) pack(acc, &start, j, 1, sums.view().bytes + i * sums.view().pitch);
        Product product;
        product.dot = dot;
        product.a = left.view();
        product.b = right.view();
        product.start = Product::Start::resume;
        matrix_product(product, sums.view(), {{}, 0, 0, 17}, 1);
        for (std::uint64_t i = 0; i < 5; ++i)
            for (const double sum : sums.row(i)) ASSERT_EQ(sum, expected) << accumulator << " level " << level;
    });
}

TEST(StepChoice, IsRightOnConstructedMidpoints) {
    // performance 5: the exact sum lies just below the midpoint 259/128, binary32 lands on it.
    expect_sum("bf16", "bf16", 7.0 / 4, 37.0 / 32, -0x1p-30, 129.0 / 64);
    // arithmetic 5.1, T5: a product that is a midpoint, and a tiny addend below it.
    expect_sum("bf16", "bf16", 1.0078125, 1.5, -0x1p-60, 1.5078125);
    // 14 bits: the accumulator is the smaller operand and decides; the product is exact and short.
    expect_sum("e4m3fn", "e6m13", 8, 8, 0x1p-8 + 0x1p-18, 64 + 0x1p-7);
    expect_sum("e4m3fn", "e8m21", 1, 1, 0x1p-22 + 0x1p-40, 1 + 0x1p-21);
    // Ties to even, both ways, and just off them.
    expect_sum("e4m3fn", "e6m9", 1, 1, 0x1p-10, 1);
    expect_sum("e4m3fn", "e6m9", 1, 1, 0x1p-10 + 0x1p-19, 1 + 0x1p-9);
    expect_sum("e4m3fn", "e6m9", 1, 1.125, 0x1.8p-9, 1.125 + 0x1p-8);
    // fp16: products of 22 bits that are midpoints, and addends far below; binary32 would lose them.
    expect_sum("fp16", "fp16", 1 + 0x1p-10, 1.5, -0x1p-24, 1.5 + 0x1p-10);
    expect_sum("fp16", "fp16", 1 + 0x1p-10, 1.5, 0x1p-24, 1.5 + 0x1p-9);
    expect_sum("fp16", "fp16", 1 + 3 * 0x1p-10, 1.5, 0x1p-24, 1.5 + 5 * 0x1p-10);
    expect_sum("fp16", "fp16", 1 + 3 * 0x1p-10, -1.5, -0x1p-24, -1.5 - 5 * 0x1p-10);
    expect_sum("fp16", "fp16", 1 + 3 * 0x1p-10, 1.5, 0, 1.5 + 4 * 0x1p-10);
    expect_sum("fp16", "fp16", 64 * (1 + 0x1p-10), 64 * 1.5, -0x1p-24, 4096 * (1.5 + 0x1p-10));
    expect_sum("fp16", "fp16", 64 * (1 + 0x1p-10), -64 * 1.5, 0x1p-24, -4096 * (1.5 + 0x1p-10));
    expect_sum("fp16", "fp16", 64 * (1 + 0x1p-10), -64 * 1.5, -0x1p-24, -4096 * (1.5 + 0x1p-9));
    expect_sum("fp16", "fp16", 0x1p-24, 0x1p-1, 1 + 0x1p-10, 1 + 0x1p-10);
    expect_sum("fp16", "fp16", 0x1p-24, -0x1p-24, 0, -0.0);
    expect_sum("fp16", "fp16", 0x1p-24, 0x1p-1, -0x1p-24, -0.0);
    // A negative sum that rounds to zero, and one that is exactly zero.
    expect_sum("e5m2", "fp16", 0x1p-14, -0x1p-16, 0x1p-24 - 0x1p-24, -0.0);
    expect_sum("e5m2", "fp16", 0x1p-8, -0x1p-16, 0x1p-24, 0.0);
}

}  // namespace
}  // namespace ulpsim::arithmetic

#include <gtest/gtest.h>

#include "models/arithmetic/kernels/step_choice.hpp"
#include "tests/unit/arithmetic/product_case.hpp"

namespace ulpsim::arithmetic {
namespace {

using testing::Data;
using testing::expect_the_definition;
using testing::key;
using testing::make_dot;
using testing::Operands;
using testing::Packed;
using testing::Shape;

Dot stochastic_dot(const char* a, const char* b, const char* accumulator, const char* mode, int bits) {
    Dot dot = make_dot(a, b, accumulator);
    dot.rounding = parse_rounding(mode + std::to_string(bits));
    return dot;
}

TEST(StochasticProduct, IsTheDefinitionForEveryNumberOfBits) {
    std::uint64_t seed = 1;
    for (const char* mode : {"sr", "src"})
        for (int bits = 1; bits <= 14; ++bits)
            for (const Data data : {Data::small, Data::any_finite, Data::any}) {
                const Dot dot = stochastic_dot("e4m3fn", "e4m3fn", "e6m9", mode, bits);
                expect_the_definition(dot, {5, 19, 37}, false, true, data, Product::Start::zero, seed++);
            }
}

TEST(StochasticProduct, IsTheDefinitionForEveryKindOfFormat) {
    std::uint64_t seed = 100;
    for (const char* accumulator : {"fp16", "bf16", "e5m2", "e4m3fn", "e4m3fnuz", "e2m1fn", "e5m6:nosub", "e5m6:sat",
                                    "e8m7:sat", "tf32", "fp32", "e6m9:bias=20", "e8m20"})
        for (const char* mode : {"sr4", "src4", "sr8", "src8"})
            for (const Data data : {Data::small, Data::any_finite, Data::any}) {
                Dot dot = make_dot("e4m3fn", seed % 2 != 0 ? "e5m2" : "bf16", accumulator);
                dot.rounding = parse_rounding(mode);
                expect_the_definition(dot, {3, 17, 13}, true, false, data, Product::Start::resume, seed++);
            }
}

TEST(StochasticProduct, DrawsForEveryElementWhereverRowsStart) {
    std::uint64_t seed = 400;
    for (const std::uint64_t columns : {1u, 2u, 10u, 15u, 16u, 33u, 49u})  // rows start anywhere in a block of four
        for (const char* mode : {"sr3", "sr8", "sr12", "src8"})
            for (const auto start : {Product::Start::zero, Product::Start::bias}) {
                Dot dot = make_dot("e4m3fn", "e4m3fn", "e6m9");
                dot.rounding = parse_rounding(mode);
                expect_the_definition(dot, {27, columns, 41}, false, false, Data::small, start, seed++);
            }
}

TEST(StochasticProduct, InChunksIsTheDefinition) {
    std::uint64_t seed = 600;
    for (const char* mode : {"sr8", "sr11", "src6"})
        for (const std::uint32_t length : {1u, 3u, 16u, 200u})
            for (const char* outer : {"e6m9", "bf16", "e5m10"})
                for (const Data data : {Data::small, Data::any}) {
                    Dot dot = make_dot("e4m3fn", "e5m2", "e6m9");
                    dot.rounding = parse_rounding(mode);
                    dot.order = Order::chunk;
                    dot.length = length;
                    dot.outer = parse_format(outer);
                    expect_the_definition(dot, {5, 18, 67}, false, true, data, Product::Start::resume, seed++);
                }
}

TEST(StochasticProduct, OfALongSumIsThatOfItsPartsFromAnyProductOn) {
    for (const char* mode : {"sr8", "src7", "sr10", "src10"}) {
        std::mt19937_64 random(11);
        Dot dot = make_dot("e4m3fn", "e4m3fn", "e6m9");
        dot.rounding = parse_rounding(mode);
        constexpr Shape shape{13, 18, 301};
        const Operands operands(dot, shape, false, false, Data::small, random);
        testing::at_every_level([&](int level) {
            Packed whole = operands.before, parts = operands.before;
            matrix_product(operands.product(Product::Start::zero), whole.view(), {key, 0, 0, shape.columns}, 1);
            for (std::uint64_t k = 0; k < shape.depth; k += 43) {
                const std::uint64_t depth = std::min<std::uint64_t>(43, shape.depth - k);
                Product part = operands.product(k == 0 ? Product::Start::zero : Product::Start::resume);
                part.a.bytes += k;
                part.a.columns = depth;
                part.b.bytes += k * part.b.pitch;
                part.b.rows = depth;
                part.first_k = k;
                matrix_product(part, parts.view(), {key, 0, 0, shape.columns}, 1);
            }
            EXPECT_EQ(whole.bytes, parts.bytes) << mode << " level " << level;
            EXPECT_EQ(whole.bytes, operands.expected(Product::Start::zero, key).bytes) << mode << " level " << level;
        });
    }
}

/// Every element `value`, or its opposite from column `turn` on.
Packed constant_matrix(const char* format, std::uint64_t rows, std::uint64_t columns, double value,
                       std::uint64_t turn) {
    Packed matrix(parse_format(format), rows, columns);
    const Matrix view = matrix.view();
    for (std::uint64_t i = 0; i < rows; ++i)
        for (std::uint64_t j = 0; j < columns; ++j) {
            const double element = j < turn ? value : -value;
            pack(view.format, &element, j, 1, view.bytes + i * view.pitch);
        }
    return matrix;
}

TEST(TrackedSums, GiveInfinityWhereASumOverflowsEvenIfItWouldComeBack) {
    using kernels::Step;
    const Format acc = parse_format("e5m10"), in = parse_format("e4m3fn");
    ASSERT_EQ(kernels::choose_step(in, in, acc, 448.0 * 448.0 * 30), Step::tracked_split);
    constexpr std::uint64_t depth = 40;
    for (const double value : {448.0, 416.0, 384.0, 8.0})  // 20 times 8 times 416 overflows, times 384 does not
        for (const std::uint64_t turn : {depth, depth / 2, depth / 4}) {
            std::mt19937_64 random(3);
            Operands operands(make_dot("e4m3fn", "e4m3fn", "e5m10"), {14, 33, depth}, false, false, Data::small,
                              random);
            operands.a = constant_matrix("e4m3fn", 14, depth, value, turn);
            operands.b = constant_matrix("e4m3fn", depth, 33, 8, 17);
            for (const auto start : {Product::Start::zero, Product::Start::bias, Product::Start::resume}) {
                const Packed expected = operands.expected(start, key);
                testing::at_every_level([&](int level) {
                    Packed result = operands.before;
                    matrix_product(operands.product(start), result.view(), {key, 0, 0, 33}, 1);
                    EXPECT_EQ(result.bytes, expected.bytes) << value << " turn " << turn << " level " << level;
                });
            }
        }
}

TEST(TrackedSums, AreTheDefinitionOnEveryFiniteOperand) {
    std::uint64_t seed = 800;
    for (const char* accumulator : {"e5m10", "e5m8", "e6m9", "e4m7", "e5m10:sat"})
        for (const char* input : {"e4m3fn", "e4m3", "e3m2fn", "e5m2"})
            for (const auto start : {Product::Start::bias, Product::Start::resume})
                expect_the_definition(make_dot(input, input, accumulator), {13, 17, 30}, false, true, Data::any_finite,
                                      start, seed++);
}

TEST(TreeSums, AreTheDefinitionForEveryLengthAndStep) {
    std::uint64_t seed = 1000;
    for (const std::uint32_t length : {2u, 3u, 4u, 8u, 16u})
        for (const char* accumulator : {"fp32", "e6m9", "e5m10", "bf16", "e5m2", "e5m10:sat", "e8m21", "e4m3fn"})
            for (const char* input : {"e4m3fn", "e5m2", "fp16", "bf16"})
                for (const Data data : {Data::small, Data::any_finite, Data::any}) {
                    Dot dot = make_dot(input, "e4m3fn", accumulator);
                    dot.order = Order::tree;
                    dot.length = length;
                    const auto start = seed % 2 != 0 ? Product::Start::resume : Product::Start::bias;
                    expect_the_definition(dot, {5, 17, 17 + seed % 16}, false, true, data, start, seed);
                    ++seed;
                }
}

TEST(TreeSums, OverSeveralPanelsAreTheDefinition) {
    std::uint64_t seed = 1500;
    for (const std::uint32_t length : {4u, 8u})
        for (const std::uint64_t depth : {256u, 259u, 600u}) {
            Dot dot = make_dot("e4m3fn", "e4m3fn", "e6m9");
            dot.order = Order::tree;
            dot.length = length;
            expect_the_definition(dot, {14, 18, depth}, true, false, Data::small, Product::Start::zero, seed++);
        }
}

TEST(GradualSums, KeepSubnormalsAndTheSignOfZero) {
    std::uint64_t seed = 900;
    for (const char* accumulator : {"e5m10", "e4m6", "e5m5", "e6m6"})
        for (int draw = 0; draw < 4; ++draw) {
            // Products far below the accumulator's last place, and sums of opposite ones.
            std::mt19937_64 random(seed++);
            Operands operands(make_dot("e5m2", "e5m2", accumulator), {13, 17, 30}, false, true, Data::small, random);
            const auto shrink = [&](Packed& matrix, int exponent) {
                const Matrix view = matrix.view();
                for (std::uint64_t i = 0; i < matrix.rows; ++i) {
                    auto row = matrix.row(i);
                    for (auto& x : row) x = round_to(view.format, rne, std::ldexp(x, exponent));
                    pack(view.format, row.data(), 0, matrix.columns, view.bytes + i * view.pitch);
                }
            };
            shrink(operands.a, -6 - draw);
            shrink(operands.b, -5 - 2 * draw);
            const Packed expected = operands.expected(Product::Start::zero, key);
            testing::at_every_level([&](int level) {
                Packed result = operands.before;
                matrix_product(operands.product(Product::Start::zero), result.view(), {key, 0, 0, 17}, 1);
                EXPECT_EQ(result.bytes, expected.bytes) << accumulator << " draw " << draw << " level " << level;
            });
        }
}

}  // namespace
}  // namespace ulpsim::arithmetic

#include <gtest/gtest.h>

#include <cstring>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
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

constexpr Shape awkward_shapes[] = {{0, 5, 3},   {5, 0, 3},   {3, 5, 0},    {1, 1, 1},    {1, 17, 33}, {4, 16, 16},
                                    {5, 15, 17}, {12, 16, 3}, {13, 31, 40}, {25, 33, 20}, {7, 1, 64},  {2, 49, 300}};

TEST(MatrixProduct, OfFp32AccumulatorsIsTheDefinitionAtAwkwardSizes) {
    std::uint64_t seed = 1;
    for (const auto& shape : awkward_shapes)
        for (const bool ta : {false, true})
            for (const bool tb : {false, true})
                for (const auto start : {Product::Start::zero, Product::Start::resume, Product::Start::bias}) {
                    const char* input = (std::array{"e4m3fn", "e5m2", "bf16", "e2m1fn"})[seed % 4];
                    expect_the_definition(make_dot(input, "e4m3fn", "fp32"), shape, ta, tb, Data::small, start, seed++);
                }
}

TEST(MatrixProduct, OfFp32AccumulatorsKeepsSpecialsAndSubnormals) {
    std::uint64_t seed = 100;
    for (const char* input : {"e4m3fn", "e5m2", "e5m2fnuz", "bf16", "fp16", "fp32", "e4m3:nosub", "e3m2fn", "tf32"})
        for (const Data data : {Data::any_finite, Data::any})
            for (int draw = 0; draw < 3; ++draw)
                expect_the_definition(make_dot(input, input, "fp32"), {13, 18, 9}, draw == 1, draw != 1, data,
                                      Product::Start::resume, seed++);
}

TEST(MatrixProduct, OfNarrowAccumulatorsIsTheDefinition) {
    std::uint64_t seed = 200;
    for (const char* accumulator :
         {"e6m9", "fp16", "bf16", "e4m3fn", "e5m2", "e8m21", "tf32", "e5m10:sat", "e5m10:nosub", "e4m3fnuz", "e5m2:sat",
          "e3m4", "e8m22", "fp64", "e2m1fn", "e8m23:nosub"})
        for (const char* input : {"e4m3fn", "e5m2", "fp16", "bf16"})
            for (const Data data : {Data::small, Data::any_finite, Data::any}) {
                const auto start = ++seed % 2 != 0 ? Product::Start::resume : Product::Start::zero;
                expect_the_definition(make_dot(input, input, accumulator), {5, 19, 25}, false, true, data, start, seed);
            }
}

TEST(MatrixProduct, OfNarrowAccumulatorsIsTheDefinitionAtAwkwardSizes) {
    std::uint64_t seed = 500;
    for (const auto& shape : awkward_shapes)
        for (const bool ta : {false, true})
            for (const bool tb : {false, true})
                for (const char* accumulator : {"e6m9", "bf16", "e5m5"})
                    expect_the_definition(make_dot("e4m3fn", "e4m3fn", accumulator), shape, ta, tb, Data::small,
                                          Product::Start::bias, seed++);
}

TEST(MatrixProduct, OfOtherOrdersAndRoundingsIsTheDefinition) {
    std::uint64_t seed = 700;
    for (const Order order : {Order::chunk, Order::tree, Order::align})
        for (const std::uint32_t length : {1u, 4u, 7u, 64u})
            for (const char* accumulator : {"fp32", "e6m9", "e8m22"}) {
                Dot dot = make_dot("e4m3fn", "e4m3fn", accumulator);
                dot.order = order;
                dot.length = length;
                dot.outer = seed % 2 != 0 ? fp32 : parse_format("fp16");
                dot.guard = 2;
                expect_the_definition(dot, {5, 18, 23}, false, true, Data::small, Product::Start::resume, seed++);
                expect_the_definition(dot, {3, 17, 65}, true, false, Data::any, Product::Start::bias, seed++);
                expect_the_definition(dot, {3, 17, 0}, true, false, Data::any, Product::Start::resume, seed++);
            }
    for (const char* rounding : {"rna", "rtz", "rup", "rdn", "rto", "sr8", "sr13", "src8", "sr20"})
        for (const char* accumulator : {"fp32", "e6m9", "e5m2"}) {
            Dot dot = make_dot("e4m3fn", "e5m2", accumulator);
            dot.rounding = parse_rounding(rounding);
            expect_the_definition(dot, {3, 18, 23}, false, true, Data::small, Product::Start::zero, seed++);
            dot.order = Order::chunk;
            dot.length = 5;
            dot.outer = parse_format("bf16");
            expect_the_definition(dot, {3, 530, 23}, true, false, Data::any, Product::Start::bias, seed++);
            dot.order = Order::sequential;
            dot.product = parse_format("fp16");
            dot.product_rounding = parse_rounding("sr8");
            expect_the_definition(dot, {3, 5, 23}, false, true, Data::small, Product::Start::zero, seed++);
        }
}

TEST(MatrixProduct, OfTwosComplementOperandsIsTheDefinition) {
    std::uint64_t seed = 1100;
    for (const auto& [a, b] : {std::pair{"int8", "int8"}, std::pair{"int4", "fix8.6"}, std::pair{"int8", "e4m3fn"},
                               std::pair{"bf16", "fix16.12"}, std::pair{"fix6.6", "int24"}})
        for (const char* accumulator : {"fp32", "bf16", "fp16", "e6m9", "e5m2", "fp64"})
            for (const char* rounding : {"rne", "sr8", "rtz"})
                for (const Data data : {Data::small, Data::any}) {
                    Dot dot = make_dot(a, b, accumulator);
                    dot.rounding = parse_rounding(rounding);
                    const auto start = static_cast<Product::Start>(seed % 3);
                    expect_the_definition(dot, {5, 19, 25}, seed % 2 == 0, seed % 4 < 2, data, start, seed);
                    ++seed;
                }
}

TEST(MatrixProduct, IntoTwosComplementIsTheDefinition) {
    std::uint64_t seed = 1500;
    // Sums that binary32 holds, that only binary64 holds, that saturate on the way, and that are rounded.
    for (const auto& [a, b, accumulator] :
         {std::tuple{"int8", "int8", "int32"}, std::tuple{"int8", "int8", "int16"}, std::tuple{"int8", "int8", "int17"},
          std::tuple{"int4", "int8", "int48"}, std::tuple{"int16", "int16", "int32"},
          std::tuple{"fix8.6", "fix8.6", "fix24.12"}, std::tuple{"fix8.6", "fix8.6", "fix16.12"},
          std::tuple{"fix8.6", "fix8.6", "fix16.8"}, std::tuple{"e2m1fn", "e2m1fn", "fix12.2"},
          std::tuple{"int24", "int24", "int53"}, std::tuple{"e4m3fn", "int8", "int32"},
          std::tuple{"fix4.1", "int8", "fix20.6"}})
        for (const auto& shape : {Shape{5, 19, 25}, Shape{13, 33, 70}, Shape{2, 17, 0}})
            for (const char* rounding : {"rne", "rdn", "sr8"})
                for (const Data data : {Data::small, Data::any}) {
                    Dot dot = make_dot(a, b, accumulator);
                    dot.rounding = parse_rounding(rounding);
                    const auto start = static_cast<Product::Start>(seed % 3);
                    expect_the_definition(dot, shape, seed % 2 == 0, seed % 4 < 2, data, start, seed);
                    dot.order = static_cast<Order>(1 + seed % 3);
                    dot.length = 1 + static_cast<std::uint32_t>(seed % 9);
                    dot.guard_exact = true;
                    dot.outer = seed % 2 == 0 ? dot.accumulator : fixed_format(20, 3);
                    expect_the_definition(dot, shape, seed % 4 < 2, seed % 2 == 0, data, start, seed);
                    ++seed;
                }
}

TEST(MatrixProduct, OfTilesIsThatOfTheWhole) {
    std::uint64_t seed = 900;
    for (const char* rounding : {"rne", "sr8"})
        for (const Order order : {Order::sequential, Order::chunk, Order::tree}) {
            std::mt19937_64 random(seed++);
            Dot dot = make_dot("e4m3fn", "e5m2", "e6m9");
            dot.rounding = parse_rounding(rounding);
            dot.order = order;
            dot.length = order == Order::sequential ? 0 : 4;
            dot.outer = parse_format("e6m9");
            constexpr Shape shape{7, 40, 24};
            const Operands operands(dot, shape, false, false, Data::small, random);
            Packed whole = operands.before, tiled = operands.before;
            matrix_product(operands.product(Product::Start::zero), whole.view(), {key, 0, 0, shape.columns}, 1);
            for (std::uint64_t row = 0; row < shape.rows; row += 3)
                for (std::uint64_t column = 0; column < shape.columns; column += 16)
                    for (std::uint64_t k = 0; k < shape.depth; k += 8) {
                        const std::uint64_t rows = std::min<std::uint64_t>(3, shape.rows - row);
                        const std::uint64_t columns = std::min<std::uint64_t>(16, shape.columns - column);
                        Product part = operands.product(k == 0 ? Product::Start::zero : Product::Start::resume);
                        part.a.bytes += row * part.a.pitch + k;
                        part.a.rows = rows;
                        part.a.columns = 8;
                        part.b.bytes += k * part.b.pitch + column;
                        part.b.rows = 8;
                        part.b.columns = columns;
                        part.first_k = k;
                        Matrix out = tiled.view();
                        out.bytes += row * out.pitch + column * 2;
                        out.rows = rows;
                        out.columns = columns;
                        matrix_product(part, out, {key, row, column, shape.columns}, 1);
                    }
            EXPECT_EQ(whole.bytes, tiled.bytes) << rounding << " order " << static_cast<int>(order);
        }
}

TEST(MatrixProduct, RefusesOperandsThatDoNotFit) {
    std::mt19937_64 random(1);
    const Operands operands(make_dot("e4m3fn", "e4m3fn", "fp32"), {2, 3, 4}, false, false, Data::small, random);
    Packed result(fp32, 2, 4);
    EXPECT_THROW(matrix_product(operands.product(Product::Start::zero), result.view(), {key, 0, 0, 4}, 1), Error);
    Packed other(bf16, 2, 3);
    EXPECT_THROW(matrix_product(operands.product(Product::Start::zero), other.view(), {key, 0, 0, 3}, 1), Error);
}

}  // namespace
}  // namespace ulpsim::arithmetic

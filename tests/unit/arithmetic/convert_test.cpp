#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using testing::Data;
using testing::Packed;

constexpr RandomKey key{5, 6};

double definition(double x, double mask, const Epilogue& e, const Format& out, std::uint64_t element) {
    Unrounded value = exact_product(e.factor, x);
    const bool is_positive = value.kind != Unrounded::Kind::nan && !value.negative && x != 0;
    if (e.activation == Activation::relu && !is_positive && value.kind != Unrounded::Kind::nan) value = {};
    if (e.activation == Activation::relu_gradient && !(mask > 0)) value = {};
    const auto bits =
        e.rounding.is_stochastic() ? random_bits(key, element, 0, Stream::other, e.rounding.random_bits) : 0u;
    return round_to(out, e.rounding, value, bits);
}

void expect_the_definition(const char* in, const char* out, Epilogue e, std::uint64_t rows, std::uint64_t columns,
                           Data data, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const Packed input = testing::random_matrix(parse_format(in), rows, columns, data, random);
    const Packed mask = testing::random_matrix(parse_format("e4m3fn"), rows, columns, Data::any, random);
    const Format format = parse_format(out);
    e.mask = mask.view();
    Packed expected(format, rows, columns);
    for (std::uint64_t i = 0; i < rows; ++i) {
        const auto values = input.row(i), masks = mask.row(i);
        for (std::uint64_t j = 0; j < columns; ++j) {
            const double value = definition(values[j], masks[j], e, format, i * columns + j);
            pack(format, &value, j, 1, expected.view().bytes + i * expected.view().pitch);
        }
    }
    testing::at_every_level([&](int level) {
        for (const unsigned threads : {1u, 2u}) {
            Packed result(format, rows, columns);
            convert(input.view(), e, result.view(), {key, 0, 0, columns}, threads);
            EXPECT_EQ(result.bytes, expected.bytes)
                << in << " to " << out << " factor " << e.factor << " " << name(e.rounding) << " activation "
                << static_cast<int>(e.activation) << " level " << level << " seed " << seed;
        }
    });
}

TEST(Convert, IsItsDefinition) {
    std::uint64_t seed = 1;
    for (const char* in : {"fp32", "bf16", "e4m3fn", "e5m2fnuz", "fp64"})
        for (const char* out :
             {"e4m3fn", "e5m2", "bf16", "fp32", "fp16", "e2m1fn", "e4m3fnuz", "e8m22:nosub", "fp64", "e5m2:sat"})
            for (const char* rounding : {"rne", "sr8", "src4", "rdn"})
                for (const double factor : {1.0, 0x1p-6, 1024.0, 0x1p-130, 0x1p140, 1.0 / 3, -0.5, 0.0, 0.1f + 0.0}) {
                    Epilogue e;
                    e.factor = factor;
                    e.rounding = parse_rounding(rounding);
                    e.activation = static_cast<Activation>(seed % 3);
                    expect_the_definition(in, out, e, 3, 37, static_cast<Data>(seed / 3 % 3), seed);
                    ++seed;
                }
}

TEST(Convert, OfTwosComplementIsItsDefinition) {
    std::uint64_t seed = 7000;
    const std::pair<const char*, const char*> formats[] = {
        {"fp32", "int8"},      {"int32", "int8"}, {"int8", "e4m3fn"}, {"bf16", "fix8.6"}, {"fix16.8", "int4"},
        {"fix8.6", "fix12.3"}, {"int53", "fp32"}, {"fp64", "int24"},  {"int8", "int8"},   {"e5m2", "fix32.16"}};
    for (const auto& [in, out] : formats)
        for (const char* rounding : {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr8", "src4"})
            for (const double factor : {1.0, 0x1p-6, 64.0, 1.0 / 3, -0.5, 0.0}) {
                Epilogue e;
                e.factor = factor;
                e.rounding = parse_rounding(rounding);
                e.activation = static_cast<Activation>(seed % 3);
                expect_the_definition(in, out, e, 3, 37, static_cast<Data>(seed / 3 % 3), seed);
                ++seed;
            }
}

TEST(Convert, IsItsDefinitionAtAwkwardSizes) {
    std::uint64_t seed = 3000;
    Epilogue e;
    e.factor = 0x1p-3;
    e.rounding = parse_rounding("sr8");
    for (const std::uint64_t columns : {0u, 1u, 15u, 16u, 17u, 511u, 513u, 9000u})
        expect_the_definition("fp32", "e2m1fn", e, 2, columns, Data::small, seed++);
    for (const std::uint64_t rows : {0u, 1u, 900u})
        expect_the_definition("fp32", "e5m2", e, rows, 10, Data::small, seed++);
}

TEST(Convert, OfTilesIsThatOfTheWhole) {
    std::mt19937_64 random(9);
    const Packed input = testing::random_matrix(fp32, 9, 64, Data::small, random);
    Packed whole(parse_format("e5m2"), 9, 64), tiled = whole;
    Epilogue e;
    e.rounding = parse_rounding("sr4");
    convert(input.view(), e, whole.view(), {key, 0, 0, 64}, 1);
    for (std::uint64_t row = 0; row < 9; row += 4)
        for (std::uint64_t column = 0; column < 64; column += 24) {
            ConstMatrix in = input.view();
            Matrix out = tiled.view();
            in.rows = out.rows = std::min<std::uint64_t>(4, 9 - row);
            in.columns = out.columns = std::min<std::uint64_t>(24, 64 - column);
            in.bytes += row * in.pitch + column * 4;
            out.bytes += row * out.pitch + column;
            convert(in, e, out, {key, row, column, 64}, 1);
        }
    EXPECT_EQ(whole.bytes, tiled.bytes);
}

TEST(Convert, SumsAnExpansionExactly) {
    const Format pair = parse_format("exp(bf16,2)");
    Packed packed(pair, 1, 2);
    // 1.125 is a tie of e5m2, which the tail decides.
    const double heads[] = {1.125, 1.125}, tails[] = {0x1p-60, -0x1p-60};
    pack(bf16, heads, 0, 2, packed.view().bytes);
    pack(bf16, tails, 0, 2, packed.view().bytes + packed.view().plane);
    Packed result(parse_format("e5m2"), 1, 2);
    convert_expansion(packed.view(), rne, result.view(), {key, 0, 0, 2}, 1);
    EXPECT_EQ(result.row(0), (std::vector<double>{1.25, 1.0}));
    Packed again(pair, 1, 2);
    convert_expansion(packed.view(), rne, again.view(), {key, 0, 0, 2}, 1);
    EXPECT_EQ(again.bytes, packed.bytes);
}

TEST(Convert, RefusesOtherShapesAndExpansions) {
    Packed a(fp32, 2, 3), b(bf16, 3, 2), pair(parse_format("exp(bf16,2)"), 2, 3);
    EXPECT_THROW(convert(a.view(), {}, b.view(), {key, 0, 0, 2}, 1), Error);
    EXPECT_THROW(convert(pair.view(), {}, a.view(), {key, 0, 0, 3}, 1), Error);
}

TEST(ColumnSums, RoundEveryAdditionInAscendingRows) {
    std::mt19937_64 random(4);
    for (const char* rounding : {"rne", "sr8", "rdn"}) {
        const Packed in = testing::random_matrix(parse_format("e5m2"), 70, 21, Data::small, random);
        ColumnSums operation;
        operation.accumulator = parse_format("e6m9");
        operation.accumulator_rounding = parse_rounding(rounding);
        operation.factor = 0.1;
        operation.rounding = parse_rounding("sr4");
        const Format out = parse_format("bf16");
        Packed whole(out, 1, 21), parts(out, 1, 21), sums(operation.accumulator, 1, 21);
        column_sums(operation, in.view(), Matrix{}, whole.view(), {key, 0, 0, 21});
        for (std::uint64_t column = 0; column < 21; ++column) {
            double sum = 0;
            for (std::uint64_t row = 0; row < 70; ++row) {
                const auto bits = operation.accumulator_rounding.is_stochastic()
                                      ? random_bits(key, column, row, Stream::accumulate, 8)
                                      : 0u;
                sum = round_to(operation.accumulator, operation.accumulator_rounding,
                               exact_multiply_add(1, in.at(row, column), sum, rounding == std::string("rdn")), bits);
            }
            const double expected = round_to(out, operation.rounding, exact_product(0.1, sum),
                                             random_bits(key, column, 0, Stream::other, 4));
            EXPECT_EQ(whole.at(0, column), expected) << rounding;
        }
        for (std::uint64_t row = 0; row < 70; row += 30) {
            ConstMatrix part = in.view();
            part.bytes += row * part.pitch;
            part.rows = std::min<std::uint64_t>(30, 70 - row);
            operation.first_row = row;
            operation.last = row + part.rows == 70;
            column_sums(operation, part, sums.view(), parts.view(), {key, 0, 0, 21});
        }
        EXPECT_EQ(whole.bytes, parts.bytes) << rounding;
    }
}

TEST(ColumnSums, KeepTheLowerTermsOfAnExpansion) {
    std::mt19937_64 random(8);
    const Packed in = testing::random_matrix(parse_format("bf16"), 33, 19, Data::small, random);
    ColumnSums operation;
    operation.factor = 1.0 / 32;
    Packed sums(parse_format("exp(bf16,3)"), 1, 19), exact(fp32, 1, 19);
    column_sums(operation, in.view(), Matrix{}, sums.view(), {key, 0, 0, 19});
    column_sums(operation, in.view(), Matrix{}, exact.view(), {key, 0, 0, 19});
    std::vector<double> values(19);
    unpack_sum(sums.view(), 0, values.data());  // three terms of 8 bits hold a binary32 sum
    for (std::uint64_t column = 0; column < 19; ++column) EXPECT_EQ(values[column], exact.at(0, column)) << column;
}

}  // namespace
}  // namespace ulpsim::arithmetic

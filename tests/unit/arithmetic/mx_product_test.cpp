// Packed mx rows, and matrix products of them against the definition on their scaled values.
#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/mx_block.hpp"
#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using testing::Packed;

constexpr RandomKey key{7, 9};

/// Values over `binades` binades around 1, zeros among them, and now and then a NaN.
std::vector<double> random_values(std::uint64_t count, int binades, bool with_nan, std::mt19937_64& random) {
    std::vector<double> values(count);
    for (double& value : values) {
        value = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())) * 0x1p-63,
                           static_cast<int>(random() % static_cast<unsigned>(binades)) - binades / 2);
        if (random() % 9 == 0) value = 0;
        if (with_nan && random() % 97 == 0) value = NAN;
    }
    return values;
}

Packed packed_blocks(const Format& format, std::uint64_t rows, std::uint64_t columns, int binades, bool with_nan,
                     std::mt19937_64& random) {
    Packed matrix(format, rows, columns);
    const Matrix m = matrix.view();
    for (std::uint64_t row = 0; row < rows; ++row) {
        const auto values = random_values(columns, binades, with_nan, random);
        round_and_pack(format, rne, values.data(), 0, columns, key, 0, m.bytes + row * m.pitch);
    }
    return matrix;
}

std::vector<double> scaled_row(const Packed& matrix, std::uint64_t row) {
    std::vector<double> values(matrix.columns);
    const ConstMatrix m = matrix.view();
    unpack(m.format, m.bytes + row * m.pitch, 0, matrix.columns, values.data());
    return values;
}

TEST(MxRow, HoldsItsBlocksOneAfterTheOther) {
    std::mt19937_64 random{1};
    for (const char* text : {"mx(e4m3fn,32)", "mx(e2m1fn,5)", "mx(fix8.6,8)", "mx(e3m2fn,7)", "mx(e5m2,64,ceil)"})
        for (const char* mode : {"rne", "rtz", "sr8", "src3"}) {
            const Format format = parse_format(text);
            const Rounding rounding = parse_rounding(mode);
            constexpr std::uint64_t columns = 77, first_element = 400;
            const auto values = random_values(columns, 40, true, random);
            testing::at_every_level([&](int level) {
                std::vector<std::uint8_t> row(row_bytes(format, columns) + 1, 0xa5);
                round_and_pack(format, rounding, values.data(), 0, columns, key, first_element, row.data());
                ASSERT_EQ(row.back(), 0xa5) << "written past the end";
                std::vector<double> unpacked(columns);
                unpack(format, row.data(), 0, columns, unpacked.data());
                std::uint64_t at = 0;
                for (std::uint64_t first = 0; first < columns; first += format.block) {
                    const std::uint64_t size = std::min<std::uint64_t>(format.block, columns - first);
                    std::vector<std::uint32_t> draws(size);
                    for (std::uint64_t i = 0; i < size && rounding.is_stochastic(); ++i)
                        draws[i] = random_bits(key, first_element + first + i, 0, Stream::other, rounding.random_bits);
                    std::vector<double> elements(size);
                    const std::uint8_t scale =
                        quantise_block(format, rounding, std::span(values).subspan(first, size), draws, elements);
                    ASSERT_EQ(row[at], scale) << text << " block at " << first << " level " << level;
                    ASSERT_EQ(column_offset(format, first), at);
                    std::uint64_t bit = 8 * (at + 1);
                    for (std::uint64_t i = 0; i < size; ++i) {
                        std::uint64_t code = 0;
                        for (int b = 0; b < format.width(); ++b, ++bit)
                            code |= static_cast<std::uint64_t>(row[bit / 8] >> (bit % 8) & 1) << b;
                        ASSERT_EQ(code, encode(format.element(), elements[i])) << text << " element " << first + i;
                        const double value = elements[i] * decode_scale(scale);
                        ASSERT_TRUE(unpacked[first + i] == value ||
                                    (std::isnan(value) && std::isnan(unpacked[first + i])));
                    }
                    at += block_bytes(format, size);
                }
            });
        }
}

void expect_the_definition(const Dot& dot, std::uint64_t depth, int binades, bool with_nan, Product::Start start,
                           std::uint64_t seed) {
    constexpr std::uint64_t rows = 5, columns = 19;
    std::mt19937_64 random{seed};
    const auto operand = [&](const Format& format, std::uint64_t lines) {
        return format.is_mx() ? packed_blocks(format, lines, depth, binades, with_nan, random)
                              : testing::random_matrix(format, lines, depth, testing::Data::small, random);
    };
    const Packed a = operand(dot.a, rows), b = operand(dot.b, columns);
    const Format sum = result_format(dot);
    const Packed before = testing::random_matrix(sum, rows, columns, testing::Data::small, random);
    const Packed bias = testing::random_matrix(sum, 1, columns, testing::Data::small, random);
    Packed expected = before;
    for (std::uint64_t i = 0; i < rows; ++i)
        for (std::uint64_t j = 0; j < columns; ++j) {
            double c = start == Product::Start::zero     ? 0.0
                       : start == Product::Start::resume ? before.at(i, j)
                                                         : bias.at(0, j);
            c = dot_product(dot, scaled_row(a, i), scaled_row(b, j), c, key, i * columns + j);
            pack(sum, &c, j, 1, expected.view().bytes + i * expected.view().pitch);
        }
    testing::at_every_level([&](int level) {
        Packed result = before;
        const Product product{
            .dot = dot, .a = a.view(), .b = b.view(), .transpose_b = true, .start = start, .bias = bias.view()};
        matrix_product(product, result.view(), {key, 0, 0, columns}, 2);
        EXPECT_EQ(result.bytes, expected.bytes)
            << name(dot.a) << " " << name(dot.b) << " into " << name(dot.accumulator) << " " << name(dot.rounding)
            << " level " << level << " seed " << seed;
    });
}

TEST(MxProduct, IsTheDefinitionOnScaledValues) {
    std::uint64_t seed = 1;
    for (const auto& [a, b] : {std::pair{"mx(e4m3fn,32)", "mx(e4m3fn,32)"}, std::pair{"mx(e2m1fn,16)", "mx(e2m1fn,16)"},
                               std::pair{"mx(fix8.6,8)", "e4m3fn"}, std::pair{"bf16", "mx(e5m2,5,even)"}})
        for (const char* accumulator : {"fp32", "bf16", "fp16", "e6m9", "fp64"})
            for (const char* rounding : {"rne", "sr8", "rtz"})
                for (const int binades : {8, 60, 400})  // the last: scales that are clamped, and beyond binary32
                    for (const Order order : {Order::sequential, Order::chunk}) {
                        Dot dot;
                        dot.a = parse_format(a);
                        dot.b = parse_format(b);
                        dot.accumulator = parse_format(accumulator);
                        dot.rounding = parse_rounding(rounding);
                        dot.order = order;
                        dot.length = order == Order::chunk ? 11 : 0;
                        dot.outer = fp32;
                        const auto start = static_cast<Product::Start>(seed % 3);
                        expect_the_definition(dot, 70, binades, seed % 2 == 0, start, seed);
                        ++seed;
                    }
}

TEST(MxProduct, IsRefusedWhereBlocksLieAcrossK) {
    const Format mx = parse_format("mx(e4m3fn,4)");
    const Packed a(mx, 8, 8), b(mx, 8, 8);
    Packed sums(fp32, 8, 8);
    Dot dot;
    dot.a = dot.b = mx;
    Product product{.dot = dot, .a = a.view(), .b = b.view(), .transpose_b = true};
    matrix_product(product, sums.view(), {key, 0, 0, 8}, 1);
    product.transpose_a = true;
    EXPECT_THROW(matrix_product(product, sums.view(), {key, 0, 0, 8}, 1), Error);
    product.transpose_a = product.transpose_b = false;
    EXPECT_THROW(matrix_product(product, sums.view(), {key, 0, 0, 8}, 1), Error);
}

TEST(ConvertTransposed, GivesBlocksAlongTheOtherAxis) {
    std::mt19937_64 random{3};
    const Packed in = testing::random_matrix(bf16, 37, 21, testing::Data::small, random);
    const Packed mask = testing::random_matrix(bf16, 37, 21, testing::Data::small, random);
    for (const char* mode : {"rne", "sr8"})
        for (const Activation activation : {Activation::none, Activation::relu, Activation::relu_gradient})
            for (const char* text : {"mx(e4m3fn,32)", "e4m3fn", "fp64"}) {
                const Format format = parse_format(text);
                const Epilogue epilogue{
                    .factor = 1.0 / 3, .activation = activation, .mask = mask.view(), .rounding = parse_rounding(mode)};
                Packed turned(bf16, 21, 37), turned_mask(bf16, 21, 37), expected(format, 21, 37), result = expected;
                for (std::uint64_t i = 0; i < 37; ++i) {
                    const auto row = in.row(i), mask_row = mask.row(i);
                    for (std::uint64_t j = 0; j < 21; ++j) {
                        pack(bf16, &row[j], i, 1, turned.view().bytes + j * turned.view().pitch);
                        pack(bf16, &mask_row[j], i, 1, turned_mask.view().bytes + j * turned_mask.view().pitch);
                    }
                }
                Epilogue straight = epilogue;
                straight.mask = turned_mask.view();
                convert(turned.view(), straight, expected.view(), {key, 0, 0, 37}, 1);
                convert_transposed(in.view(), epilogue, result.view(), {key, 0, 0, 37}, 2);
                EXPECT_EQ(result.bytes, expected.bytes) << text << " " << mode;
            }
}

}  // namespace
}  // namespace ulpsim::arithmetic

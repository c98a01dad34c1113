#include "models/arithmetic/tensor_scale.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using testing::Packed;

constexpr RandomKey key{1, 2};

Packed row_of(const Format& format, const std::vector<double>& values) {
    Packed matrix(format, 1, values.size());
    round_and_pack(format, rne, values.data(), 0, values.size(), key, 0, matrix.view().bytes, matrix.view().plane);
    return matrix;
}

double scale_of(const char* format, const std::vector<double>& values) {
    return power_of_two_scale(parse_format(format), extremes(row_of(fp64, values).view()));
}

TEST(TensorScale, IsTheSmallestPowerOfTwoThatSaturatesNothing) {
    EXPECT_EQ(scale_of("int8", {127, -128, 3}), 1);
    EXPECT_EQ(scale_of("int8", {127.5}), 2);  // before rounding
    EXPECT_EQ(scale_of("int8", {128}), 2);
    EXPECT_EQ(scale_of("int8", {-128}), 1);
    EXPECT_EQ(scale_of("int8", {-129}), 2);
    EXPECT_EQ(scale_of("int8", {1}), 0x1p-6);
    EXPECT_EQ(scale_of("int8", {-1}), 0x1p-7);
    EXPECT_EQ(scale_of("int4", {0.1, -0.2}), 0x1p-5);
    EXPECT_EQ(scale_of("int8", {0, -0.0}), 1);
    EXPECT_EQ(scale_of("int8", {1e-300}), 0x1p-1000);
    EXPECT_TRUE(std::isnan(scale_of("int8", {1, NAN})));
    EXPECT_TRUE(std::isnan(scale_of("int8", {1, -INFINITY})));
}

TEST(TensorScale, IsOneBelowWhichAValueLiesBeyondTheFormat) {
    std::mt19937_64 random{3};
    for (int draw = 0; draw < 2000; ++draw) {
        const int width = 2 + static_cast<int>(random() % 30);
        const Format format = integer_format(width);
        const double value = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())), -20 - draw % 90);
        const double scale = power_of_two_scale(format, {std::min(value, 0.0), std::max(value, 0.0)});
        const auto fits = [&](double s) {
            return value / s <= largest_finite(format) && value / s >= lowest_finite(format);
        };
        ASSERT_TRUE(fits(scale)) << value << " in " << name(format);
        ASSERT_FALSE(fits(scale / 2)) << value << " in " << name(format);
    }
}

TEST(TensorScale, OfPartsIsThatOfTheWhole) {
    const Extremes parts = join(join({}, extremes(row_of(fp32, {3, -1}).view())), extremes(row_of(fp32, {-9}).view()));
    EXPECT_EQ(parts.low, -9);
    EXPECT_EQ(parts.high, 3);
    EXPECT_TRUE(std::isnan(join(parts, extremes(row_of(fp32, {NAN}).view())).high));
    EXPECT_EQ(extremes(row_of(parse_format("exp(bf16,2)"), {1.0009765625}).view()).high, 1.0009765625);
}

TEST(ConvertTensor, DividesByAScaleOnceAndRounds) {
    std::mt19937_64 random{4};
    const Format int8 = parse_format("int8");
    for (const char* in : {"fp32", "bf16", "exp(bf16,2)"})
        for (const double scale : {1.0, 0x1p-5, 0.1, 3.0})
            for (const char* mode : {"rne", "sr8", "rtz"})
                for (const bool transpose : {false, true}) {
                    const Rounding rounding = parse_rounding(mode);
                    constexpr std::uint64_t rows = 5, columns = 23;
                    const Packed source =
                        testing::random_matrix(parse_format(in), rows, columns, testing::Data::small, random);
                    Packed result(int8, transpose ? columns : rows, transpose ? rows : columns);
                    convert_tensor(source.view(), transpose, scale, rounding, result.view(),
                                   {key, 0, 0, result.columns}, 2);
                    for (std::uint64_t i = 0; i < result.rows; ++i)
                        for (std::uint64_t j = 0; j < result.columns; ++j) {
                            const std::uint64_t row = transpose ? j : i, column = transpose ? i : j;
                            double sum = source.row(row)[column];
                            if (source.format.is_expansion()) sum += source.row(row, 1)[column];
                            const auto draw = rounding.is_stochastic()
                                                  ? random_bits(key, i * result.columns + j, 0, Stream::other, 8)
                                                  : 0u;
                            ASSERT_EQ(result.at(i, j), round_to(int8, rounding, sum / scale, draw))
                                << in << " " << scale << " " << mode;
                        }
                }
}

}  // namespace
}  // namespace ulpsim::arithmetic

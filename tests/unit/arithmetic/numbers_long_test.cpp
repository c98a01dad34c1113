// Minutes: ten million roundings a format against MPFR, and a hundred thousand dot products against rationals.
#include <gtest/gtest.h>

#include <cmath>

#include "models/arithmetic/packing.hpp"
#include "tests/unit/arithmetic/oracle.hpp"
#include "tests/unit/arithmetic/rational_dot.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::same;

constexpr Rounding deterministic[] = {{RoundingMode::rne, 0}, {RoundingMode::rna, 0}, {RoundingMode::rtz, 0},
                                      {RoundingMode::rup, 0}, {RoundingMode::rdn, 0}, {RoundingMode::rto, 0}};
constexpr RandomKey key{5, 6};

class TenMillion : public ::testing::TestWithParam<const char*> {};

TEST_P(TenMillion, RoundingsAgreeWithMpfr) {
    const Format f = parse_format(GetParam());
    constexpr std::size_t piece = 10'000;
    std::mt19937_64 random{7};
    std::vector<double> values(piece), rounded(piece);
    std::vector<std::uint8_t> bytes(row_bytes(f, piece));
    for (int round = 0; round < 1000; ++round) {
        const Rounding rounding = deterministic[round % std::size(deterministic)];
        for (double& value : values) value = test::near_range_of(f, random);
        round_and_pack(f, rounding, values.data(), 0, piece, key, 0, bytes.data());
        unpack(f, bytes.data(), 0, piece, rounded.data());
        for (std::size_t i = 0; i < piece; ++i)
            ASSERT_PRED2(same, rounded[i], test::rounded_by_mpfr(f, rounding.mode, values[i]))
                << name(rounding) << " of " << std::hexfloat << values[i] << ", round " << round;
    }
}

INSTANTIATE_TEST_SUITE_P(Rounding, TenMillion,
                         testing::Values("e4m3fn", "e5m2", "e2m1fn", "e3m2fn", "e4m3fnuz", "e6m9", "fp16", "bf16",
                                         "tf32", "fp32", "e8m23:nosub", "fp64"),
                         [](const auto& parameter) {
                             std::string label = parameter.param;
                             for (char& c : label)
                                 if (c == ':') c = '_';
                             return label;
                         });

/// A dot product of a grid: its formats, rounding and order by the draw.
Dot definition(std::mt19937_64& random) {
    constexpr std::pair<const char*, const char*> formats[] = {
        {"e4m3fn", "e8m7"}, {"e5m2", "fp32"}, {"bf16", "e8m3"}, {"fp16", "e8m14"}, {"e2m1fn", "fp32"},
        {"int8", "int20"},  {"int8", "fp32"}, {"bf16", "fp64"}, {"e3m2fn", "e8m5"}};
    constexpr const char* roundings[] = {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr8", "src12", "sr24"};
    Dot d;
    const auto& [input, accumulator] = formats[random() % std::size(formats)];
    d.a = d.b = parse_format(input);
    d.accumulator = parse_format(accumulator);
    d.rounding = parse_rounding(roundings[random() % std::size(roundings)]);
    d.order = static_cast<Order>(random() % 4);
    if (d.order != Order::sequential) d.length = 1 + static_cast<std::uint32_t>(random() % 70);
    d.outer = parse_format("e8m12");
    d.guard = static_cast<std::int16_t>(random() % 6) - 1;
    d.guard_exact = random() % 5 == 0;
    if (random() % 5 == 0) {
        d.product = parse_format("e8m5");
        d.product_rounding = parse_rounding("sr5");
    }
    return d;
}

double draw_value(const Format& f, bool with_specials, std::mt19937_64& random) {
    while (true) {
        const double value = decode(f, random() & ((std::uint64_t{1} << f.width()) - 1));
        if (with_specials) return value;
        if (std::isfinite(value) && std::fabs(value) < 0x1p20 && std::fabs(value) > 0x1p-20) return value;
    }
}

TEST(DotLong, HundredThousandVectorsAgreeWithRationals) {
    std::mt19937_64 random{8};
    for (int draw = 0; draw < 100'000; ++draw) {
        const Dot d = definition(random);
        const std::size_t size = random() % 301;
        std::vector<double> a, b;
        for (std::size_t k = 0; k < size; ++k) {
            const bool cancels = k % 3 == 2;  // nearly: a neighbour's opposite
            a.push_back(cancels ? a[k - 1] : draw_value(d.a, false, random));
            b.push_back(cancels && -b[k - 1] >= lowest_finite(d.b) && -b[k - 1] <= largest_finite(d.b)
                            ? -b[k - 1]
                            : draw_value(d.b, false, random));
        }
        const double start = random() % 3 == 0 ? 0 : round_to(result_format(d), rne, draw_value(d.a, false, random));
        const std::uint64_t element = random() % 1000;
        ASSERT_EQ(dot_product(d, a, b, start, key, element), test::RationalDot(d, a, b, key, element).value(start))
            << name(d.a) << " into " << name(d.accumulator) << " " << name(d.rounding) << ", order "
            << static_cast<int>(d.order) << ", length " << d.length << ", size " << size << ", draw " << draw;
    }
}

/// Where no sum overflows, specials spread in any order alike (IEEE 754): NaN, 0 * infinity and opposite infinities give
/// NaN, else an infinity stays.
TEST(DotLong, SpecialsSpreadInEveryOrder) {
    std::mt19937_64 random{9};
    for (int draw = 0; draw < 20'000; ++draw) {
        Dot d = definition(random);
        d.a = d.b = parse_format(random() % 2 == 0 ? "e5m2" : "e4m3");
        d.accumulator = d.outer = fp32;
        d.product.reset();
        const std::size_t size = random() % 60;
        std::vector<double> a, b;
        bool is_nan = false, plus = false, minus = false;
        for (std::size_t k = 0; k < size; ++k) {
            // Few specials, so that not every vector is NaN.
            a.push_back(draw_value(d.a, random() % 16 == 0, random));
            b.push_back(draw_value(d.b, random() % 16 == 0, random));
            const double product = a[k] * b[k];
            is_nan = is_nan || std::isnan(product);
            plus = plus || product == test::infinity;
            minus = minus || product == -test::infinity;
        }
        const double sum = dot_product(d, a, b, 1, key, 0);
        if (is_nan || (plus && minus))
            ASSERT_TRUE(std::isnan(sum)) << draw;
        else if (plus || minus)
            ASSERT_EQ(sum, plus ? test::infinity : -test::infinity) << draw;
        else
            ASSERT_TRUE(std::isfinite(sum)) << draw;
    }
}

}  // namespace
}  // namespace ulpsim::arithmetic

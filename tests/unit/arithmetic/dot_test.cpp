#include "models/arithmetic/dot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/exact_sum.hpp"
#include "tests/unit/arithmetic/oracle.hpp"
#include "tests/unit/arithmetic/rational_dot.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::infinity;
using test::not_a_number;
using test::Rational;
using test::rational;
using test::RationalDot;
using test::same;

constexpr RandomKey key{17, 4};

double dot(const Dot& d, std::vector<double> a, std::vector<double> b, double start = 0) {
    check(d);
    return dot_product(d, a, b, start, key, 0);
}

Dot definition(const char* input, const char* accumulator, const char* rounding = "rne") {
    Dot d;
    d.a = d.b = parse_format(input);
    d.accumulator = d.outer = parse_format(accumulator);
    d.rounding = parse_rounding(rounding);
    return d;
}
Dot grouped(Dot d, Order order, std::uint32_t length, int guard = 0) {
    d.order = order;
    d.length = length;
    d.guard = static_cast<std::int16_t>(guard);
    return d;
}
Dot aligned_exactly(Dot d, std::uint32_t length) {
    d = grouped(d, Order::align, length);
    d.guard_exact = true;
    return d;
}

// The hand-checkable cases of the arithmetic facts, 5.1.
TEST(Dot, OfOnesStopsWhereTheAccumulatorDoes) {
    const std::vector<double> thousand(1000, 1), five_thousand(5000, 1);
    EXPECT_EQ(dot(definition("bf16", "bf16"), thousand, thousand), 256);             // T10
    EXPECT_EQ(dot(definition("e6m9", "e6m9"), five_thousand, five_thousand), 1024);  // T11
    EXPECT_EQ(dot(grouped(definition("e6m9", "e6m9"), Order::chunk, 64), five_thousand, five_thousand), 5000);
}

TEST(Dot, OfTinyProductsOntoOneDependsOnTheOrder) {  // T12
    const std::vector<double> tiny(4, 0x1p-12);
    const Dot d = definition("fp16", "fp32");
    EXPECT_EQ(dot(d, tiny, tiny, 1), 1);
    EXPECT_EQ(dot(grouped(d, Order::align, 4, 0), tiny, tiny, 1), 1);
    EXPECT_EQ(dot(grouped(d, Order::align, 8, 1), tiny, tiny, 1), 1 + 0x1p-22);
    EXPECT_EQ(dot(aligned_exactly(d, 4), tiny, tiny, 1), 1 + 0x1p-22);
}

TEST(Dot, ThatCancelsKeepsWhatTheGuardKeeps) {  // T13
    const std::vector<double> a{256, 1, -256}, b{256, 0x1p-8, 256};
    const Dot d = definition("fp16", "fp32");
    EXPECT_EQ(dot(d, a, b), 0);
    EXPECT_EQ(dot(grouped(d, Order::align, 4, 0), a, b), 0);
    EXPECT_EQ(dot(grouped(d, Order::align, 8, 1), a, b), 0.00390625);
}

TEST(Dot, CutsNegativeTermsInSignAndMagnitude) {  // T14
    const std::vector<double> a{-(1 + 0x1p-10)}, b{0x1p-14};
    EXPECT_EQ(dot(grouped(definition("fp16", "fp32", "rtz"), Order::align, 4, 0), a, b, 1), 0x1.fff8p-1);
    EXPECT_EQ(dot(grouped(definition("fp16", "fp32", "rtz"), Order::align, 8, 1), a, b, 1), 0x1.fff7fep-1);
    EXPECT_EQ(dot(definition("fp16", "fp32"), a, b, 1), 0x1.fff7fep-1);
}

TEST(Dot, OfH100Fp8LosesWhatLiesBelowThirteenFractionBits) {  // facts 4.1
    const std::vector<double> a(32, 0x1p-7), b(32, 0x1p-7);
    EXPECT_EQ(dot(grouped(definition("e4m3fn", "fp32", "rtz"), Order::align, 32, -10), a, b, 1), 1);
}

TEST(Dot, AlignsSubnormalsByTheirFormatsSmallestExponent) {
    // fp16's 2^-24 counts as 2^-14 * 0.0000000001: the product's exponent is -14 - 14, not -48; 2^-30 * 1.5 is then cut
    // at 2^(-28 - 23) although it is the largest term.
    const std::vector<double> a{0x1p-24, 0x1p-24}, b{0x1p-24, 0x1p-20};
    const Dot d = grouped(definition("fp16", "fp32", "rtz"), Order::align, 4, -4);
    EXPECT_EQ(dot(d, a, b), 0x1p-44);  // last place 2^-47: 2^-48 is cut away, 2^-44 stays
    const Dot wide = grouped(definition("bf16", "fp32", "rtz"), Order::align, 4, -4);
    EXPECT_EQ(dot(wide, a, b), 0x1p-44 + 0x1p-48);  // normal in bf16: last place 2^-63
}

double random_value(const Format& f, std::mt19937_64& random) {
    while (true) {
        const double value = decode(f, random() & ((std::uint64_t{1} << f.width()) - 1));
        if (std::isfinite(value) && std::fabs(value) < 0x1p20 && std::fabs(value) > 0x1p-20) return value;
    }
}

std::vector<Dot> orders(const Dot& d) {
    std::vector<Dot> all{d};
    for (const std::uint32_t length : {1u, 2u, 3u, 5u, 8u, 64u}) {
        all.push_back(grouped(d, Order::chunk, length));
        all.push_back(grouped(d, Order::tree, length));
        all.push_back(aligned_exactly(d, length));
        for (const int guard : {-2, 0, 3}) all.push_back(grouped(d, Order::align, length, guard));
    }
    return all;
}

std::string describe(const Dot& d) {
    std::string text = name(d.a) + " into " + name(d.accumulator) + " " + name(d.rounding);
    if (d.product) text += ", product " + name(*d.product) + " " + name(d.product_rounding);
    return text + ", order " + std::to_string(static_cast<int>(d.order)) + ", length " + std::to_string(d.length) +
           ", guard " + (d.guard_exact ? "exact" : std::to_string(d.guard));
}

TEST(Dot, AgreesWithRationalsInEveryOrderAndRounding) {
    std::mt19937_64 random{13};
    const std::pair<const char*, const char*> formats[] = {
        {"e4m3fn", "e8m7"}, {"e5m2", "fp32"},  {"bf16", "e8m3"},      {"fp16", "e8m14"}, {"bf16", "fp32:nosub"},
        {"int8", "fp32"},   {"int8", "int20"}, {"fix8.6", "fix12.4"}, {"int4", "bf16"},  {"bf16", "fix24.12"}};
    for (const auto& [input, accumulator] : formats)
        for (const char* rounding : {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr8", "src12", "sr24"})
            for (const char* product : {"", "e8m5"})
                for (Dot d : orders(definition(input, accumulator, rounding))) {
                    if (*product != 0) {
                        d.product = parse_format(product);
                        d.product_rounding = parse_rounding("sr5");
                    }
                    d.outer = parse_format("e8m12");
                    const std::size_t size = 1 + random() % 23;
                    std::vector<double> a, b;
                    for (std::size_t k = 0; k < size; ++k) {
                        a.push_back(random_value(d.a, random));
                        b.push_back(k % 3 == 2 ? -b.back() : random_value(d.b, random));  // neighbours nearly cancel
                        if (k % 3 == 2) a.back() = a[k - 1];
                    }
                    const double start =
                        random() % 3 == 0 ? 0 : round_to(result_format(d), rne, random_value(d.a, random));
                    const std::uint64_t element = random() % 1000;
                    check(d);
                    ASSERT_EQ(dot_product(d, a, b, start, key, element),
                              RationalDot(d, a, b, key, element).value(start))
                        << describe(d) << ", size " << size;
                }
}

TEST(Dot, DoesNotDependOnHowKIsCut) {
    std::mt19937_64 random{14};
    for (const char* rounding : {"rne", "sr8", "sr16"})
        for (Dot d : orders(definition("e4m3fn", "e6m5", rounding))) {
            d.product = parse_format("e6m4");
            d.product_rounding = parse_rounding("sr3");
            std::vector<double> a, b;
            for (int k = 0; k < 150; ++k) {
                a.push_back(random_value(d.a, random));
                b.push_back(random_value(d.b, random));
            }
            const double whole = dot_product(d, a, b, 0, key, 3);
            const std::uint64_t tile = split_granule(d) * (1 + random() % 9);
            double tiled = 0;
            for (std::uint64_t k = 0; k < a.size(); k += tile) {
                const std::size_t size = std::min<std::size_t>(tile, a.size() - k);
                tiled = dot_product(d, std::span(a).subspan(k, size), std::span(b).subspan(k, size), tiled, key, 3, k);
            }
            ASSERT_PRED2(same, tiled, whole) << describe(d) << ", tile " << tile;
        }
}

TEST(Dot, OfGroupsOfOneWithoutACutIsTheFusedMultiplyAdd) {
    std::mt19937_64 random{15};
    const Dot d = definition("bf16", "bf16");
    for (int draw = 0; draw < 500; ++draw) {
        std::vector<double> a, b;
        for (int k = 0; k < 6; ++k) {
            a.push_back(decode(bf16, random() & 0xffff));  // zeros, infinities and NaN too
            b.push_back(decode(bf16, random() & 0xffff));
        }
        const double start = decode(bf16, random() & 0xffff);
        const double fused = dot(d, a, b, start);
        ASSERT_PRED2(same, dot(aligned_exactly(d, 1), a, b, start), fused);
        ASSERT_PRED2(same, dot(grouped(d, Order::tree, 1), a, b, start), fused);
    }
}

TEST(Dot, SpreadsSpecialsInAnyOrder) {
    const std::vector<double> ones(5, 1);
    for (const Dot& d : orders(definition("bf16", "fp32"))) {
        EXPECT_PRED2(same, dot(d, {1, infinity, 2, 3, 4}, ones), infinity) << describe(d);
        EXPECT_PRED2(same, dot(d, {1, infinity, 2, -infinity, 4}, ones), not_a_number) << describe(d);
        EXPECT_PRED2(same, dot(d, {1, infinity, 2, 3, 4}, ones, -infinity), not_a_number) << describe(d);
        EXPECT_PRED2(same, dot(d, {1, 2, 3, 4, not_a_number}, ones), not_a_number) << describe(d);
        EXPECT_PRED2(same, dot(d, {1, 2, 0, 4, 5}, {1, 1, infinity, 1, 1}), not_a_number) << describe(d);
    }
    for (const Dot& d : orders(definition("bf16", "e4m3fn:sat"))) EXPECT_EQ(dot(d, {1e30}, {1}), 448) << describe(d);
}

TEST(Dot, SignsItsZeros) {
    for (const char* rounding : {"rne", "rdn"})
        for (const Dot& d : orders(definition("bf16", "fp32", rounding))) {
            const double zero = *rounding == 'r' && rounding[1] == 'd' ? -0.0 : 0.0;
            EXPECT_PRED2(same, dot(d, {2, -2}, {3, 3}), zero) << describe(d);
            EXPECT_PRED2(same, dot(d, {0.0}, {3}), 0.0) << describe(d);
            const bool from_plus_zero = d.order == Order::chunk;  // where chunks start
            EXPECT_PRED2(same, dot(d, {-0.0}, {3}, -0.0), from_plus_zero ? zero : -0.0) << describe(d);
            EXPECT_PRED2(same, dot(d, {-0.0, 0.0}, {3, 3}, -0.0), zero) << describe(d);
        }
}

TEST(Dot, OfNothingIsItsStart) {
    for (const Dot& d : orders(definition("bf16", "fp32"))) EXPECT_PRED2(same, dot(d, {}, {}, -3), -3.0);
}

TEST(Dot, RefusesWhatIsNotDefined) {
    const Dot good = definition("bf16", "fp32");
    const auto error_of = [](const Dot& d) -> std::string {
        try {
            check(d);
        } catch (const Error& error) {
            return error.what();
        }
        return "accepted";
    };
    EXPECT_EQ(error_of(good), "accepted");
    Dot d = good;
    d.accumulator = parse_format("exp(bf16,2)");
    EXPECT_EQ(error_of(d), "accumulator is exp(e8m7,2); allowed: a format that is neither exp nor mx");
    d = good;
    d.product = parse_format("exp(bf16,2)");
    EXPECT_THAT(error_of(d), testing::StartsWith("product is"));
    EXPECT_EQ(error_of(grouped(good, Order::chunk, 0)), "chunk is 0; allowed: 1 to 4294967295");
    EXPECT_EQ(error_of(grouped(good, Order::tree, 0)), "tree is 0; allowed: 1 to 4294967295");
    EXPECT_EQ(error_of(grouped(good, Order::align, 4, -24)),
              "guard is -24; allowed: -23 to 1024 for an accumulator of e8m23, or exact");
    EXPECT_EQ(error_of(grouped(good, Order::align, 4, -23)), "accepted");
    d = good;
    d.rounding = {RoundingMode::sr, 0};
    EXPECT_EQ(error_of(d), "rounding is sr0; allowed: 1 to 32 random bits");
}

TEST(Dot, SaysItsResultFormatAndWhereKMayBeCut) {
    Dot d = definition("bf16", "e6m9");
    d.outer = fp32;
    EXPECT_EQ(result_format(d), d.accumulator);
    EXPECT_EQ(split_granule(d), 1u);
    EXPECT_EQ(result_format(grouped(d, Order::chunk, 64)), fp32);
    EXPECT_EQ(split_granule(grouped(d, Order::chunk, 64)), 64u);
    EXPECT_EQ(split_granule(grouped(d, Order::tree, 8)), 8u);
    EXPECT_EQ(split_granule(grouped(d, Order::align, 16)), 16u);
    EXPECT_EQ(result_format(grouped(d, Order::align, 16)), d.accumulator);
}

TEST(ExactSum, HoldsSumsOfProductsOverTheWholeRangeOfBinary64) {
    std::mt19937_64 random{16};
    for (int draw = 0; draw < 300; ++draw) {
        ExactSum sum;
        Rational expected = 0;
        for (int i = 0; i < 12; ++i) {
            const double a = std::bit_cast<double>(random()), b = std::bit_cast<double>(random());
            if (!std::isfinite(a) || !std::isfinite(b)) continue;
            sum.add(exact_product(a, b));
            expected += rational(a) * rational(b);
            if (i % 3 == 0) {  // leave a small remainder behind
                sum.add(exact_product(-a, b));
                expected -= rational(a) * rational(b);
            }
        }
        const Unrounded value = sum.value(false);
        const Rational cut =
            Rational(boost::multiprecision::cpp_int(static_cast<std::uint64_t>(value.significand >> 64)) *
                         (boost::multiprecision::cpp_int(1) << 64) +
                     static_cast<std::uint64_t>(value.significand)) *
            test::power_of_two_rational(value.exponent);
        const Rational unit = test::power_of_two_rational(value.exponent);
        ASSERT_EQ(value.negative, expected < 0);
        ASSERT_LE(cut, abs(expected));
        ASSERT_LT(abs(expected) - cut, unit);
        ASSERT_EQ(value.sticky, cut != abs(expected));
        ASSERT_EQ(static_cast<std::uint64_t>(value.significand >> 125), 1u);
    }
}

}  // namespace
}  // namespace ulpsim::arithmetic

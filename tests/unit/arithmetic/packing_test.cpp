#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <stdexcept>

#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using testing::Data;
using testing::Packed;

/// One format of every width that there is, and the special ones.
std::vector<Format> formats() {
    std::vector<Format> all;
    for (const char* name :
         {"e2m0fn",       "e2m1fn",      "e3m0fn",       "e2m2",      "e2m3fn",      "e3m2fn",
          "e4m3fn",       "e4m3",        "e5m2",         "e5m2fnuz",  "e4m3fnuz",    "e3m4",
          "e4m3fn:sat",   "e5m2:nosub",  "e4m3fn:nosub", "e8m7fnuz",  "e4m3:bias=0", "e4m3fn:bias=20",
          "e5m2:bias=-4", "e8m23:nosub", "e8m23:sat",    "e8m7:nosub"})
        all.push_back(parse_format(name));
    for (int width = 4; width <= 64; ++width) {
        const int exponent = width < 8 ? 2 : width < 16 ? 5 : width < 40 ? 8 : 11;
        all.push_back(parse_format("e" + std::to_string(exponent) + "m" + std::to_string(width - 1 - exponent)));
    }
    for (int width = 2; width <= 53; ++width) all.push_back(integer_format(width));
    for (const char* name : {"fix2.2", "fix5.1", "fix8.6", "fix8.8", "fix16.8", "fix24.24", "fix25.3", "fix32.31"})
        all.push_back(parse_format(name));
    return all;
}

std::uint64_t code_at(const std::vector<std::uint8_t>& bytes, std::uint64_t index, int width) {
    std::uint64_t code = 0;
    for (int bit = 0; bit < width; ++bit) {
        const std::uint64_t position = index * static_cast<std::uint64_t>(width) + static_cast<std::uint64_t>(bit);
        code |= static_cast<std::uint64_t>(bytes[position / 8] >> (position % 8) & 1) << bit;
    }
    return code;
}

bool is_same(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

TEST(Packing, DecodesEveryWidthFromEveryPosition) {
    std::mt19937_64 random(1);
    for (const Format& format : formats()) {
        constexpr std::uint64_t elements = 90;
        std::vector<std::uint8_t> bytes(row_bytes(format, elements));
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        testing::at_every_level([&](int level) {
            for (std::uint64_t first = 0; first < 9; ++first) {
                for (const std::uint64_t count : {0u, 1u, 3u, 15u, 16u, 17u, 81u}) {
                    std::vector<double> values(count + 1, 77.0);
                    unpack(format, bytes.data(), first, count, values.data());
                    for (std::uint64_t i = 0; i < count; ++i)
                        ASSERT_TRUE(is_same(values[i], decode(format, code_at(bytes, first + i, format.width()))))
                            << name(format) << " element " << first + i << " level " << level;
                    ASSERT_EQ(values[count], 77.0) << "written past the end";
                    if (!fits_binary32(format)) continue;
                    std::vector<float> narrow(count + 1, 77.0f);
                    unpack(format, bytes.data(), first, count, narrow.data());
                    for (std::uint64_t i = 0; i < count; ++i)
                        ASSERT_TRUE(is_same(static_cast<double>(narrow[i]), values[i])) << name(format);
                    ASSERT_EQ(narrow[count], 77.0f);
                }
            }
        });
    }
}

TEST(Packing, WritesNothingButItsElements) {
    std::mt19937_64 random(2);
    for (const Format& format : formats()) {
        constexpr std::uint64_t elements = 60;
        std::vector<std::uint8_t> before(row_bytes(format, elements));
        for (auto& byte : before) byte = static_cast<std::uint8_t>(random());
        testing::at_every_level([&](int level) {
            for (std::uint64_t first = 0; first < 9; ++first) {
                for (const std::uint64_t count : {1u, 3u, 16u, 51u}) {
                    std::vector<double> values(count);
                    for (auto& value : values) value = testing::draw_value(format, Data::any, random);
                    auto bytes = before;
                    pack(format, values.data(), first, count, bytes.data());
                    for (std::uint64_t i = 0; i < elements; ++i) {
                        const bool written = i >= first && i < first + count;
                        const std::uint64_t expected =
                            written ? encode(format, values[i - first]) : code_at(before, i, format.width());
                        ASSERT_EQ(code_at(bytes, i, format.width()), expected)
                            << name(format) << " element " << i << " of " << first << "+" << count << " level "
                            << level;
                    }
                }
            }
        });
    }
}

/// Values that rounding finds difficult: around the format's ends, ties and neighbours of ties, bit patterns.
template <class Real>
std::vector<Real> difficult_values(const Format& format, std::mt19937_64& random) {
    constexpr Real infinity = std::numeric_limits<Real>::infinity();
    std::vector<Real> values = {0,
                                Real(-0.0),
                                infinity,
                                -infinity,
                                std::numeric_limits<Real>::quiet_NaN(),
                                std::numeric_limits<Real>::denorm_min(),
                                std::numeric_limits<Real>::max()};
    const auto around = [&](double x) {
        const Real middle = static_cast<Real>(x);
        for (const Real value : {middle, std::nextafter(middle, infinity), std::nextafter(middle, -infinity)}) {
            values.push_back(value);
            values.push_back(-value);
        }
    };
    const double last = std::ldexp(1.0, format.emin() - format.mantissa_bits);
    for (const double quanta : {0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.5}) around(last * quanta);
    around(smallest_normal(format));
    around(smallest_normal(format) - last / 2);
    const double top = largest_finite(format), step = std::ldexp(1.0, emax(format) - format.mantissa_bits);
    for (const double steps : {-0.5, 0.0, 0.25, 0.5, 0.75, 1.0}) around(top + steps * step);
    for (int draw = 0; draw < 400; ++draw) {
        const double value = testing::draw_value(format, Data::any_finite, random);
        int exponent = 0;
        std::frexp(value, &exponent);
        const double ulp = std::ldexp(1.0, std::max(exponent - 1, format.emin()) - format.mantissa_bits);
        around(value + ulp / 2);
        values.push_back(static_cast<Real>(value + ulp * static_cast<double>(random() >> 11) * 0x1p-53));
        if constexpr (sizeof(Real) == 4)
            values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
        else
            values.push_back(std::bit_cast<double>(random()));
    }
    for (auto& value : values)
        if (std::isnan(value)) value = std::numeric_limits<Real>::quiet_NaN();
    return values;
}

template <class Real>
void expect_rounding(const Format& format, Rounding rounding, std::mt19937_64& random) {
    const auto values = difficult_values<Real>(format, random);
    constexpr RandomKey key{3, 4};
    constexpr std::uint64_t first = 3, first_element = 1001;
    testing::at_every_level([&](int level) {
        std::vector<std::uint8_t> bytes(row_bytes(format, first + values.size()));
        round_and_pack(format, rounding, values.data(), first, values.size(), key, first_element, bytes.data());
        for (std::uint64_t i = 0; i < values.size(); ++i) {
            const auto bits = rounding.is_stochastic()
                                  ? random_bits(key, first_element + i, 0, Stream::other, rounding.random_bits)
                                  : 0u;
            const double expected = round_to(format, rounding, exact(static_cast<double>(values[i])), bits);
            ASSERT_EQ(code_at(bytes, first + i, format.width()), encode(format, expected))
                << name(format) << " " << name(rounding) << " of " << std::hexfloat << values[i] << " level " << level;
        }
    });
}

TEST(Packing, RoundsAsTheDefinition) {
    std::mt19937_64 random(5);
    for (const Format& format : formats())
        for (const char* mode :
             {"rne", "rna", "rtz", "rup", "rdn", "rto", "sr1", "sr8", "sr13", "sr20", "src3", "src8", "src32"}) {
            expect_rounding<float>(format, parse_rounding(mode), random);
            expect_rounding<double>(format, parse_rounding(mode), random);
        }
}

TEST(Packing, SplitsAnExpansionIntoItsTerms) {
    for (const char* text : {"exp(bf16,2)", "exp(e4m3fn,3)", "exp(e5m2,4,3)"}) {
        const Format format = parse_format(text);
        Packed packed(format, 1, 5);
        const std::array<double, 5> values{1.0, 3.14159265358979, -0.001234567, 100.0 / 3, 0.0};
        const Matrix m = packed.view();
        round_and_pack(format, rne, values.data(), 0, 5, {}, 0, m.bytes, m.plane);
        std::array<double, 5> sums{};
        unpack_sum(packed.view(), 0, sums.data());
        for (std::size_t i = 0; i < 5; ++i) {
            double rest = values[i], sum = 0;
            for (unsigned t = 0; t < format.terms; ++t) {
                const double scale = std::ldexp(1.0, format.term_step * static_cast<int>(t));
                const double term = round_to(format.element(), rne, rest * scale);
                EXPECT_EQ(packed.row(0, t)[i], term) << text << " term " << t << " of " << values[i];
                sum += term / scale;
                rest -= term / scale;
            }
            EXPECT_EQ(sums[i], sum);
        }
    }
}

TEST(Packing, CountsWhatIsNotFinite) {
    Packed packed(parse_format("e5m2"), 2, 5);
    const std::array<double, 5> values{1, INFINITY, -INFINITY, NAN, 57344};
    for (std::uint64_t row = 0; row < 2; ++row) pack(packed.format, values.data(), 0, 5, packed.view().bytes + row * 5);
    EXPECT_EQ(count_nonfinite(packed.view()), 6u);
}

TEST(ParallelFor, CoversEveryIndexOnce) {
    for (const std::uint64_t count : {0u, 1u, 7u, 64u, 1000u})
        for (const std::uint64_t granule : {1u, 16u, 100u})
            for (const unsigned threads : {1u, 2u, 3u}) {
                std::vector<int> visits(count);
                parallel_for(count, granule, threads, [&](std::uint64_t first, std::uint64_t last) {
                    EXPECT_EQ(first % granule, 0u);
                    for (auto i = first; i < last; ++i) ++visits[i];
                });
                for (const int n : visits) ASSERT_EQ(n, 1);
            }
}

TEST(ParallelFor, RethrowsAndRunsInsideItself) {
    EXPECT_THROW(parallel_for(10, 1, 2,
                              [](std::uint64_t first, std::uint64_t) {
                                  if (first > 0) throw std::runtime_error("second part");
                              }),
                 std::runtime_error);
    std::atomic<int> sum{0};
    parallel_for(4, 1, 2, [&](std::uint64_t first, std::uint64_t last) {
        for (auto i = first; i < last; ++i)
            parallel_for(5, 1, 2, [&](std::uint64_t a, std::uint64_t b) { sum += static_cast<int>(b - a); });
    });
    EXPECT_EQ(sum, 20);
}

}  // namespace
}  // namespace ulpsim::arithmetic

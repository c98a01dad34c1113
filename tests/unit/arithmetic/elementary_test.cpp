#include "models/arithmetic/elementary.hpp"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace ulpsim::arithmetic {
namespace {

/// Error of `value` as f(x), in units of the last place of binary64 (of its subnormals below).
double error_in_ulps(int (*f)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), double x, double value) {
    mpfr_t exact, argument;
    mpfr_init2(exact, 200);
    mpfr_init2(argument, 53);
    mpfr_set_d(argument, x, MPFR_RNDN);
    f(exact, argument, MPFR_RNDN);
    const double nearest = mpfr_get_d(exact, MPFR_RNDN);
    mpfr_sub_d(exact, exact, value, MPFR_RNDN);
    const int place = std::max(nearest == 0 ? -1074 : std::ilogb(nearest), -1022) - 52;
    mpfr_mul_2si(exact, exact, -place, MPFR_RNDN);  // before it becomes a double, which could not hold it
    const double error = std::fabs(mpfr_get_d(exact, MPFR_RNDN));
    mpfr_clear(exact);
    mpfr_clear(argument);
    if (std::isinf(nearest)) return nearest == value ? 0 : 1e9;
    return error;
}

TEST(Elementary, ExponentialErrsByLessThanOneUlp) {
    std::mt19937_64 random(1);
    double worst = 0;
    for (int draw = 0; draw < 200'000; ++draw) {
        const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
        const double x = draw % 4 == 0   ? -746 + 1456 * unit
                         : draw % 4 == 1 ? -20 * unit
                         : draw % 4 == 2 ? unit - 0.5
                                         : std::ldexp(unit - 0.5, -static_cast<int>(random() % 60));
        worst = std::max(worst, error_in_ulps(mpfr_exp, x, exponential(x)));
    }
    EXPECT_LT(worst, 1.0);
    EXPECT_GT(worst, 0.5) << "the oracle sees nothing";
}

TEST(Elementary, LogarithmErrsByLessThanOneUlp) {
    std::mt19937_64 random(2);
    double worst = 0;
    for (int draw = 0; draw < 200'000; ++draw) {
        double x = std::bit_cast<double>(random() >> 2);  // every binade up to 2^513 alike, subnormals included
        if (draw % 3 == 1)
            x = 1 + (static_cast<double>(random() >> 11) * 0x1p-53 - 0.5) *
                        std::ldexp(1.0, -static_cast<int>(random() % 50));
        if (draw % 3 == 2) x = static_cast<double>(random() >> 11) * 0x1p-53;
        if (draw % 100 == 0) x = std::bit_cast<double>(random() >> 14);
        if (x == 0) continue;
        worst = std::max(worst, error_in_ulps(mpfr_log, x, logarithm(x)));
    }
    EXPECT_LT(worst, 1.0);
    EXPECT_GT(worst, 0.5) << "the oracle sees nothing";
}

TEST(Elementary, SpecialValues) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(exponential(0), 1);
    EXPECT_EQ(exponential(-0.0), 1);
    EXPECT_EQ(exponential(infinity), infinity);
    EXPECT_EQ(exponential(-infinity), 0);
    EXPECT_EQ(exponential(709.8), infinity);
    EXPECT_TRUE(std::isfinite(exponential(709.7)));
    EXPECT_EQ(exponential(-745.2), 0);
    EXPECT_EQ(exponential(-745), std::numeric_limits<double>::denorm_min());
    EXPECT_TRUE(std::isnan(exponential(NAN)));
    EXPECT_EQ(logarithm(1), 0);
    EXPECT_EQ(logarithm(0), -infinity);
    EXPECT_EQ(logarithm(-0.0), -infinity);
    EXPECT_EQ(logarithm(infinity), infinity);
    EXPECT_TRUE(std::isnan(logarithm(-1)));
    EXPECT_TRUE(std::isnan(logarithm(NAN)));
}

}  // namespace
}  // namespace ulpsim::arithmetic

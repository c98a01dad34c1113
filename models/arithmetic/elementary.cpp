#include "models/arithmetic/elementary.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ulpsim::arithmetic {
namespace {

// ln 2 = high + low; high has 38 bits, so its product with an exponent (11 bits) is exact.
constexpr double ln2_high = 0x1.62e42fefap-1;
constexpr double ln2_low = 0x1.cf79abc9e3b3ap-40;
constexpr double one_over_ln2 = 0x1.71547652b82fep+0;

constexpr double power_of_two(int exponent) {  // -1022..1023
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

}  // namespace

double exponential(double x) {
    if (std::isnan(x)) return std::numeric_limits<double>::quiet_NaN();
    if (x > 710) return std::numeric_limits<double>::infinity();
    if (x < -746) return 0;

    // x = k ln 2 + r + c with |r| <= 0.347 and c the rounding error of r. The first difference is exact.
    const double k = std::nearbyint(x * one_over_ln2);
    const double high = x - k * ln2_high;
    const double low = k * ln2_low;
    const double r = high - low;
    const double c = (high - r) - low;

    // exp(r) = 1 + r + r^2 q(r), Taylor to r^14 / 14!: the rest is below 2^-63.
    double q = 1.0 / 87178291200.0;
    constexpr double inverse_factorials[] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
                                             1.0 / 362880.0,     1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,
                                             1.0 / 120.0,        1.0 / 24.0,        1.0 / 6.0,        1.0 / 2.0};
    for (const double coefficient : inverse_factorials) q = q * r + coefficient;
    // 1 + r without error (|r| < 1), so that only the small rest and the last addition round.
    const double sum = 1.0 + r;
    const double lost = r - (sum - 1.0);
    const double y = sum + (lost + (c + r * r * q));

    // Two steps, as 2^k need not be a double: the first is exact, the second rounds where the result is subnormal.
    const int exponent = static_cast<int>(k);
    const int half = exponent / 2;
    return y * power_of_two(half) * power_of_two(exponent - half);
}

double logarithm(double x) {
    if (std::isnan(x) || x < 0) return std::numeric_limits<double>::quiet_NaN();
    if (x == 0) return -std::numeric_limits<double>::infinity();
    if (std::isinf(x)) return x;

    // x = 2^k (1 + f) with 1 + f from sqrt(1/2) to sqrt(2).
    int k = 0;
    if (x < std::numeric_limits<double>::min()) {
        x *= 0x1p54;
        k = -54;
    }
    auto bits = std::bit_cast<std::uint64_t>(x);
    constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << 52) - 1;
    k += static_cast<int>(bits >> 52) - 1023;
    bits = (bits & mantissa_mask) | (std::uint64_t{1023} << 52);
    double m = std::bit_cast<double>(bits);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        ++k;
    }
    const double f = m - 1.0;

    // With s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R), R = 2/3 s^2 + 2/5 s^4 + ...
    // |s| <= 0.172, and the rest after s^26 is below 2^-66 of s.
    const double s = f / (2.0 + f);
    const double s2 = s * s;
    double r = 0;
    for (int n = 27; n >= 3; n -= 2) r = (r + 2.0 / n) * s2;
    const double half_square = 0.5 * f * f;
    const double correction = half_square - s * (half_square + r);
    if (k == 0) return f - correction;

    // k ln2_high + f without error (the first is the larger), then all small parts at once.
    const double head = k * ln2_high;
    const double sum = head + f;
    const double lost = f - (sum - head);
    return sum + (lost + (k * ln2_low - correction));
}

}  // namespace ulpsim::arithmetic

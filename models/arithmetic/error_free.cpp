#include "models/arithmetic/error_free.hpp"

#include <bit>
#include <cmath>
#include <utility>

#include "models/arithmetic/binary64.hpp"

namespace ulpsim::arithmetic {
namespace {

__extension__ using Wide = unsigned __int128;

/// floor(sqrt(x)).
std::uint64_t integer_root(Wide x) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 63; bit != 0; bit >>= 1) {
        const std::uint64_t larger = root | bit;
        if (Wide{larger} * larger <= x) root = larger;
    }
    return root;
}

/// A quotient of finite numbers, y not zero, cut to more than 64 bits and rounded to odd: enough for any rne.
Unrounded finite_quotient(double x, double y) {
    const Binary64Parts a = parts_of(x), b = parts_of(y);
    Unrounded quotient{.negative = a.negative != b.negative};
    if (a.significand == 0) return quotient;
    const int up = std::countl_zero(a.significand), down = std::countl_zero(b.significand);
    const Wide dividend = Wide{a.significand} << (up + 64);
    const std::uint64_t divisor = b.significand << down >> 11;  // 53 bits
    quotient.significand = dividend / divisor | (dividend % divisor != 0 ? 1 : 0);
    quotient.exponent = a.exponent - up - 64 - (b.exponent - down + 11);
    return quotient;
}

DoubleWord split(const Format& format, double a) {
    const double factor = std::ldexp(1.0, (format.precision() + 1) / 2) + 1;
    const double scaled = rounded_product(format, factor, a);
    const double high = rounded_sum(format, scaled, rounded_sum(format, a, -scaled));
    return {high, rounded_sum(format, a, -high)};
}

}  // namespace

double rounded_sum(const Format& format, double a, double b, Rounding rounding, std::uint32_t random) {
    const double sum = a + b;
    const double b_part = sum - a;
    const double error = (a - (sum - b_part)) + (b - b_part);  // 2Sum in binary64
    // Most sums of narrow formats are exact in binary64. NaN, infinity and the zeros of rdn take the general way.
    if (error == 0 && (sum != 0 || rounding.mode != RoundingMode::rdn)) return round_to(format, rounding, sum, random);
    return round_to(format, rounding, exact_multiply_add(a, 1, b, rounding.mode == RoundingMode::rdn), random);
}

double rounded_product(const Format& format, double a, double b) {
    return round_multiply_add(format, rne, a, b, std::copysign(0.0, a * b));  // the zero keeps a zero product's sign
}

double rounded_quotient(const Format& format, double a, double b) {
    if (std::isfinite(a) && std::isfinite(b) && b != 0) return round_to(format, rne, finite_quotient(a, b));
    return round_to(format, rne, a / b);
}

double rounded_root(const Format& format, double a) {
    if (!(a > 0) || std::isinf(a)) return round_to(format, rne, a < 0 ? std::sqrt(-1.0) : a);
    const Binary64Parts parts = parts_of(a);
    int up = std::countl_zero(parts.significand) + 64;
    if ((parts.exponent - up) % 2 != 0) --up;
    const Wide radicand = Wide{parts.significand} << up;
    const std::uint64_t root = integer_root(radicand);
    const bool exact_root = Wide{root} * root == radicand;
    return round_to(format, rne, {.exponent = (parts.exponent - up) / 2, .significand = root | (exact_root ? 0u : 1u)});
}

DoubleWord two_sum(const Format& format, double a, double b) {
    const double sum = rounded_sum(format, a, b);
    if (!std::isfinite(sum)) return {sum, 0};
    if (std::fabs(a) < std::fabs(b)) std::swap(a, b);
    // Fast2Sum: both differences are exact in binary64, as they are in the format (Dekker). Adding +0 makes a zero +0.
    const double error = b - (sum - a) + 0.0;
    // Formats without infinity and NaN clamp their sum, which leaves an error that may be none of their values.
    return {sum, has_nan(format) ? error : round_to(format, rne, error)};
}

DoubleWord fast_two_sum(const Format& format, double a, double b) {
    const double sum = rounded_sum(format, a, b);
    if (!std::isfinite(sum)) return {sum, 0};
    const double error = rounded_sum(format, b, -rounded_sum(format, sum, -a));
    return {sum, std::isfinite(error) ? error + 0.0 : 0.0};
}

DoubleWord two_product(const Format& format, double a, double b) {
    const double product = rounded_product(format, a, b);
    if (!std::isfinite(product)) return {product, 0};
    return {product, round_multiply_add(format, rne, a, b, -product) + 0.0};
}

DoubleWord two_product_by_splitting(const Format& format, double a, double b) {
    const auto add = [&](double x, double y) { return rounded_sum(format, x, y); };
    const auto multiply = [&](double x, double y) { return rounded_product(format, x, y); };
    const double product = multiply(a, b);
    if (!std::isfinite(product)) return {product, 0};
    const DoubleWord x = split(format, a), y = split(format, b);
    const double first = add(-product, multiply(x.high, y.high));
    const double second = add(first, multiply(x.high, y.low));
    const double third = add(second, multiply(x.low, y.high));
    return {product, add(third, multiply(x.low, y.low)) + 0.0};
}

}  // namespace ulpsim::arithmetic

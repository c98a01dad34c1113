#include "models/arithmetic/base_arithmetic.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace ulpsim::arithmetic {
namespace {

/// a * b + c == result, for finite numbers.
bool is_exactly(double a, double b, double c, double result) {
    if (c == 0 && std::fabs(result) > 0x1p-900 && a * b == result) return std::fma(a, b, -result) == 0;
    const Unrounded wanted = exact_multiply_add(a, b, c, false);
    if (wanted.significand == 0) return result == 0;
    if (result == 0 || wanted.sticky) return false;
    Unrounded given = exact(result);
    const auto low = static_cast<std::uint64_t>(wanted.significand);
    const int zeros =
        low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(static_cast<std::uint64_t>(wanted.significand >> 64));
    const int given_zeros = std::countr_zero(static_cast<std::uint64_t>(given.significand));
    return wanted.significand >> zeros == given.significand >> given_zeros &&
           wanted.exponent + zeros == given.exponent + given_zeros;
}

}  // namespace

/// Counts an underflow where `result` is not a * b + c.
double BaseArithmetic::watched(double result, double a, double b, double c) {
    if (std::fabs(result) < smallest_normal(format_) && std::isfinite(a) && std::isfinite(b) &&
        !is_exactly(a, b, c, result))
        ++underflows_;
    return result;
}

double BaseArithmetic::add(double a, double b, Rounding rounding, std::uint32_t random) {
    ++executed_.adds;
    return rounded_sum(format_, a, b, rounding, random);
}

double BaseArithmetic::multiply(double a, double b) {
    ++executed_.multiplies;
    return watched(rounded_product(format_, a, b), a, b, 0);
}

double BaseArithmetic::fma(double a, double b, double c) {
    ++executed_.fmas;
    return watched(round_multiply_add(format_, rne, a, b, c), a, b, c);
}

double BaseArithmetic::divide(double a, double b) {
    ++executed_.divides;
    const double quotient = rounded_quotient(format_, a, b);
    if (std::isfinite(a) && std::isfinite(b) && std::fabs(quotient) < smallest_normal(format_) &&
        !is_exactly(quotient, b, 0, a))
        ++underflows_;
    return quotient;
}

double BaseArithmetic::root(double a) {
    ++executed_.roots;
    return rounded_root(format_, a);
}

DoubleWord BaseArithmetic::two_sum(double a, double b) {
    ++executed_.two_sums;
    return arithmetic::two_sum(format_, a, b);
}

DoubleWord BaseArithmetic::fast_two_sum(double a, double b) {
    ++executed_.fast_two_sums;
    return arithmetic::fast_two_sum(format_, a, b);
}

DoubleWord BaseArithmetic::two_product(double a, double b) {
    ++executed_.two_products;
    const DoubleWord product = arithmetic::two_product(format_, a, b);
    if (std::isfinite(product.high)) watched(product.low, a, b, -product.high);
    return product;
}

bool BaseArithmetic::smaller(double a, double b) {
    ++executed_.compares;
    return std::fabs(a) < std::fabs(b);
}

bool BaseArithmetic::is_zero(double a) {
    ++executed_.compares;
    return a == 0;
}

void vec_sum(BaseArithmetic& base, std::span<double> x) {
    for (std::size_t i = x.size() - 1; i-- > 0;) {
        const DoubleWord sum = base.two_sum(x[i], x[i + 1]);
        x[i] = sum.high;
        x[i + 1] = sum.low;
    }
}

void vec_sum_err_branch(BaseArithmetic& base, std::span<const double> e, std::span<double> terms, Rounding last,
                        std::uint32_t random) {
    std::ranges::fill(terms, 0.0);
    std::size_t j = 0;
    double rest = e[0];
    bool full = false;
    for (std::size_t i = 1; i < e.size();
         ++i) {  // hardware runs all steps; those behind a full expansion change nothing
        const DoubleWord sum = base.two_sum(rest, e[i]);
        const bool exact_sum = base.is_zero(sum.low);
        if (full) continue;
        if (exact_sum) {
            rest = sum.high;
        } else if (j + 1 == terms.size()) {
            rest = last == rne ? sum.high : rounded_sum(base.format(), rest, e[i], last, random);
            full = true;
        } else {
            terms[j++] = sum.high;
            rest = sum.low;
        }
    }
    terms[j] = rest;
}

void merge(BaseArithmetic& base, std::span<double> v) {
    const auto order = [&](std::size_t i, std::size_t j) {
        if (base.smaller(v[i], v[j])) std::swap(v[i], v[j]);
    };
    const std::size_t terms = v.size() / 2;
    for (std::size_t i = 0; i < terms; ++i) order(2 * i, 2 * i + 1);
    for (std::size_t i = 0; i + 2 < terms; ++i) order(2 * i + 1, 2 * (i + 2));
    for (std::size_t i = 0; i + 1 < terms; ++i) order(2 * i + 1, 2 * i + 2);
}

}  // namespace ulpsim::arithmetic

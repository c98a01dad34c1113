#pragma once
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdint>
#include <span>

namespace ulpsim::arithmetic::test {

/// significand * 2^exponent, exactly: sums, differences and products of binary64 values, without the greatest common
/// divisors of a rational number, so that a million of them can be checked.
struct Dyadic {
    using Integer = boost::multiprecision::cpp_int;
    Integer significand = 0;
    int exponent = 0;

    Dyadic() = default;
    Dyadic(Integer s, int e) : significand(std::move(s)), exponent(e) {}
    explicit Dyadic(double value) {
        int e = 0;
        significand = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &e), 53));
        exponent = e - 53;
    }

    friend Dyadic operator-(Dyadic a) { return {-a.significand, a.exponent}; }
    friend Dyadic operator+(const Dyadic& a, const Dyadic& b) {
        if (a.significand == 0) return b;
        if (b.significand == 0) return a;
        const int e = std::min(a.exponent, b.exponent);
        return {(a.significand << (a.exponent - e)) + (b.significand << (b.exponent - e)), e};
    }
    friend Dyadic operator-(const Dyadic& a, const Dyadic& b) { return a + -b; }
    friend Dyadic operator*(const Dyadic& a, const Dyadic& b) {
        return {a.significand * b.significand, a.exponent + b.exponent};
    }
    friend bool operator<=(const Dyadic& a, const Dyadic& b) { return (a - b).significand <= 0; }
    friend bool operator==(const Dyadic& a, const Dyadic& b) { return (a - b).significand == 0; }
    friend bool operator<(const Dyadic& a, const Dyadic& b) { return (a - b).significand < 0; }

    bool zero() const { return significand == 0; }
    double approximately() const {
        if (zero()) return 0;
        const int shift = static_cast<int>(msb(Integer(abs(significand)))) - 60;
        const Integer top = shift > 0 ? Integer(significand >> shift) : Integer(significand << -shift);
        return std::ldexp(top.convert_to<double>(), exponent + shift);
    }
};

inline Dyadic abs(const Dyadic& a) { return a.significand < 0 ? -a : a; }
inline Dyadic power_of_two_dyadic(int exponent) { return {1, exponent}; }
inline Dyadic exact_sum(std::span<const double> terms) {
    Dyadic sum;
    for (const double term : terms) sum = sum + Dyadic(term);
    return sum;
}

}  // namespace ulpsim::arithmetic::test

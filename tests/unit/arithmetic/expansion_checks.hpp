#pragma once
// Expansion arithmetic against exact numbers: random and adversarial operands, and all double words of a narrow format.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <random>
#include <span>
#include <vector>

#include "models/arithmetic/expansion_arithmetic.hpp"
#include "models/arithmetic/expansion_bounds.hpp"
#include "tests/unit/arithmetic/dyadic.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic::test {

inline Format expansion_of(Format f, int terms, int step = 0) {
    f.terms = static_cast<std::uint8_t>(terms);
    f.term_step = static_cast<std::uint8_t>(step);
    return f;
}

/// A precision with exponents that do not matter.
inline Format unbounded(int precision) {
    return {.exponent_bits = 11, .mantissa_bits = static_cast<std::uint8_t>(precision - 1), .bias = 1023};
}

/// |x[i + 1]| <= ulp(x[i]) and no holes; half an ulp for double words.
inline bool is_normalised(const Format& f, const Terms& x) {
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        if (x[i] == 0) {
            if (x[i + 1] != 0) return false;
            continue;
        }
        const int last = std::max(std::ilogb(x[i]), f.emin()) - f.mantissa_bits;
        if (std::fabs(x[i + 1]) > std::ldexp(1.0, f.terms == 2 ? last - 1 : last)) return false;
    }
    return true;
}

inline std::span<const double> terms_of(const Format& f, const Terms& x) { return {x.data(), f.terms}; }
inline Dyadic exact_value(const Format& f, const Terms& x) { return exact_sum(terms_of(f, x)); }

/// Bits of significand, long runs of zeros or ones every third time.
inline double random_value(const Format& f, int exponent, std::mt19937_64& random) {
    const int Y = f.mantissa_bits;
    std::uint64_t fraction = random() & ((std::uint64_t{1} << Y) - 1);
    if (random() % 3 == 0) {
        const auto run = static_cast<int>(random() % static_cast<unsigned>(Y + 1));
        fraction = random() % 2 == 0 ? fraction >> run : fraction | (((std::uint64_t{1} << run) - 1) << (Y - run));
    }
    const double magnitude = std::ldexp(1 + std::ldexp(static_cast<double>(fraction), -Y), exponent);
    return random() % 2 == 0 ? magnitude : -magnitude;
}

/// A normalised expansion whose terms often reach the limit of the next one, leave gaps, or end early.
inline Terms random_expansion(const Format& f, int exponent, std::mt19937_64& random) {
    Terms x{};
    x[0] = random_value(f, exponent, random);
    for (std::size_t i = 1; i < f.terms && random() % 16 != 0; ++i) {
        const int last = std::ilogb(x[i - 1]) - f.mantissa_bits;
        const int limit = f.terms == 2 ? last - 1 : last;
        if (random() % 5 == 0) {
            x[i] = std::ldexp(random() % 2 == 0 ? 1.0 : -1.0, limit);
        } else {
            const int gap = random() % 3 == 0 ? static_cast<int>(random() % static_cast<unsigned>(f.precision())) : 0;
            x[i] = random_value(f, limit - 1 - gap, random);
        }
    }
    for (double& term : x) term = round_to(f.element(), rne, term);  // tails can be too small for the format
    if (f.terms == 2) {                                              // a tie may round the head the other way
        const DoubleWord sum = two_sum(f.element(), x[0], x[1]);
        x[0] = sum.high;
        x[1] = sum.low;
    }
    return x;
}

/// y close to -x: all but the last bits cancel.
inline Terms nearly_opposite(const Format& f, Terms x, std::mt19937_64& random) {
    for (double& term : x) term = -term;
    double& changed = x[random() % f.terms];
    changed = random() % 2 == 0 ? 0.0 : std::nextafter(static_cast<float>(changed), 0.0F);
    ExpansionArithmetic repair(f);
    for (double& term : x) term = round_to(f.element(), rne, term);
    return repair.renormalize({x.data(), f.terms});
}

/// |error| <= relative |reference| + units q.
inline bool within(const ErrorBound& bound, const Format& f, const Dyadic& error, const Dyadic& reference) {
    if (std::isinf(bound.relative)) return true;
    Dyadic allowed = Dyadic(bound.relative) * abs(reference);
    if (std::isfinite(bound.units)) allowed = allowed + Dyadic(bound.units) * Dyadic(smallest_positive(f.element()));
    return abs(error) <= allowed;
}

/// Worst relative error seen, in units of 2^(-N p).
struct Worst {
    Format format;
    double value = 0;
    void see(const Dyadic& error, const Dyadic& reference) {
        if (reference.zero() || error.zero()) return;
        const double ratio = abs(error).approximately() / abs(reference).approximately();
        value = std::max(value, std::ldexp(ratio, format.terms * format.precision()));
    }
};

struct WorstErrors {
    Worst add, add_value, multiply, multiply_value, divide, square_root;
};

/// `draws` operands of format.terms terms whose exponents stay in +-reach.
inline WorstErrors check_operations(const Format& f, int draws, int reach, std::uint64_t seed) {
    using Operation = ExpansionOperation;
    std::mt19937_64 random{seed};
    WorstErrors worst{{f}, {f}, {f}, {f}, {f}, {f}};
    ExpansionArithmetic arithmetic(f);
    const int spread = f.terms * f.precision() + 2;
    for (int draw = 0; draw < draws; ++draw) {
        const auto exponent = [&](int span) {
            return std::clamp(static_cast<int>(random() % static_cast<unsigned>(2 * span + 1)) - span, -reach, reach);
        };
        const Terms x = random_expansion(f, exponent(3), random);
        const Terms y =
            draw % 8 == 0 ? nearly_opposite(f, x, random) : random_expansion(f, exponent(spread / 2), random);
        const double v = random_value(f, exponent(spread / 2), random);
        const Dyadic X = exact_value(f, x), Y = exact_value(f, y), V(v);
        std::uint64_t underflows = arithmetic.underflows();
        const auto check = [&](Operation operation, Worst& seen, const Terms& z, const Dyadic& error,
                               const Dyadic& reference) {
            const ErrorBound bound = error_bound(operation, f);
            const bool underflowed = arithmetic.underflows() != underflows;
            underflows = arithmetic.underflows();
            ASSERT_TRUE(is_normalised(f, z))
                << name(f) << " " << name(operation) << " draw " << draw << ": terms overlap";
            if (underflowed && std::isinf(bound.units)) return;
            if (f.precision() >= bound.least_precision) {
                ASSERT_TRUE(within(bound, f, error, reference))
                    << name(f) << " " << name(operation) << " draw " << draw << " seed " << seed << std::hexfloat
                    << ": error " << error.approximately() << " of " << reference.approximately();
            }
            if (!underflowed) seen.see(error, reference);
        };
        Terms z = arithmetic.add(x, y);
        check(Operation::add, worst.add, z, exact_value(f, z) - (X + Y), X + Y);
        z = arithmetic.add_value(x, v);
        check(Operation::add_value, worst.add_value, z, exact_value(f, z) - (X + V), X + V);
        z = arithmetic.multiply(x, y);
        check(Operation::multiply, worst.multiply, z, exact_value(f, z) - X * Y, X * Y);
        z = arithmetic.multiply_value(x, v);
        check(Operation::multiply_value, worst.multiply_value, z, exact_value(f, z) - X * V, X * V);
        if (std::isfinite(rounded_quotient(f.element(), 2 * x[0], y[0]))) {  // |z - x / y| <= b |x / y|, times y
            z = arithmetic.divide(x, y);
            check(Operation::divide, worst.divide, z, exact_value(f, z) * Y - X, X);
        }
        Terms positive = x;
        if (x[0] < 0)
            for (double& term : positive) term = -term;
        z = arithmetic.square_root(
            positive);  // |z - s| <= b s gives |z^2 - s^2| <= (2 b + b^2) s^2; half of it is seen
        const Dyadic root = exact_value(f, z), half = power_of_two_dyadic(-1);
        check(Operation::square_root, worst.square_root, z, (root * root - abs(X)) * half,
              abs(X) + abs(X) * half * Dyadic(error_bound(Operation::square_root, f).relative));
        if (::testing::Test::HasFatalFailure()) return worst;
    }
    return worst;
}

/// Sums of up to nine values, opposites, and what rounds the sum so far away, shuffled; exponents stay in the format's range.
inline void check_renormalize(const Format& f, int draws, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    const ErrorBound bound = error_bound(ExpansionOperation::renormalize, f);
    ExpansionArithmetic arithmetic(f);
    const int p = f.precision(), lowest = std::max(-p, f.emin() + p),
              span = std::min(5 * p, emax(f.element()) - 4 - lowest);
    for (int draw = 0; draw < draws; ++draw) {
        std::vector<double> values;
        double sum = 0;
        const std::size_t count = 1 + random() % 9;
        while (values.size() < count) {
            const int exponent = static_cast<int>(random() % static_cast<unsigned>(span)) + lowest;
            const std::uint64_t kind = values.empty() ? 0 : random() % 3;
            const double value = kind == 0   ? random_value(f, exponent, random)
                                 : kind == 1 ? -values[random() % values.size()]
                                             : -round_to(f.element(), rne, sum);
            values.push_back(value);
            sum += value;
        }
        std::ranges::shuffle(values, random);
        const Terms z = arithmetic.renormalize(values);
        const Dyadic exact = exact_sum(values);
        ASSERT_TRUE(is_normalised(f, z)) << name(f) << " draw " << draw;
        ASSERT_TRUE(within(bound, f, exact_value(f, z) - exact, exact)) << name(f) << " draw " << draw;
    }
}

/// Vectors of up to 19 elements, every third product the opposite of the one before. Of the format `f`'s base.
inline void check_dot(const Format& f, int draws, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    for (int draw = 0; draw < draws; ++draw) {
        const std::size_t length = random() % 20;
        std::vector<double> x, y;
        Dyadic exact, magnitude;
        for (std::size_t i = 0; i < length; ++i) {
            x.push_back(random_value(f, static_cast<int>(random() % 12) - 6, random));
            y.push_back(i % 3 == 2 ? -x[i - 1] : random_value(f, static_cast<int>(random() % 12) - 6, random));
            if (i % 3 == 2) x[i] = y[i - 1];  // cancels the product before
            exact = exact + Dyadic(x[i]) * Dyadic(y[i]);
            magnitude = magnitude + abs(Dyadic(x[i]) * Dyadic(y[i]));
        }
        ExpansionArithmetic arithmetic(f);
        const Terms z = arithmetic.dot(x, y);
        ASSERT_TRUE(
            within(error_bound(ExpansionOperation::dot, f, length + 1), f, exact_value(f, z) - exact, magnitude))
            << name(f) << " draw " << draw;
    }
}

/// Equal numbers, numbers that differ in the last term, and others.
inline void check_compare(const Format& f, int draws, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    ExpansionArithmetic arithmetic(f);
    for (int draw = 0; draw < draws; ++draw) {
        const Terms x = random_expansion(f, 0, random);
        Terms y = draw % 3 == 0 ? x : random_expansion(f, static_cast<int>(random() % 3) - 1, random);
        if (draw % 3 == 1) {
            y = x;
            y[f.terms - 1u] = -y[f.terms - 1u];
        }
        const Dyadic difference = exact_value(f, x) - exact_value(f, y);
        const auto expected = difference.significand == 0  ? std::partial_ordering::equivalent
                              : difference.significand < 0 ? std::partial_ordering::less
                                                           : std::partial_ordering::greater;
        ASSERT_EQ(arithmetic.compare(x, y), expected) << name(f) << " draw " << draw;
    }
}

/// All double words of a format whose head has an exponent in [least, most]; positive heads only when so told.
inline std::vector<Terms> double_words(const Format& element, int least, int most, bool positive) {
    std::vector<double> values;
    for (std::uint64_t code = 0; code < std::uint64_t{1} << element.width(); ++code)
        if (const double value = decode(element, code); std::isfinite(value) && !(value == 0 && std::signbit(value)))
            values.push_back(value);
    std::vector<Terms> words;
    for (const double head : values) {
        if (head == 0 || (positive && head < 0) || std::ilogb(head) < least || std::ilogb(head) > most) continue;
        for (const double low : values)
            if (round_to(element, rne, head + low) == head) words.push_back({head, low});  // exact in binary64
    }
    return words;
}

}  // namespace ulpsim::arithmetic::test

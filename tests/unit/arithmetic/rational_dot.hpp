#pragma once
#include <algorithm>
#include <vector>

#include "models/arithmetic/dot.hpp"
#include "tests/unit/arithmetic/oracle.hpp"

namespace ulpsim::arithmetic::test {

/// The definition of DESIGN 3.1 in rational numbers. No zero among the factors; sums may be zero, with an unchecked
/// sign.
class RationalDot {
public:
    RationalDot(const Dot& d, const std::vector<double>& a, const std::vector<double>& b, RandomKey key,
                std::uint64_t element)
        : d_(d), a_(a), b_(b), key_(key), element_(element) {}

    double value(double start) const {
        Rational total = rational(start);
        const std::size_t length = d_.order == Order::sequential ? a_.size() : d_.length;
        for (std::size_t first = 0; first < a_.size(); first += length) {
            const std::size_t last = std::min(a_.size(), first + length), group = first / length;
            switch (d_.order) {
                case Order::sequential:
                    total = sequential(first, last, total);
                    break;
                case Order::chunk:
                    total = rounded(d_.outer, total + sequential(first, last, 0), Stream::outer, group);
                    break;
                case Order::tree:
                    total = rounded(d_.accumulator, total + tree(first, last), Stream::accumulate, group);
                    break;
                case Order::align:
                    total = rounded(d_.accumulator, aligned(first, last, total), Stream::accumulate, group);
            }
        }
        return total.convert_to<double>();
    }

private:
    Rational rounded(const Format& f, const Rational& x, Stream stream, std::size_t k, bool product = false) const {
        const Rounding rounding = product ? d_.product_rounding : d_.rounding;
        const std::uint32_t draw =
            rounding.is_stochastic() ? random_bits(key_, element_, k, stream, rounding.random_bits) : 0;
        return x == 0 ? Rational(0) : rational(rounded_by_rationals(f, rounding, x, draw));
    }
    Rational product(std::size_t k) const {
        const Rational exact_product = rational(a_[k]) * rational(b_[k]);
        return d_.product ? rounded(*d_.product, exact_product, Stream::product, k, true) : exact_product;
    }
    Rational sequential(std::size_t first, std::size_t last, Rational total) const {
        for (std::size_t k = first; k < last; ++k)
            total = rounded(d_.accumulator, total + product(k), Stream::accumulate, k);
        return total;
    }
    /// Splits at the largest power of two below the size: the same tree as pairing neighbours level by level.
    Rational tree(std::size_t first, std::size_t last) const {
        if (last - first == 1) return product(first);
        std::size_t half = 1;
        while (2 * half < last - first) half *= 2;
        const Rational sum = tree(first, first + half) + tree(first + half, last);
        return rounded(d_.accumulator, sum, Stream::node, first + half);
    }
    Rational aligned(std::size_t first, std::size_t last, const Rational& total) const {
        const auto exponent = [](const Rational& x, const Format& f) {
            return std::max(exponent_of(abs(x)), f.emin());
        };
        int largest = total == 0 ? -5000 : exponent(total, d_.accumulator);
        for (std::size_t k = first; k < last; ++k) {
            if (product(k) == 0) continue;
            largest = std::max(largest, d_.product ? exponent(product(k), *d_.product)
                                                   : exponent(rational(a_[k]), d_.a) + exponent(rational(b_[k]), d_.b));
        }
        const Rational unit = power_of_two_rational(largest - d_.accumulator.mantissa_bits - d_.guard);
        const auto cut = [&](const Rational& x) {
            if (d_.guard_exact) return x;
            const Rational magnitude = Rational(floor_of(abs(x) / unit)) * unit;
            return x < 0 ? Rational(-magnitude) : magnitude;
        };
        Rational sum = cut(total);
        for (std::size_t k = first; k < last; ++k) sum += cut(product(k));
        return sum;
    }

    const Dot& d_;
    const std::vector<double>&a_, &b_;
    RandomKey key_;
    std::uint64_t element_;
};

}  // namespace ulpsim::arithmetic::test

#include "models/arithmetic/expansion_bounds.hpp"

#include <cmath>
#include <limits>

namespace ulpsim::arithmetic {
namespace {

constexpr double unknown_units = std::numeric_limits<double>::infinity();

/// Three and four terms, p bits: u = 2^-p, w = 2u bounds |x[i + 1] / x[i]|.
struct Derived {
    int terms;
    double u, w, tail;  ///< tail: of an expansion, over its head

    explicit Derived(const Format& format)
        : terms(format.terms), u(std::ldexp(1.0, -format.precision())), w(2 * u), tail(w / (1 - w)) {}

    /// Squeezing an exact sum into N terms: what is left out is at most w^N / (1 - w) of the head, and the head at most
    /// 1 / (1 - tail) of the sum.
    double squeeze() const { return std::pow(w, terms) / (1 - 2 * w); }

    /// A product whose column k has products(k) products of at most w^k of the first, their errors of at most
    /// w^k / 2 in the next column, and the errors of exact sums; the last column is rounded after every addition.
    template <class Products>
    double columns(Products products, double left_out, double heads) const {
        double magnitude = 0;                // sum of magnitudes in a column
        double errors = 0, error_bound = 0;  // into the column: how many, their sum of magnitudes
        for (int k = 0; k + 1 < terms; ++k) {
            magnitude = products(k) * std::pow(w, k) + error_bound;
            const double sums = products(k) - 1 + errors;
            error_bound = products(k) * std::pow(w, k) * u + sums * u * magnitude;
            errors = products(k) + sums;
        }
        magnitude = products(terms - 1) * std::pow(w, terms - 1) + error_bound;
        const double roundings = errors - 1 + products(terms - 1);
        const double absolute = roundings * u * magnitude * std::pow(1 + u, roundings) + left_out;
        const double lost = absolute / heads;
        return lost + squeeze() * (1 + lost);
    }
    double multiply_value() const {
        return columns([](int) { return 1.0; }, 0, 1 - tail);
    }
    double multiply() const {
        double left_out = 0;  // i + j >= N
        for (int k = terms; k <= 2 * terms - 2; ++k) left_out += (2 * terms - 1 - k) * std::pow(w, k);
        return columns([](int k) { return k + 1.0; }, left_out, (1 - tail) * (1 - tail));
    }
    /// A digit leaves `digit` of the remainder, whose computation adds `noise` of it.
    double divide() const {
        const double digit = (1 + tail) / (1 - tail) * (1 + u) - 1;
        const double noise = (multiply_value() * (1 + digit) + squeeze() * digit) * (1 + w);
        const double left = digit + noise;
        const double lost = std::pow(left, terms + 1) + noise / (1 - left);
        return lost + squeeze() * (1 + lost);
    }
    /// The first digit errs by `first`; the others as in a division by 2 s, whose s errs by 1.5 times that.
    double square_root() const {
        const double first = (1 + u) / std::sqrt(1 - tail) - 1;
        const double digit = (1 + u) * (1 + 1.5 * first) / (1 - tail) - 1;
        const double noise = first * (multiply_value() + 2 * squeeze()) * (1 + digit) / (1 - digit);
        return first * std::pow(digit, terms) + noise + (terms + 2) * squeeze();
    }
};

/// Each product, fused or not, can err by q/2 more; later roundings make that at most a quarter larger.
double units_of_products(const BaseOperations& count) {
    return 1.25 * 0.5 * static_cast<double>(count.two_products + count.multiplies + count.fmas);
}

/// What n relative errors of sizes that add up to `sum` come to; nothing is known where that reaches 1.
double gathered(double sum) { return sum < 1 ? sum / (1 - sum) : std::numeric_limits<double>::infinity(); }

ErrorBound of_double_words(ExpansionOperation operation, double u, std::uint64_t length) {
    const double u2 = u * u;
    const double gamma = gathered(static_cast<double>(length) * u);
    switch (operation) {
        case ExpansionOperation::renormalize:
            return {3, 4 * u2 / (1 - 4 * u), 0};
        case ExpansionOperation::add:
        case ExpansionOperation::compare:
            return {3, 3 * u2 + 13 * u2 * u, 0};
        case ExpansionOperation::add_value:
            return {3, 2 * u2, 0};
        case ExpansionOperation::multiply:
            return {6, 5 * u2, 0};
        case ExpansionOperation::multiply_value:
            return {4, 2 * u2, 0};
        case ExpansionOperation::divide:
            return {7, 15 * u2 + 56 * u2 * u, unknown_units};
        case ExpansionOperation::square_root:
            return {5, 25.0 / 8 * u2, unknown_units};
        case ExpansionOperation::dot:
            break;
    }
    return {3, gamma * gamma, 0};
}

ErrorBound of_many_terms(ExpansionOperation operation, const Format& format, std::uint64_t length) {
    const Derived derived(format);
    const double additions = 2 * static_cast<double>(length) * derived.squeeze();
    switch (operation) {
        case ExpansionOperation::renormalize:
        case ExpansionOperation::add:
        case ExpansionOperation::add_value:
        case ExpansionOperation::compare:
            return {3, derived.squeeze(), 0};
        case ExpansionOperation::multiply:
            return {4, derived.multiply(), 0};
        case ExpansionOperation::multiply_value:
            return {4, derived.multiply_value(), 0};
        case ExpansionOperation::divide:
            return {4, derived.divide(), unknown_units};
        case ExpansionOperation::square_root:
            return {4, derived.square_root(), unknown_units};
        case ExpansionOperation::dot:
            break;
    }
    return {3, gathered(additions), 0};
}

}  // namespace

ErrorBound error_bound(ExpansionOperation operation, const Format& format, std::uint64_t length) {
    ErrorBound bound = format.terms == 2 ? of_double_words(operation, std::ldexp(1.0, -format.precision()), length)
                                         : of_many_terms(operation, format, length);
    if (bound.units == 0) bound.units = units_of_products(base_operations(operation, format.terms, length));
    return bound;
}

}  // namespace ulpsim::arithmetic

#include "models/arithmetic/expansion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ulpsim::arithmetic {
namespace {

void plus_by_vec_sum(BaseArithmetic& base, std::span<double> terms, double value, Rounding last, std::uint32_t random) {
    std::array<double, 5> storage{};
    const std::span<double> x(storage.data(), terms.size() + 1);
    x[0] = value;
    for (std::size_t i = 0; i < terms.size(); ++i) {  // the value goes behind the terms that are at least as large
        x[i + 1] = terms[i];
        if (!base.smaller(terms[i], value)) std::swap(x[i], x[i + 1]);
    }
    vec_sum(base, x);
    vec_sum_err_branch(base, x, terms, last, random);
}

/// Gives each term its own range: what a term cannot hold goes to the next one.
void place_terms(const Format& format, const Format& working, std::span<double> terms, Rounding last,
                 std::uint32_t random) {
    double rest = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const bool is_last = i + 1 == terms.size();
        const double wanted = rest == 0 ? terms[i] : rounded_sum(working, terms[i], rest);
        terms[i] = round_to(term_format(format, i), is_last ? last : rne, wanted, random);
        rest = wanted - terms[i];
    }
}

}  // namespace

Format working_format(const Format& format) {
    Format working = format.element();
    if (format.term_step == 0) return working;
    const int finest_bias = format.bias + format.term_step * (format.terms - 1);
    working.exponent_bits = 11;
    working.bias = static_cast<std::int16_t>(std::max(1023, finest_bias));
    working.specials = Specials::ieee;
    return working;
}

Format term_format(const Format& format, std::size_t i) {
    Format term = format.element();
    term.bias = static_cast<std::int16_t>(term.bias + format.term_step * static_cast<int>(i));
    return term;
}

DoubleWord double_word_plus(BaseArithmetic& base, DoubleWord x, double y, Rounding last, std::uint32_t random) {
    const DoubleWord sum = base.two_sum(x.high, y);
    if (!std::isfinite(sum.high)) return sum;
    return base.fast_two_sum(sum.high, base.add(x.low, sum.low, last, random));
}

DoubleWord double_word_plus(const Format& format, DoubleWord x, double y, Rounding last, std::uint32_t random) {
    BaseArithmetic base(format);
    return double_word_plus(base, x, y, last, random);
}

void plus_value(BaseArithmetic& base, std::span<double> terms, double value, Rounding last, std::uint32_t random) {
    if (terms.size() != 2) return plus_by_vec_sum(base, terms, value, last, random);
    const DoubleWord sum = double_word_plus(base, {terms[0], terms[1]}, value, last, random);
    terms[0] = sum.high;
    terms[1] = sum.low;
}

void expansion_plus(const Format& format, std::span<double> terms, double value, Rounding last, std::uint32_t random) {
    BaseArithmetic base(working_format(format));
    plus_value(base, terms, value, last, random);
    if (format.term_step != 0) place_terms(format, base.format(), terms, last, random);
    if (!std::isfinite(terms[0])) std::ranges::fill(terms.subspan(1), 0.0);
}

}  // namespace ulpsim::arithmetic

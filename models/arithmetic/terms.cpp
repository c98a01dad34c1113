#include "models/arithmetic/terms.hpp"

#include <algorithm>
#include <cmath>

namespace ulpsim::arithmetic {

void round_terms(const Format& format, Rounding rounding, ExactSum sum, std::uint32_t random, std::span<double> terms) {
    const Format element = format.element();
    std::fill(terms.begin(), terms.end(), 0.0);
    for (int i = 0; i < format.terms; ++i) {
        const bool is_last = i + 1 == format.terms;
        const int step = format.term_step * i;
        Unrounded rest = sum.value(false);
        rest.exponent += step;
        auto& term = terms[static_cast<std::size_t>(i)];
        term = round_to(element, is_last ? rounding : rne, rest, random);
        if (is_last || !std::isfinite(term)) return;
        Unrounded taken = exact(-term);
        taken.exponent -= step;
        sum.add(taken);
    }
}

ExactSum exact_sum_of(const Format& from, std::span<const double> terms, double factor) {
    ExactSum sum;
    for (int i = 0; i < from.terms; ++i) {
        Unrounded value = exact_product(factor, terms[static_cast<std::size_t>(i)]);
        value.exponent -= from.term_step * i;
        sum.add(value);
    }
    return sum;
}

void convert_terms(const Format& from, std::span<const double> terms, double factor, const Format& to,
                   Rounding rounding, std::uint32_t random, std::span<double> result) {
    if (from.terms == 1 && to.terms == 1) {
        result[0] = round_to(to, rounding, exact_product(factor, terms[0]), random);
        return;
    }
    round_terms(to, rounding, exact_sum_of(from, terms, factor), random, result);
}

}  // namespace ulpsim::arithmetic

#include "models/arithmetic/expansion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ulpsim::arithmetic {
namespace {

constexpr std::size_t most_terms = 4;

/// a + b, rounded once.
double plus(const Format& format, double a, double b, Rounding rounding = rne, std::uint32_t random = 0) {
    const double sum = a + b;
    const double b_part = sum - a;
    const double error = (a - (sum - b_part)) + (b - b_part);  // 2Sum in binary64
    // Most sums of narrow formats are exact in binary64. NaN, infinity and the zeros of rdn take the general way.
    if (error == 0 && (sum != 0 || rounding.mode != RoundingMode::rdn)) return round_to(format, rounding, sum, random);
    return round_to(format, rounding, exact_multiply_add(a, 1, b, rounding.mode == RoundingMode::rdn), random);
}

/// The format of the additions: the element's. With a step, the element's precision with an exponent range that holds
/// the unit of the last term; every sum is a multiple of it, so that nothing below it can be lost.
Format working_format(const Format& format) {
    Format working = format.element();
    if (format.term_step == 0) return working;
    const int finest_bias = format.bias + format.term_step * (format.terms - 1);
    working.exponent_bits = 11;
    working.bias = static_cast<std::int16_t>(std::max(1023, finest_bias));
    working.specials = Specials::ieee;
    return working;
}

/// Term i of an expansion as a format of true magnitudes: its implicit factor 2^(-step i) is a larger bias.
Format term_format(const Format& format, std::size_t i) {
    Format term = format.element();
    term.bias = static_cast<std::int16_t>(term.bias + format.term_step * static_cast<int>(i));
    return term;
}

/// VecSum: the same sum, as its rounded value and the errors behind it.
void vec_sum(const Format& format, std::span<double> x) {
    for (std::size_t i = x.size() - 1; i-- > 0;) {
        const DoubleWord sum = two_sum(format, x[i], x[i + 1]);
        x[i] = sum.high;
        x[i + 1] = sum.low;
    }
}

/// VecSumErrBranch: errors e squeezed into the first terms.size() places without holes. Only the addition that would
/// need one place more drops anything; it takes `last`.
void vec_sum_err_branch(const Format& format, std::span<const double> e, std::span<double> terms, Rounding last,
                        std::uint32_t random) {
    std::ranges::fill(terms, 0.0);
    std::size_t j = 0;
    double rest = e[0];
    for (std::size_t i = 1; i < e.size(); ++i) {
        const DoubleWord sum = two_sum(format, rest, e[i]);
        if (sum.low == 0) {
            rest = sum.high;
        } else if (j + 1 == terms.size()) {
            rest = plus(format, rest, e[i], last, random);
            break;
        } else {
            terms[j++] = sum.high;
            rest = sum.low;
        }
    }
    terms[j] = rest;
}

void plus_by_vec_sum(const Format& working, std::span<double> terms, double value, Rounding last,
                     std::uint32_t random) {
    std::array<double, most_terms + 1> storage{};
    const std::span<double> x(storage.data(), terms.size() + 1);
    std::size_t place = 0;  // behind the terms that are at least as large
    while (place < terms.size() && std::fabs(terms[place]) >= std::fabs(value)) ++place;
    std::copy(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(place), x.begin());
    x[place] = value;
    std::copy(terms.begin() + static_cast<std::ptrdiff_t>(place), terms.end(),
              x.begin() + static_cast<std::ptrdiff_t>(place) + 1);
    vec_sum(working, x);
    vec_sum_err_branch(working, x, terms, last, random);
}

/// Gives each term its own range: what a term cannot hold goes to the next one.
void place_terms(const Format& format, const Format& working, std::span<double> terms, Rounding last,
                 std::uint32_t random) {
    double rest = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const bool is_last = i + 1 == terms.size();
        const double wanted = rest == 0 ? terms[i] : plus(working, terms[i], rest);
        terms[i] = round_to(term_format(format, i), is_last ? last : rne, wanted, random);
        rest = wanted - terms[i];
    }
}

}  // namespace

DoubleWord two_sum(const Format& format, double a, double b) {
    const double sum = plus(format, a, b);
    if (!std::isfinite(sum)) return {sum, 0};
    if (std::fabs(a) < std::fabs(b)) std::swap(a, b);
    // Fast2Sum: both differences are exact in binary64, as they are in the format (Dekker). Adding +0 makes a zero +0.
    const double error = b - (sum - a) + 0.0;
    // Formats without infinity and NaN clamp their sum, which leaves an error that may be none of their values.
    return {sum, has_nan(format) ? error : round_to(format, rne, error)};
}

DoubleWord fast_two_sum(const Format& format, double a, double b) {
    const double sum = plus(format, a, b);
    if (!std::isfinite(sum)) return {sum, 0};
    const double error = plus(format, b, -plus(format, sum, -a));
    return {sum, std::isfinite(error) ? error + 0.0 : 0.0};
}

DoubleWord double_word_plus(const Format& format, DoubleWord x, double y, Rounding last, std::uint32_t random) {
    const DoubleWord sum = two_sum(format, x.high, y);
    if (!std::isfinite(sum.high)) return sum;
    return fast_two_sum(format, sum.high, plus(format, x.low, sum.low, last, random));
}

void expansion_plus(const Format& format, std::span<double> terms, double value, Rounding last, std::uint32_t random) {
    const Format working = working_format(format);
    if (terms.size() == 2) {
        const DoubleWord sum = double_word_plus(working, {terms[0], terms[1]}, value, last, random);
        terms[0] = sum.high;
        terms[1] = sum.low;
    } else {
        plus_by_vec_sum(working, terms, value, last, random);
    }
    if (format.term_step != 0) place_terms(format, working, terms, last, random);
    if (!std::isfinite(terms[0])) std::ranges::fill(terms.subspan(1), 0.0);
}

}  // namespace ulpsim::arithmetic

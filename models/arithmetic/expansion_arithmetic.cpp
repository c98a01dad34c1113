#include "models/arithmetic/expansion_arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/expansion.hpp"
#include "models/arithmetic/terms.hpp"

namespace ulpsim::arithmetic {
namespace {

Terms negated(Terms x) {
    for (double& term : x) term = -term;
    return x;
}

Terms doubled(Terms x) {
    for (double& term : x) term = 2 * term;
    return x;
}

Terms terms_of(DoubleWord x) { return {x.high, x.low}; }

/// value + all of `addends`; the errors of the additions take their places.
double exact_column(BaseArithmetic& base, double value, std::span<double> addends) {
    for (double& addend : addends) {
        const DoubleWord s = base.two_sum(value, addend);
        value = s.high;
        addend = s.low;
    }
    return value;
}

double rounded_column(BaseArithmetic& base, std::span<const double> addends) {
    double sum = addends[0];
    for (const double addend : addends.subspan(1)) sum = base.add(sum, addend);
    return sum;
}

}  // namespace

ExpansionArithmetic::ExpansionArithmetic(const Format& format) : format_(format), base_(working_format(format)) {
    if (format.terms < 2 || format.terms > most_terms || format.saturate || !format.subnormals)
        throw Error("expansion is " + name(format) + "; allowed: 2 to 4 terms of a format without :sat and :nosub");
}

/// VecSum and VecSumErrBranch of values that fall in magnitude.
Terms ExpansionArithmetic::squeezed(std::span<double> values) {
    Terms terms{};
    vec_sum(base_, values);
    vec_sum_err_branch(base_, values, used(terms));
    return terms;
}

/// Gives the terms their own ranges, and a result that is not finite or zero what the base operation gives on the heads.
Terms ExpansionArithmetic::finished(Terms terms, double head) {
    if (!std::isfinite(head) || (head == 0 && terms[0] == 0)) terms[0] = head;
    if (std::isfinite(terms[0]) && format_.term_step != 0) {
        const Terms wanted = std::exchange(terms, Terms{});
        ExactSum rest;
        for (const double term : wanted) rest.add(exact(term));
        round_terms(format_, rne, rest, 0, used(terms));
        for (std::size_t i = 0; i < format_.terms; ++i) {
            terms[i] = std::ldexp(terms[i], -format_.term_step * static_cast<int>(i));
            rest.add(exact(-terms[i]));
        }
        const double last_normal =
            std::ldexp(smallest_normal(format_.element()), -format_.term_step * (format_.terms - 1));
        const Unrounded lost = rest.value(false);
        if (lost.significand != 0 && std::isfinite(terms[0]) && std::fabs(terms[format_.terms - 1]) < last_normal)
            ++placed_short_;
    }
    if (!std::isfinite(terms[0])) std::fill(terms.begin() + 1, terms.end(), 0.0);
    return terms;
}

Terms ExpansionArithmetic::renormalize(std::span<const double> values) {
    if (values.empty()) return {};
    std::vector<double> x(values.begin(), values.end());
    for (std::size_t end = x.size(); end > 1; --end)  // the smallest of the first `end` goes last
        for (std::size_t i = 0; i + 1 < end; ++i)
            if (base_.smaller(x[i], x[i + 1])) std::swap(x[i], x[i + 1]);
    const bool one = std::ranges::all_of(std::span(x).subspan(1), [](double value) { return value == 0; });
    const double head = one ? x[0] : rounded_sum(base_.format(), x[0], x[1]);
    vec_sum(base_, x);
    Terms terms = squeezed(x);
    if (format_.terms == 2) terms = terms_of(base_.fast_two_sum(terms[0], terms[1]));
    return finished(terms, head);
}

/// Two terms: AccurateDWPlusDW (Joldes, Muller, Popescu, 2017, Algorithm 6).
Terms ExpansionArithmetic::sum(const Terms& x, const Terms& y) {
    if (format_.terms == 2) {
        const DoubleWord s = base_.two_sum(x[0], y[0]);
        const DoubleWord t = base_.two_sum(x[1], y[1]);
        const DoubleWord v = base_.fast_two_sum(s.high, base_.add(s.low, t.high));
        return terms_of(base_.fast_two_sum(v.high, base_.add(t.low, v.low)));
    }
    std::array<double, 2 * most_terms> storage{};
    for (std::size_t i = 0; i < format_.terms; ++i) {
        storage[2 * i] = x[i];
        storage[2 * i + 1] = y[i];
    }
    const std::span<double> values(storage.data(), 2u * format_.terms);
    merge(base_, values);
    return squeezed(values);
}

/// Two terms: DWTimesFP3 (Algorithm 9).
Terms ExpansionArithmetic::scaled(const Terms& x, double y) {
    if (format_.terms == 2) {
        const DoubleWord c = base_.two_product(x[0], y);
        return terms_of(base_.fast_two_sum(c.high, base_.fma(x[1], y, c.low)));
    }
    const std::size_t last = format_.terms - 1u;
    Terms columns{};
    std::vector<double> errors;  // into the next column
    for (std::size_t k = 0; k < last; ++k) {
        const DoubleWord p = base_.two_product(x[k], y);
        columns[k] = exact_column(base_, p.high, errors);
        errors.push_back(p.low);
    }
    columns[last] = base_.fma(x[last], y, rounded_column(base_, errors));
    return squeezed(used(columns));
}

/// Two terms: DWTimesDW2 (Algorithm 11). More: the columns i + j = k of the products x[i] y[j], exact by 2Prod and 2Sum
/// up to the last one, which is summed in the base format; what would fall behind it is left out.
Terms ExpansionArithmetic::product(const Terms& x, const Terms& y) {
    if (format_.terms == 2) {
        const DoubleWord c = base_.two_product(x[0], y[0]);
        const double crossed = base_.fma(x[1], y[0], base_.multiply(x[0], y[1]));
        return terms_of(base_.fast_two_sum(c.high, base_.add(c.low, crossed)));
    }
    const std::size_t last = format_.terms - 1u;
    Terms columns{};
    std::vector<double> errors;  // into the next column
    for (std::size_t k = 0; k < last; ++k) {
        std::vector<double> addends = std::exchange(errors, {});
        for (std::size_t i = 0; i <= k; ++i) {
            const DoubleWord p = base_.two_product(x[i], y[k - i]);
            addends.push_back(p.high);
            errors.push_back(p.low);
        }
        columns[k] = exact_column(base_, addends[0], std::span(addends).subspan(1));
        errors.insert(errors.end(), addends.begin() + 1, addends.end());
    }
    double rest = rounded_column(base_, errors);
    for (std::size_t i = 0; i <= last; ++i) rest = base_.fma(x[i], y[last - i], rest);
    columns[last] = rest;
    return squeezed(used(columns));
}

Terms ExpansionArithmetic::quotient(const Terms& x, const Terms& y) {
    if (format_.terms == 2) {  // DWDivDW2 (Algorithm 17) with DWTimesFP1 (Algorithm 7)
        const double digit = base_.divide(x[0], y[0]);
        const DoubleWord c = base_.two_product(y[0], digit);
        const DoubleWord t = base_.fast_two_sum(c.high, base_.multiply(y[1], digit));
        const DoubleWord r = base_.fast_two_sum(t.high, base_.add(t.low, c.low));
        const double rest = base_.add(base_.add(x[0], -r.high), base_.add(x[1], -r.low));
        return terms_of(base_.fast_two_sum(digit, base_.divide(rest, y[0])));
    }
    std::array<double, most_terms + 1> digits{};
    Terms rest = x;
    for (std::size_t i = 0;; ++i) {
        digits[i] = base_.divide(rest[0], y[0]);
        if (i == format_.terms) break;
        rest = sum(rest, negated(scaled(y, digits[i])));
    }
    return squeezed({digits.data(), format_.terms + 1u});
}

Terms ExpansionArithmetic::root(const Terms& x) {
    const double first = base_.root(x[0]);
    if (format_.terms == 2) {  // SQRTDWtoDW (Lefevre, Louvet, Muller, Picot, Rideau, 2022)
        const double rest = base_.add(x[1], base_.fma(-first, first, x[0]));
        return terms_of(base_.fast_two_sum(first, base_.divide(rest, 2 * first)));
    }
    Terms result{first}, rest = x;
    const DoubleWord square = base_.two_product(first, first);
    plus_value(base_, used(rest), -square.high);
    plus_value(base_, used(rest), -square.low);
    for (std::size_t i = 1;; ++i) {
        const double digit = base_.divide(rest[0], 2 * first);
        Terms twice = doubled(result);
        plus_value(base_, used(result), digit);
        if (i == format_.terms) break;
        plus_value(base_, used(twice), digit);  // r - ((s + d)^2 - s^2) = r - d (2 s + d)
        rest = sum(rest, negated(scaled(twice, digit)));
    }
    return result;
}

Terms ExpansionArithmetic::add(const Terms& x, const Terms& y) {
    return finished(sum(x, y), rounded_sum(base_.format(), x[0], y[0]));
}

Terms ExpansionArithmetic::subtract(const Terms& x, const Terms& y) { return add(x, negated(y)); }

Terms ExpansionArithmetic::add_value(const Terms& x, double y) {
    Terms z = x;
    plus_value(base_, used(z), y);
    return finished(z, rounded_sum(base_.format(), x[0], y));
}

Terms ExpansionArithmetic::multiply(const Terms& x, const Terms& y) {
    return finished(product(x, y), rounded_product(base_.format(), x[0], y[0]));
}

Terms ExpansionArithmetic::multiply_value(const Terms& x, double y) {
    return finished(scaled(x, y), rounded_product(base_.format(), x[0], y));
}

Terms ExpansionArithmetic::divide(const Terms& x, const Terms& y) {
    const double head = rounded_quotient(base_.format(), x[0], y[0]);
    const bool trivial = !std::isfinite(head) || !std::isfinite(y[0]) || x[0] == 0;  // x / infinity, 0 / y
    return finished(trivial ? Terms{head} : quotient(x, y), head);
}

Terms ExpansionArithmetic::square_root(const Terms& x) {
    const double head = rounded_root(base_.format(), x[0]);
    return finished(std::isfinite(head) && head != 0 ? root(x) : Terms{head}, head);
}

Terms ExpansionArithmetic::dot(std::span<const double> x, std::span<const double> y) {
    Terms result{};
    double head = 0;
    if (format_.terms == 2) {
        double low = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const DoubleWord p = base_.two_product(x[i], y[i]);
            const DoubleWord s = base_.two_sum(result[0], p.high);
            result[0] = s.high;
            low = base_.add(low, base_.add(s.low, p.low));
        }
        head = result[0];
        result = terms_of(base_.two_sum(result[0], low));
    } else {
        for (std::size_t i = 0; i < x.size(); ++i) {
            const DoubleWord p = base_.two_product(x[i], y[i]);
            head = rounded_sum(base_.format(), result[0], p.high);
            if (!std::isfinite(head)) {
                result = {head};
                continue;
            }
            plus_value(base_, used(result), p.high);
            plus_value(base_, used(result), p.low);
        }
    }
    return finished(result, head);
}

std::partial_ordering ExpansionArithmetic::compare(const Terms& x, const Terms& y) {
    if (!std::isfinite(x[0]) || !std::isfinite(y[0])) return x[0] <=> y[0];
    if (std::signbit(x[0]) != std::signbit(y[0])) return x[0] <=> y[0];  // their difference might overflow
    const double difference = sum(x, negated(y))[0];
    return base_.is_zero(difference) ? 0.0 <=> 0.0 : difference <=> 0.0;
}

}  // namespace ulpsim::arithmetic

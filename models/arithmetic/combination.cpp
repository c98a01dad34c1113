#include <array>
#include <cmath>
#include <string>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/terms.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

using Terms = std::array<double, 4>;

void check_shapes(const ConstMatrix& a, const ConstMatrix& b, const ConstMatrix& out, const Combination& operation) {
    const auto same = [&](const ConstMatrix& m) { return m.rows == out.rows && m.columns == out.columns; };
    const bool masked = operation.activation == Activation::relu_gradient;
    if (!same(a) || !same(b) || (masked && !same(operation.mask)))
        throw Error("combination: the operands differ in shape from the result's " + std::to_string(out.rows) + " x " +
                    std::to_string(out.columns));
}

/// What the activation leaves of an exact value.
Unrounded activated(Unrounded value, Activation activation, double mask) {
    const bool is_nan = value.kind == Unrounded::Kind::nan;
    if (activation == Activation::relu && value.negative && !is_nan) return {};
    if (activation == Activation::relu_gradient && !(mask > 0)) return {};
    return value;
}

/// One element whose operands and result are plain formats.
double plain(const Combination& operation, const Format& format, double a, double b, double mask,
             std::uint32_t random) {
    if (operation.activation == Activation::none)
        return round_multiply_add(format, operation.rounding, operation.factor, b, a, random);
    const bool down = operation.rounding.mode == RoundingMode::rdn;
    const Unrounded sum = exact_multiply_add(operation.factor, b, a, down);
    return round_to(format, operation.rounding, activated(sum, operation.activation, mask), random);
}

void general(const Combination& operation, const Format& a, const Terms& a_terms, const Format& b, const Terms& b_terms,
             double mask, std::uint32_t random, const Format& format, Terms& result) {
    ExactSum sum;
    for (std::size_t t = 0; t < a.terms; ++t)
        sum.add(exact(std::ldexp(a_terms[t], -static_cast<int>(t) * a.term_step)));
    for (std::size_t t = 0; t < b.terms; ++t)
        sum.add(exact_product(operation.factor, std::ldexp(b_terms[t], -static_cast<int>(t) * b.term_step)));
    if (operation.activation != Activation::none) {
        const bool negative = sum.value(false).negative && sum.value(false).kind != Unrounded::Kind::nan;
        const bool passes = operation.activation == Activation::relu ? !negative : mask > 0;
        if (!passes) sum = {};
    }
    round_terms(format, operation.rounding, sum, random, result);
}

}  // namespace

void combine(const Combination& operation, const ConstMatrix& a, const ConstMatrix& b, const Matrix& out,
             const Coordinates& coordinates, unsigned threads) {
    check_shapes(a, b, out, operation);
    const bool expansions = a.format.is_expansion() || b.format.is_expansion() || out.format.is_expansion();
    parallel_for(out.rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t row = first; row < last; ++row) {
            for (std::uint64_t column = 0; column < out.columns; ++column) {
                Terms a_terms{}, b_terms{}, mask{}, result{};
                load_terms(a, row, column, a_terms);
                load_terms(b, row, column, b_terms);
                if (operation.activation == Activation::relu_gradient) load_terms(operation.mask, row, column, mask);
                const std::uint32_t random =
                    draw(operation.rounding, coordinates.key, coordinates.element(row, column), 0, Stream::other);
                if (expansions)
                    general(operation, a.format, a_terms, b.format, b_terms, mask[0], random, out.format, result);
                else
                    result[0] = plain(operation, out.format, a_terms[0], b_terms[0], mask[0], random);
                store_terms(out, row, column, result);
            }
        }
    });
}

}  // namespace ulpsim::arithmetic

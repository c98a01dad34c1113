#include "power/costs/operator_features.hpp"

#include <algorithm>
#include <cmath>

namespace ulpsim::power {
namespace {

using arithmetic::Dot;
using arithmetic::Format;
using arithmetic::Order;
using arithmetic::Rounding;

/// Both operands of an addition are fresh and its alignment depends on them; fit of 8 adders (facts: power 1.2).
constexpr double fresh_operands = 1.2;
/// How much of an accumulator's extra width toggles in a running sum (same fit).
constexpr double accumulator_activity = 0.4;

/// `int` and `fix` throughout: an operator without alignment, normalisation and rounding.
template <class... Formats>
bool are_integers(const Formats&... formats) {
    return (formats.is_twos_complement() && ...);
}
/// Subnormals of a float; the others have no exponent that they could lack.
bool has_subnormals(const Format& format) { return format.subnormals && !format.is_twos_complement(); }

/// mul intW and mac intW->intA of the fit, W*W and W*W + 2W cells for equal widths.
double integer_multiplier_cells(const Format& a, const Format& b) { return a.width() * b.width(); }
Features integer_mac(const Format& a, const Format& b, const Format& accumulator) {
    return {.full_adders = integer_multiplier_cells(a, b) + a.width() + b.width(),
            .carry_bits = 2.0 * accumulator.width()};
}
/// What a block's scales add to each product: the sum of two e8m0 exponents, shared by the block, and its addition to
/// the exponent of every product (structural, assumed; e8m0 of OCP MX).
Features block_scales(const Dot& dot) {
    Features f;
    for (const Format& operand : {dot.a, dot.b})
        if (operand.is_mx()) f.exponent_bits += 8.0 + 8.0 / operand.block;
    return f;
}

double shifter(double window) { return window * std::log2(window); }
int lowest_exponent(const Format& format) { return format.emin() - format.mantissa_bits; }
int ceil_log2(std::uint32_t n) { return static_cast<int>(std::ceil(std::log2(static_cast<double>(n)))); }

double multiplier_cells(const Format& a, const Format& b) {
    const int pa = a.precision(), pb = b.precision();
    return pa * pb - std::min(pa, pb);
}

/// N-bit addition below the last place, and the part of the window that N bits make wider: the aligning shifter and its
/// adder; the normaliser needs no more. Agrees with e4m3 into e6m9 synthesised, sr4 to sr16: +8, +20, +32, +45 % of
/// area against +15, +20, +28, +39 measured (facts: synthesis 4).
Features stochastic(const Rounding& rounding, int window, int precision) {
    if (!rounding.is_stochastic()) return {};
    const int wide = std::max(window, precision + rounding.random_bits + 2);
    return {.carry_bits = static_cast<double>(rounding.random_bits + wide - window),
            .shifter_bits = shifter(wide) - shifter(window)};
}

/// Align, add, normalise, round: everything of a multiply-accumulate but the multiplier's cells. `activity` is the
/// share of the window beyond the product that toggles.
Features accumulate(int product_bits, const Format& a, const Format& b, const Format& accumulator, double activity) {
    const double window = alignment_window(product_bits, accumulator.precision());
    const double narrow = product_bits + 3;
    const double active = narrow + activity * (window - narrow);
    const int widest = std::max({a.exponent_bits, b.exponent_bits, accumulator.exponent_bits});
    return {.carry_bits = 4 * active + activity * accumulator.mantissa_bits + 2,
            .shifter_bits = 2 * active * std::log2(window),
            .exponent_bits = static_cast<double>(a.exponent_bits + b.exponent_bits + 3 * widest)};
}

Features adder(int width, const Format& format) {
    return {.carry_bits = 2.0 * width + (format.mantissa_bits + 2) + 2 * (format.exponent_bits + format.mantissa_bits),
            .shifter_bits = 2 * shifter(width),
            .exponent_bits = 3.0 * format.exponent_bits};
}

Features adder(const Format& format, const Rounding& rounding) {
    const int width = format.mantissa_bits + 5;
    return adder(width, format) + stochastic(rounding, width, format.precision());
}

/// Width of the fixed-point sum of an aligned group: the accumulator's bits and the guard below them, two bits for a
/// product of up to 4, and the carries; the whole range of products and accumulator when nothing is cut.
int aligned_window(const Dot& dot) {
    const int carries = ceil_log2(dot.length + 1);
    if (!dot.guard_exact) return std::max(1, dot.accumulator.precision() + dot.guard + 2 + carries);
    const int top = std::max(arithmetic::emax(dot.a) + arithmetic::emax(dot.b) + 1, arithmetic::emax(dot.accumulator));
    const int bottom = std::min(lowest_exponent(dot.a) + lowest_exponent(dot.b), lowest_exponent(dot.accumulator));
    return top - bottom + 1 + carries;
}

/// A lane has its multiplier, one shifter and one adder of the window; a group shares the normaliser and the rounding
/// (facts: power 1.4). Coarse: the accumulator's own aligner is left out, 8 % of e4m3 into e8m23 in groups of four.
Features aligned(const Dot& dot, int product_bits, double activity) {
    const double window = aligned_window(dot);
    const double narrow = std::min(window, product_bits + 3.0);
    const double active = narrow + activity * (window - narrow);
    const int widest = std::max({dot.a.exponent_bits, dot.b.exponent_bits, dot.accumulator.exponent_bits});
    const Features lane{.carry_bits = product_bits + active,
                        .shifter_bits = active * std::log2(window),
                        .exponent_bits = static_cast<double>(dot.a.exponent_bits + dot.b.exponent_bits)};
    const Features group{
        .carry_bits = active, .shifter_bits = active * std::log2(window), .exponent_bits = 3.0 * widest};
    const Features random = stochastic(dot.rounding, static_cast<int>(window), dot.accumulator.precision());
    return lane + (1.0 / dot.length) * (group + random);
}

/// One adder a product whatever the length: N - 1 nodes and the accumulator's share N products. Nodes are as wide as
/// the products need, and their operands are fresh.
Features tree_adder(const Dot& dot, int product_bits) {
    const int width = std::max(dot.accumulator.mantissa_bits + 5, product_bits + 3);
    return adder(width, dot.accumulator) + stochastic(dot.rounding, width, dot.accumulator.precision());
}

/// One element's change of format. Narrowing rounds; widening moves exponents only (facts: power 1.4). Reaching or
/// leaving subnormals takes a shifter (structural, as for operators with subnormals in facts: power 1.2).
Features convert_element(const Format& from, const Format& to, const Rounding& rounding) {
    Features f{.exponent_bits = 3.0 * to.exponent_bits};
    if (to.mantissa_bits < from.mantissa_bits || to.emin() > from.emin()) f.carry_bits += to.mantissa_bits + 2;
    if (to.subnormals && to.emin() > from.emin()) f.shifter_bits += shifter(to.precision() + 2);
    if (from.subnormals && from.emin() > to.emin()) f.shifter_bits += shifter(from.precision());
    if (rounding.is_stochastic()) f.carry_bits += rounding.random_bits;
    return f;
}

}  // namespace

int alignment_window(int product_bits, int precision) { return std::max(product_bits, precision + 1) + 3; }

OperatorFeatures features(const Mac& mac) {
    const Dot& dot = mac.dot;
    const bool adds_in_order = dot.order == Order::sequential || dot.order == Order::chunk;
    if (are_integers(dot.a, dot.b, dot.accumulator) && !dot.product && !dot.a.is_mx() && !dot.b.is_mx() &&
        adds_in_order && (dot.order == Order::sequential || are_integers(dot.outer))) {
        const Features f = integer_mac(dot.a, dot.b, dot.accumulator);
        if (dot.order == Order::sequential) return {f, f, OperatorKind::integer, false};
        const Features outer{.carry_bits = static_cast<double>(dot.outer.width())};
        return {f + outer, f + (1.0 / dot.length) * outer, OperatorKind::integer, false};
    }
    const int exact_bits = dot.a.precision() + dot.b.precision();
    const int product_bits = dot.product ? dot.product->precision() : exact_bits;

    Features multiplier = Features{.full_adders = multiplier_cells(dot.a, dot.b)} + block_scales(dot);
    if (dot.product) {  // a rounding of its own, as in a multiplier
        multiplier.carry_bits = exact_bits;
        if (dot.product_rounding.is_stochastic()) multiplier.carry_bits += dot.product_rounding.random_bits;
    }
    OperatorFeatures f{multiplier, multiplier, OperatorKind::mac,
                       has_subnormals(dot.a) || has_subnormals(dot.b) || has_subnormals(dot.accumulator)};
    if (dot.order == Order::align) {
        f.built = f.built + aligned(dot, product_bits, 1);
        f.toggling = f.toggling + aligned(dot, product_bits, accumulator_activity);
        return f;
    }
    if (dot.order == Order::tree) {
        const Features exponents{.exponent_bits = static_cast<double>(dot.a.exponent_bits + dot.b.exponent_bits)};
        f.built = f.built + exponents + tree_adder(dot, product_bits);
        f.toggling = f.toggling + fresh_operands * tree_adder(dot, product_bits);
        return f;
    }
    const Features random = stochastic(dot.rounding, alignment_window(product_bits, dot.accumulator.precision()),
                                       dot.accumulator.precision());
    f.built = f.built + random + accumulate(product_bits, dot.a, dot.b, dot.accumulator, 1);
    f.toggling = f.toggling + random + accumulate(product_bits, dot.a, dot.b, dot.accumulator, accumulator_activity);
    if (dot.order == Order::chunk) {  // the outer adder works once a chunk, but stands there all the time
        const Features outer = adder(dot.outer, dot.rounding);
        f.built = f.built + outer;
        f.toggling = f.toggling + (fresh_operands / dot.length) * outer;
    }
    return f;
}

OperatorFeatures features(const Fma& fma) {
    if (are_integers(fma.a, fma.b, fma.c)) {
        const Features f = integer_mac(fma.a, fma.b, fma.c);
        return {f, f, OperatorKind::integer, false};
    }
    const int product_bits = fma.a.precision() + fma.b.precision();
    const int window = alignment_window(product_bits, fma.c.precision());
    // The addend is fresh, not a running sum: all of the window toggles.
    const Features f = Features{.full_adders = multiplier_cells(fma.a, fma.b)} +
                       accumulate(product_bits, fma.a, fma.b, fma.c, 1) +
                       stochastic(fma.rounding, window, fma.c.precision());
    return {f, f, OperatorKind::mac, has_subnormals(fma.a) || has_subnormals(fma.b) || has_subnormals(fma.c)};
}

OperatorFeatures features(const Add& add) {
    if (are_integers(add.format)) {
        const Features f{.carry_bits = static_cast<double>(add.format.width())};
        return {f, f, OperatorKind::integer, false};
    }
    const Features f = adder(add.format, add.rounding);
    return {f, fresh_operands * f, OperatorKind::add, has_subnormals(add.format)};
}

OperatorFeatures features(const Multiply& multiply) {
    const Format &a = multiply.a, &b = multiply.b;
    if (are_integers(a, b, multiply.out)) {
        const Features f{.full_adders = integer_multiplier_cells(a, b)};
        return {f, f, OperatorKind::integer, false};
    }
    Features f{.full_adders = multiplier_cells(a, b),
               .carry_bits = static_cast<double>(a.precision() + b.precision()),
               .exponent_bits = static_cast<double>(a.exponent_bits + b.exponent_bits)};
    if (multiply.rounding.is_stochastic()) f.carry_bits += multiply.rounding.random_bits;
    return {f, f, OperatorKind::multiply, has_subnormals(a) || has_subnormals(b) || has_subnormals(multiply.out)};
}

OperatorFeatures features(const TwoProduct& two_product) {
    const Format& format = two_product.format;
    OperatorFeatures f = features(Multiply{format, format, format, arithmetic::rne});
    // Negate the remainder where the head was rounded up, count its zeros, shift, round what underflow cuts.
    f.built = f.built + Features{.carry_bits = 2.0 * format.precision() + format.mantissa_bits + 2,
                                 .shifter_bits = shifter(format.precision() + 2),
                                 .exponent_bits = 3.0 * format.exponent_bits};
    f.toggling = f.built;
    return f;
}

OperatorFeatures features(const Divide& divide) {
    const double width = divide.format.mantissa_bits + 3;
    const Features f{.carry_bits = 2 * width + divide.format.mantissa_bits + 2,
                     .exponent_bits = 2.0 * divide.format.exponent_bits};
    return {f, f, OperatorKind::multiply, has_subnormals(divide.format)};
}

OperatorFeatures features(const Convert& convert) {
    const Format from = convert.from.element(), to = convert.to.element();
    Features f = convert_element(from, to, convert.rounding);
    // Terms of an expansion one by one: t1 = TO(x), t2 = TO(x - t1), ...; or its terms summed before the conversion.
    const double more_terms = convert.to.terms - 1;
    f = f + more_terms * (convert_element(from, to, arithmetic::rne) + adder(from, arithmetic::rne));
    f = f + static_cast<double>(convert.from.terms - 1) * adder(from, arithmetic::rne);
    // A block's scale is an exponent that is added to each element's, or taken off it.
    constexpr double scale_bits = 8;
    if (convert.from.is_mx()) f.exponent_bits += scale_bits;
    if (convert.to.is_mx()) f.exponent_bits += scale_bits;
    return {f, f, OperatorKind::other, false};
}

}  // namespace ulpsim::power

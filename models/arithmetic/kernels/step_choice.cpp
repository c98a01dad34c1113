#include "models/arithmetic/kernels/step_choice.hpp"

#include <cmath>

namespace ulpsim::arithmetic::kernels {
namespace {

int quantum_exponent(const Format& f) { return f.emin() - f.mantissa_bits; }

/// acc + x in binary32 (24 bits), then rounded to p bits, is the sum rounded once if x has w <= p <= 11 bits. Take |sum|
/// in [1, 2): bits below 2^-23 can only come from the smaller operand, which has at most p bits and so lies below
/// 2^(p-24) <= 2^-(p+2). The larger one is a value of p bits, at least 2^-(p+1) from every midpoint (below a power of
/// two; elsewhere 2^-p): neither the sum nor what binary32 makes of it reaches one. At p = 12 it can: (2^-12 + 2^-24) +
/// 1 lies above a midpoint, and binary32 makes it that midpoint. Among subnormal sums midpoints are farther apart: the
/// larger operand is a multiple of the last place, and the smaller one lies below a quarter of it.
bool binary32_is_wide_enough(const Addend& x, const Format& accumulator) {
    const int p = accumulator.precision();
    return x.precision <= p && p <= 11;
}

/// Sums below the smallest normal value are multiples of the smallest subnormal one: exact without rounding.
bool small_sums_are_exact(const Addend& x, const Format& accumulator) {
    return x.quantum_exponent >= quantum_exponent(accumulator);
}

/// Neither a sum nor its product with 2^(23 - Y) + 1 overflows.
bool is_bounded(const Format& accumulator, double largest_sum) {
    const int dropped = 23 - accumulator.mantissa_bits;
    return largest_sum <= largest_finite(accumulator) && largest_sum < std::ldexp(1.0, 126 - dropped);
}

/// Binary32 keeps two bits more than the format, in its subnormal range too (2^-149).
bool leaves_two_bits(const Format& accumulator) {
    return narrowing<float>(accumulator) && narrowing<double>(accumulator) && !accumulator.is_expansion() &&
           accumulator.mantissa_bits >= 1 && accumulator.mantissa_bits <= 21;
}

/// An overflow of a split sum shows in bit 30 once everything is scaled, and no later sum leaves binary32.
bool can_be_tracked(const Format& accumulator, double largest_sum) {
    if (accumulator.specials != Specials::ieee || !accumulator.subnormals) return false;
    const int dropped = 23 - accumulator.mantissa_bits;
    const bool fits = largest_sum < std::ldexp(1.0, 126 - dropped + emax(accumulator));
    return fits && leaves_two_bits(tracked_scale(accumulator, accumulator));
}

}  // namespace

Addend addend(const Format& values) { return {values.precision(), quantum_exponent(values)}; }
Addend addend(const Format& a, const Format& b) {
    return {a.precision() + b.precision(), quantum_exponent(a) + quantum_exponent(b)};
}

std::optional<Step> choose_step(const Addend& addend, const Format& accumulator, double largest_sum) {
    if (accumulator == fp32) return Step::fused;
    if (!leaves_two_bits(accumulator)) return {};
    const bool wide_enough = binary32_is_wide_enough(addend, accumulator);
    const bool exact_below = small_sums_are_exact(addend, accumulator);
    if (accumulator == fp16) {
        if (!wide_enough && addend.precision <= 24 && addend.quantum_exponent >= fp32.emin()) return Step::odd_half;
        if (wide_enough && !exact_below) return Step::half;
    }
    if (accumulator.subnormals && is_bounded(accumulator, largest_sum)) {
        if (!wide_enough) return Step::odd_split;
        return exact_below ? Step::split : Step::gradual_split;
    }
    if (wide_enough && exact_below && can_be_tracked(accumulator, largest_sum)) return Step::tracked_split;
    if (accumulator == fp16 && wide_enough) return Step::half;
    return narrowing<float>(accumulator)->full_range ? Step::odd_mantissa : Step::odd_integer;
}

std::optional<Step> choose_step(const Format& a, const Format& b, const Format& accumulator, double largest_sum) {
    if (!decoder<float>(a) || !decoder<float>(b) || a.is_expansion() || b.is_expansion()) return {};
    const auto step = choose_step(addend(a, b), accumulator, largest_sum);
    if (step == Step::tracked_split && !decoder<float>(tracked_scale(a, accumulator)))
        return choose_step(addend(a, b), accumulator, HUGE_VAL);
    return step;
}

std::optional<StochasticStep> choose_stochastic_step(const Addend& addend, const Format& accumulator, Rounding rounding,
                                                     double largest_sum) {
    if (accumulator.is_expansion() || accumulator.is_twos_complement() || !decoder<float>(accumulator) ||
        !encoder<float>(accumulator, rounding))
        return {};
    // A sum beyond binary32 would be cut to its largest value, which need not overflow.
    if (emax(accumulator) > 126 && !(largest_sum < 0x1p127)) return {};
    const bool cut_serves = rounding.mode == RoundingMode::sr && accumulator.precision() + rounding.random_bits <= 23;
    if (cut_serves && narrowing<float>(accumulator) && accumulator.subnormals && is_bounded(accumulator, largest_sum) &&
        small_sums_are_exact(addend, accumulator))
        return StochasticStep::cut_mantissa;
    if (!odd_sum_serves(accumulator, rounding)) return {};
    return cut_serves ? StochasticStep::cut : StochasticStep::odd;
}

bool odd_sum_serves(const Format& format, Rounding rounding) {
    if (rounding.mode != RoundingMode::rne && !rounding.is_stochastic()) return false;
    // The sum must keep two bits more than the rounding looks at, down to its last place.
    const int looked_at = rounding.random_bits + 2;
    const int last_place = quantum_exponent(format) - looked_at;
    return format.precision() + looked_at <= 24 && last_place >= kernels().odd_floor;
}

StepConstants step_constants(Step step, const Format& accumulator) {
    StepConstants constants;
    if (step == Step::fused) return constants;
    constants.splitter = std::ldexp(1.0f, 23 - accumulator.mantissa_bits) + 1;
    constants.smallest_normal = static_cast<float>(smallest_normal(accumulator));
    constants.narrow = *narrowing<float>(accumulator);
    constants.wide = *narrowing<double>(accumulator);
    return constants;
}

StochasticConstants stochastic_constants(StochasticStep step, const Format& accumulator, Rounding rounding) {
    const unsigned bits = rounding.random_bits;
    StochasticConstants constants;
    constants.encoder = *encoder<float>(accumulator, rounding);
    constants.decoder = *decoder<float>(accumulator);
    constants.draws_a_word = bits <= 8 ? 4 : bits <= 16 ? 2 : 1;
    constants.draw_bits = 32 / constants.draws_a_word;
    constants.place = step == StochasticStep::cut_mantissa ? static_cast<unsigned>(constants.encoder.shift) - bits : 0;
    return constants;
}

Format tracked_scale(const Format& format, const Format& accumulator) {
    Format scaled = format;
    scaled.bias = static_cast<std::int16_t>(format.bias + emax(accumulator));
    return scaled;
}

double largest_sum(double start, double a, double b, double depth, const Format& accumulator) {
    // Each rounding grows a sum by at most 2^(1-p) of it; among subnormal sums by more, which ends at normal ones.
    const double exact_bound = start + depth * a * b + smallest_normal(accumulator);
    const double growth = std::exp(depth * std::ldexp(2.0, -accumulator.precision())) * 1.001;
    return std::isfinite(exact_bound) ? exact_bound * growth : HUGE_VAL;
}

}  // namespace ulpsim::arithmetic::kernels

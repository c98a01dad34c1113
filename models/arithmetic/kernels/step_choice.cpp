#include "models/arithmetic/kernels/step_choice.hpp"

#include <cmath>

namespace ulpsim::arithmetic::kernels {
namespace {

int quantum_exponent(const Format& f) { return f.emin() - f.mantissa_bits; }

/// acc + a * b in binary32 (24 bits), then rounded to p bits, is the sum rounded once if the product has w <= p <= 11
/// bits. Take |sum| in [1, 2): bits below 2^-23 can only come from the smaller operand, which has at most p bits and so
/// lies below 2^(p-24) <= 2^-(p+2). The larger one is a value of p bits, at least 2^-(p+1) from every midpoint (below a
/// power of two; elsewhere 2^-p): neither the sum nor what binary32 makes of it reaches one. At p = 12 it can: (2^-12 +
/// 2^-24) + 1 lies above a midpoint, and binary32 makes it that midpoint.
bool binary32_is_wide_enough(const Format& a, const Format& b, const Format& accumulator) {
    const int w = a.precision() + b.precision(), p = accumulator.precision();
    return w <= p && p <= 11;
}

/// Sums below the smallest normal value are multiples of the smallest subnormal one: exact without rounding.
bool small_sums_are_exact(const Format& a, const Format& b, const Format& accumulator) {
    return quantum_exponent(a) + quantum_exponent(b) >= quantum_exponent(accumulator);
}

/// Neither a sum nor its product with 2^(23 - Y) + 1 overflows.
bool is_bounded(const Format& accumulator, double largest_sum) {
    const int dropped = 23 - accumulator.mantissa_bits;
    return largest_sum <= largest_finite(accumulator) && largest_sum < std::ldexp(1.0, 126 - dropped);
}

}  // namespace

std::optional<Step> choose_step(const Format& a, const Format& b, const Format& accumulator, double largest_sum) {
    if (!decoder<float>(a) || !decoder<float>(b) || a.is_expansion() || b.is_expansion()) return {};
    if (accumulator == fp32) return Step::fused;
    if (!narrowing<float>(accumulator) || !narrowing<double>(accumulator) || accumulator.is_expansion()) return {};
    // Binary32 keeps two bits more than the format, in its subnormal range too (2^-149).
    if (accumulator.mantissa_bits < 1 || accumulator.mantissa_bits > 21) return {};
    if (accumulator.subnormals && is_bounded(accumulator, largest_sum)) {
        const bool plain = binary32_is_wide_enough(a, b, accumulator) && small_sums_are_exact(a, b, accumulator);
        return plain ? Step::split : Step::odd_split;
    }
    return narrowing<float>(accumulator)->full_range ? Step::odd_mantissa : Step::odd_integer;
}

bool odd_sum_serves(const Format& format, Rounding rounding) {
    if (rounding.mode != RoundingMode::rne && rounding.mode != RoundingMode::sr) return false;
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

double largest_sum(double start, double a, double b, double depth, int precision) {
    const double exact_bound = start + depth * a * b;
    // Each rounding grows a sum by at most 2^-p of it.
    const double growth = std::exp(depth * std::ldexp(1.0, -precision)) * 1.001;
    return std::isfinite(exact_bound) ? exact_bound * growth : HUGE_VAL;
}

}  // namespace ulpsim::arithmetic::kernels

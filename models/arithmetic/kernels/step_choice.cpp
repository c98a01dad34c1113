#include "models/arithmetic/kernels/step_choice.hpp"

#include <cmath>

namespace ulpsim::arithmetic::kernels {
namespace {

int quantum_exponent(const Format& f) { return f.emin() - f.mantissa_bits; }

/// acc + a * b in binary32, then rounded to p bits, is rounded once: with w <= p product bits and p + w <= 23 no sum that
/// is not a midpoint rounds to one. (facts: arithmetic 2.4 for p, w <= 5 by exhaustion; the tests search for more.)
bool binary32_is_wide_enough(const Format& a, const Format& b, const Format& accumulator) {
    const int w = a.precision() + b.precision(), p = accumulator.precision();
    return w <= p && p + w <= 23;
}

/// Splitting knows no range: sums below the smallest normal must be exact already, none may overflow, and neither may the
/// product with 2^(23 - Y) + 1.
bool range_is_safe(const Format& a, const Format& b, const Format& accumulator, double largest_sum) {
    const bool small_sums_are_exact =
        accumulator.subnormals && quantum_exponent(a) + quantum_exponent(b) >= quantum_exponent(accumulator);
    const int dropped = 23 - accumulator.mantissa_bits;
    return small_sums_are_exact && largest_sum <= largest_finite(accumulator) &&
           largest_sum < std::ldexp(1.0, 126 - dropped);
}

}  // namespace

std::optional<Step> choose_step(const Format& a, const Format& b, const Format& accumulator, double largest_sum) {
    if (!decoder<float>(a) || !decoder<float>(b) || a.is_expansion() || b.is_expansion()) return {};
    if (accumulator == fp32) return Step::fused;
    if (!narrowing<float>(accumulator) || !narrowing<double>(accumulator) || accumulator.is_expansion()) return {};
    if (accumulator.specials != Specials::fnuz && accumulator.mantissa_bits >= 1 &&
        binary32_is_wide_enough(a, b, accumulator) && range_is_safe(a, b, accumulator, largest_sum))
        return Step::veltkamp;
    // Binary32 keeps two bits more than the format, in its subnormal range too (2^-149).
    if (accumulator.mantissa_bits <= 21) return Step::odd_integer;
    return {};
}

StepConstants step_constants(Step step, const Format& accumulator) {
    StepConstants constants;
    if (step == Step::veltkamp) constants.splitter = std::ldexp(1.0f, 23 - accumulator.mantissa_bits) + 1;
    if (step == Step::odd_integer) {
        constants.narrow = *narrowing<float>(accumulator);
        constants.wide = *narrowing<double>(accumulator);
    }
    return constants;
}

double largest_sum(double start, double a, double b, double depth, int precision) {
    const double exact_bound = start + depth * a * b;
    // Each rounding grows a sum by at most 2^-p of it.
    const double growth = std::exp(depth * std::ldexp(1.0, -precision)) * 1.001;
    return std::isfinite(exact_bound) ? exact_bound * growth : HUGE_VAL;
}

}  // namespace ulpsim::arithmetic::kernels

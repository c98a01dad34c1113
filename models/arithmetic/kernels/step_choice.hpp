#pragma once
#include <optional>

#include "models/arithmetic/dot.hpp"
#include "models/arithmetic/kernels/kernels.hpp"

namespace ulpsim::arithmetic::kernels {

/// What is added to an accumulator: exact products of two formats, or values of one.
struct Addend {
    int precision;         ///< significand bits
    int quantum_exponent;  ///< it is a multiple of 2 to this
};
Addend addend(const Format& values);
Addend addend(const Format& a, const Format& b);

/// The fastest step that is right for sums rounded to nearest even after every addition. `largest_sum` bounds every
/// magnitude that can arise, before or after rounding; infinity if nothing is known. Nothing where no step serves.
/// `tracked_split` wants operands and accumulators in tracked_scale(). (facts: performance 4.1 and 5, arithmetic 2.4.)
std::optional<Step> choose_step(const Addend& addend, const Format& accumulator, double largest_sum);
/// The same for products, whose operands must be formats that the kernels decode.
std::optional<Step> choose_step(const Format& a, const Format& b, const Format& accumulator, double largest_sum);

/// The step for sums rounded by srN or srcN.
std::optional<StochasticStep> choose_stochastic_step(const Addend& addend, const Format& accumulator, Rounding rounding,
                                                     double largest_sum);

/// Whether a sum rounded to odd at 24 bits, by this level's kernels, may be rounded so to `format`: rne, srN and srcN
/// only.
bool odd_sum_serves(const Format& format, Rounding rounding);

StepConstants step_constants(Step step, const Format& accumulator);
StochasticConstants stochastic_constants(StochasticStep step, const Format& accumulator, Rounding rounding);

/// The format whose values are those of `format` times 2^-emax(accumulator): the accumulator's overflows become the
/// magnitudes from 2 on. Codes stay.
Format tracked_scale(const Format& format, const Format& accumulator);

/// Bounds every partial sum of `depth` products of at most `a` times `b`, started at most at `start`, each rounded to
/// the accumulator's format, to nearest or stochastically. Infinite where a bound is.
double largest_sum(double start, double a, double b, double depth, const Format& accumulator);

}  // namespace ulpsim::arithmetic::kernels

#pragma once
#include <optional>

#include "models/arithmetic/dot.hpp"
#include "models/arithmetic/kernels/kernels.hpp"

namespace ulpsim::arithmetic::kernels {

/// The fastest step that is right for sums acc + a * b of exact products, rounded to nearest even after every addition.
/// `largest_sum` bounds every magnitude that can arise, before or after rounding; infinity if nothing is known. Nothing
/// where no step serves. (facts: performance 4.1 and 5, arithmetic 2.4.)
std::optional<Step> choose_step(const Format& a, const Format& b, const Format& accumulator, double largest_sum);

/// Whether a sum rounded to odd at 24 bits, by this level's kernels, may be rounded so to `format`: rne and srN only.
bool odd_sum_serves(const Format& format, Rounding rounding);

StepConstants step_constants(Step step, const Format& accumulator);

/// Bounds every partial sum of `depth` products of at most `a` times `b`, started at most at `start`, each rounded to
/// `precision` bits. Infinite where a bound is.
double largest_sum(double start, double a, double b, double depth, int precision);

}  // namespace ulpsim::arithmetic::kernels

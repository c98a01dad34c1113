#include "models/accelerator/vector_timing.hpp"

#include <cmath>

namespace ulpsim::models {

bool divides(const ConvertCommand& c) { return c.divide && !c.scales.powers_of_two; }

bool is_power_of_two(double factor) {
    int exponent = 0;
    return std::frexp(std::fabs(factor), &exponent) == 0.5;
}

std::uint64_t vector_slots(const ConvertCommand& c) {
    const bool multiplies = !is_power_of_two(c.factor) || !c.scales.powers_of_two;
    // Several terms are summed one by one; of the result each further one is a subtraction and a rounding.
    std::uint64_t slots = (c.in.format.terms - 1U) + (2U * c.out.format.terms - 1U);
    slots += divides(c) ? divide_slots : multiplies ? 1 : 0;
    if (c.out.format.is_mx()) ++slots;  // the largest of a block comes before its elements
    return std::uint64_t{c.rows} * c.columns * slots;
}

std::uint64_t vector_slots(const ColumnSumsCommand& c) {
    return std::uint64_t{c.rows} * c.columns + (c.last ? c.columns * (is_power_of_two(c.factor) ? 1U : 2U) : 0U);
}

std::uint64_t vector_slots(const SoftmaxCommand& c) {
    // An element: maximum, subtraction, exp, sum, division; subtraction and scaling of the error, its rounding.
    const std::uint64_t element = 1 + 1 + elementary_slots + 1 + divide_slots + 3;
    // A row: log, the loss, its sum, the comparison with the label.
    const std::uint64_t row = elementary_slots + 3;
    return c.rows * (c.columns * element + row);
}

std::uint64_t vector_slots(const UpdateCommand& c) {
    std::uint64_t slots = 2;  // unscale; the step on the master, or its product for the expansion unit
    if (c.weight_decay != 0) ++slots;
    if (c.momentum != 0) ++slots;
    if (c.has_weight) ++slots;
    if (c.has_weight && c.weight.format.is_mx()) ++slots;  // the largest of a block comes before its elements
    return std::uint64_t{c.rows} * c.columns * slots;
}

std::uint64_t vector_slots(const CombineCommand& c) {
    // The terms of both operands are added one after the other; a result of several terms is the expansion unit's.
    const unsigned additions = c.out.format.is_expansion() ? 1 : c.a.format.terms + c.b.format.terms - 1U;
    const unsigned activation = c.activation == arithmetic::Activation::none ? 0 : 1;
    return std::uint64_t{c.rows} * c.columns * (additions + activation);
}

/// Both comparisons of an element are made at once.
std::uint64_t vector_slots(const MeasureCommand& c) { return std::uint64_t{c.rows} * c.columns; }

std::uint64_t vector_slots(const CountCommand& c) { return std::uint64_t{c.rows} * c.columns; }

std::uint64_t vector_slots(const SquaresCommand& c) {
    return std::uint64_t{c.rows} * c.columns + (c.last_rows ? c.columns : 0U);
}

}  // namespace ulpsim::models

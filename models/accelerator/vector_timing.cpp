#include "models/accelerator/vector_timing.hpp"

#include <cmath>
#include <utility>

#include "models/arithmetic/expansion_counts.hpp"

namespace ulpsim::models {

bool divides(const ConvertCommand& c) { return c.divide && !c.scales.powers_of_two; }

bool is_power_of_two(double factor) {
    int exponent = 0;
    return std::frexp(std::fabs(factor), &exponent) == 0.5;
}

arithmetic::BaseOperations expansion_add(unsigned terms, TwoSum twosum) {
    arithmetic::BaseOperations add = arithmetic::base_operations(arithmetic::ExpansionOperation::add_value, terms);
    if (twosum == TwoSum::sequential) return arithmetic::with_plain_operators(add);
    add.two_sums += std::exchange(add.fast_two_sums, 0);
    return add;
}

std::uint64_t expansion_slots(unsigned terms, TwoSum twosum) {
    const arithmetic::BaseOperations add = expansion_add(terms, twosum);
    return add.two_sums + add.adds + add.compares;
}

std::uint64_t vector_slots(const ConvertCommand& c) {
    const bool multiplies = !is_power_of_two(c.factor) || !c.scales.powers_of_two;
    std::uint64_t slots = divides(c) ? 1 + divide_slots : multiplies ? 2 : 1;
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

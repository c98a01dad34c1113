#include "models/accelerator/vector_timing.hpp"

#include <cmath>

namespace ulpsim::models {

bool is_power_of_two(double factor) {
    int exponent = 0;
    return std::frexp(std::fabs(factor), &exponent) == 0.5;
}

ExpansionAdd expansion_add(unsigned terms) {
    if (terms == 2) return {.two_sums = 2, .adds = 1, .compares = 0};
    return {.two_sums = 2 * terms, .adds = 0, .compares = 2 * terms};
}

unsigned expansion_slots(unsigned terms, TwoSum twosum) {
    const ExpansionAdd add = expansion_add(terms);
    if (twosum == TwoSum::dedicated) return add.two_sums + add.adds + add.compares;
    if (terms == 2) return 10;  // the second 2Sum is a Fast2Sum
    return 6 * add.two_sums + add.adds + add.compares;
}

std::uint64_t vector_slots(const ConvertCommand& c) {
    return std::uint64_t{c.rows} * c.columns * (is_power_of_two(c.factor) ? 1 : 2);
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
    return std::uint64_t{c.rows} * c.columns * slots;
}

std::uint64_t vector_slots(const CombineCommand& c) {
    const std::uint64_t slots = c.activation == arithmetic::Activation::none ? 1 : 2;
    return std::uint64_t{c.rows} * c.columns * slots;
}

std::uint64_t vector_slots(const CountCommand& c) { return std::uint64_t{c.rows} * c.columns; }

}  // namespace ulpsim::models

#pragma once
#include <cstdint>

#include "models/accelerator/command.hpp"

namespace ulpsim::models {

/// Issues of an operator, an element, in the vector unit and in the expansion unit beside it.
/// One slot is one add, multiply, fused multiply-add, compare or conversion. exp and log are `elementary_slots`: range
/// reduction, a polynomial of degree 7 and the scaling (assumed; a table would need fewer, binary64 accuracy more). A
/// division is 4 Newton steps of two fused multiply-adds (facts: power 1.4).
inline constexpr unsigned elementary_slots = 12;
inline constexpr unsigned divide_slots = 8;
inline constexpr unsigned vector_latency = 4;  ///< pipeline depth, paid once a command (assumed)

/// Base operations of adding one element-format value to an expansion of n terms.
struct ExpansionAdd {
    unsigned two_sums = 0, adds = 0, compares = 0;
};
/// n = 2: DWPlusFP, a 2Sum, an addition and a Fast2Sum (charged as a 2Sum when dedicated, 3 additions when sequential).
/// n > 2: VecSum and VecSumErrBranch over n + 1 values, n 2Sums each, and the merge (facts: arithmetic 3.3, 3.6).
ExpansionAdd expansion_add(unsigned terms);
/// Slots of the expansion unit: a dedicated 2Sum issues once a cycle, a sequential one six additions.
unsigned expansion_slots(unsigned terms, TwoSum twosum);

std::uint64_t vector_slots(const ConvertCommand& command);
std::uint64_t vector_slots(const ColumnSumsCommand& command);
std::uint64_t vector_slots(const SoftmaxCommand& command);
std::uint64_t vector_slots(const UpdateCommand& command);
std::uint64_t vector_slots(const CountCommand& command);
std::uint64_t vector_slots(const CombineCommand& command);

/// A power of two: an exponent addition that the conversion absorbs.
bool is_power_of_two(double factor);

}  // namespace ulpsim::models

#pragma once
#include <cstdint>

#include "models/accelerator/command.hpp"

namespace ulpsim::models {

/// Issues of an operator, an element, in the vector unit.
/// One slot is one add, multiply, fused multiply-add, compare or conversion. exp and log are `elementary_slots`: range
/// reduction, a polynomial of degree 7 and the scaling (assumed; a table would need fewer, binary64 accuracy more). A
/// division is 4 Newton steps of two fused multiply-adds (facts: power 1.4).
inline constexpr unsigned elementary_slots = 12;
inline constexpr unsigned divide_slots = 8;
inline constexpr unsigned vector_latency = 4;  ///< pipeline depth, paid once a command (assumed)

/// A conversion from or to an expansion takes a slot for each term and for each sum or difference between them.
std::uint64_t vector_slots(const ConvertCommand& command);
std::uint64_t vector_slots(const ColumnSumsCommand& command);
std::uint64_t vector_slots(const SoftmaxCommand& command);
std::uint64_t vector_slots(const UpdateCommand& command);
std::uint64_t vector_slots(const CountCommand& command);
std::uint64_t vector_slots(const MeasureCommand& command);
std::uint64_t vector_slots(const CombineCommand& command);
std::uint64_t vector_slots(const SquaresCommand& command);

/// By scales that are no powers of two: a quotient an element.
bool divides(const ConvertCommand& command);
/// A power of two: an exponent addition that the conversion absorbs.
bool is_power_of_two(double factor);

}  // namespace ulpsim::models

#pragma once
#include <cstdint>
#include <string_view>

#include "models/arithmetic/base_arithmetic.hpp"

namespace ulpsim::arithmetic {

/// What ExpansionArithmetic can do; a subtraction is an addition.
enum class ExpansionOperation : std::uint8_t {
    renormalize,
    add,
    add_value,
    multiply,
    multiply_value,
    divide,
    square_root,
    dot,
    compare,
};
inline constexpr ExpansionOperation expansion_operations[] = {
    ExpansionOperation::renormalize,    ExpansionOperation::add,
    ExpansionOperation::add_value,      ExpansionOperation::multiply,
    ExpansionOperation::multiply_value, ExpansionOperation::divide,
    ExpansionOperation::square_root,    ExpansionOperation::dot,
    ExpansionOperation::compare};
std::string_view name(ExpansionOperation operation);

/// An update that Kahan's sum adds to two terms (operations.hpp).
inline constexpr BaseOperations compensated_operations{.fast_two_sums = 1, .adds = 1};

/// The base operations of one expansion operation on `terms` terms (2 to 4): what ExpansionArithmetic executes, whatever the
/// (finite) data. `length`: how many values are renormalised, or products summed by a dot product.
/// A step S adds a conversion a term, which is not counted here.
BaseOperations base_operations(ExpansionOperation operation, unsigned terms, std::uint64_t length = 1);

}  // namespace ulpsim::arithmetic

#pragma once
#include <cstdint>
#include <vector>

#include "models/accelerator/parameters.hpp"
#include "models/arithmetic/base_arithmetic.hpp"
#include "power/ledger/operation.hpp"

namespace ulpsim::models {

// What an operation on expansions is to a lane of the expansion unit: issues of the operators of its base format. Each
// operator takes an issue a cycle, a division or root divide_slots of them; a lane issues one operation a cycle.
// Which operations a sum, product, ... consists of: arithmetic/expansion_counts.hpp.

/// A 2Sum, Fast2Sum or 2Prod is one issue where the lane has operators for them (a dedicated 2Sum does a Fast2Sum too),
/// else the additions and products it is made of. `work`: of an element.
arithmetic::BaseOperations issued(arithmetic::BaseOperations work, TwoSum twosum);

/// Cycles between two results of a lane that works on many elements at once.
std::uint64_t issue_slots(const arithmetic::BaseOperations& issued);
/// Cycles from an element's operands to its result: one operation after the other, each through its pipeline. Coarse: the
/// few that do not depend on each other (the 2Sums of both heads and both tails, the 2Prods of a column) do not overlap
/// here, so that a product of four terms seems up to twice as long as it need be. Paid once a command.
std::uint64_t issue_latency(const arithmetic::BaseOperations& issued);

/// The issues as the operations that the ledger counts and a technology prices.
struct Issue {
    power::Operation operation;
    std::uint64_t count = 0;
};
std::vector<Issue> issues(const arithmetic::BaseOperations& issued, const arithmetic::Format& base);

/// Registers of a lane: two expansions and a value, before and behind an operator (assumed).
std::uint64_t lane_register_bits(const arithmetic::Format& base, unsigned terms);

}  // namespace ulpsim::models

#pragma once
#include "workloads/executor/body.hpp"

namespace ulpsim::workloads {

/// Throws std::logic_error when an Op's shapes, formats or places do not fit each other: a bug of the training program,
/// not of the user. Both executors call it for every Op.
void validate(const Op& op);
/// The same for the body of a loop: Ops of one place and consecutive numbers, no transfers.
void validate(Place place, const Body& body);

}  // namespace ulpsim::workloads

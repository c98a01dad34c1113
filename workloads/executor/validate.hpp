#pragma once
#include "workloads/executor/op.hpp"

namespace ulpsim::workloads {

/// Throws std::logic_error when an Op's shapes, formats or places do not fit each other: a bug of the training program,
/// not of the user. Both executors call it for every Op.
void validate(const Op& op);

}  // namespace ulpsim::workloads

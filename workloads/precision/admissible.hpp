#pragma once
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// Every value of `inner` (infinities and NaN too) is a value of `outer`; both are plain formats.
bool includes(const arithmetic::Format& outer, const arithmetic::Format& inner);

/// An overflow leaves a trace in this format: an infinity or a NaN.
bool shows_overflow(const arithmetic::Format& format);

/// What one layer's products are, as `dot` defines them, with operands in the formats given.
arithmetic::Dot dot_of(const Policy& policy, const arithmetic::Format& a, const arithmetic::Format& b);

/// Refuses formats that a role cannot have, and roles that do not go together. Throws Error whose text starts with
/// `path` + ".ROLE".
void check(const Policy& policy, const std::string& path);

}  // namespace ulpsim::workloads

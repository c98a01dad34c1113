#pragma once
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// Every value of `inner` (infinities and NaN too) is a value of `outer`; both are plain formats.
bool includes(const arithmetic::Format& outer, const arithmetic::Format& inner);

/// An overflow leaves a trace in this format: an infinity or a NaN.
bool shows_overflow(const arithmetic::Format& format);

/// What one layer's products are, as `dot` defines them, with operands in the formats given.
arithmetic::Dot dot_of(const Policy& policy, const arithmetic::Format& a, const arithmetic::Format& b);

/// The products read copies of a tensor of this role: an mx format, or an int with a scale.
bool is_copied(const Precision& role);
bool has_scale(const Precision& role);

/// A carrier holds what such a role is quantised from, on its way from the product that makes it to the products that
/// read it: the format of the sums, so that values are rounded once, or fp32 where that is int or fix.
arithmetic::Format carrier(const Policy& policy);
/// The format that a product, the loss or the host writes a tensor of a role in: the role's, or the carrier of a copied one.
arithmetic::Format written_format(const Policy& policy, const Precision& role);
/// How it is rounded there: to a carrier to nearest, as the role's rounding is that of the copies.
arithmetic::Rounding written_rounding(const Precision& role);
/// The working copy of the bias, with which sums start; a carrier where weights are copied or operands are scaled. Sums of
/// scaled operands start with the bias in their own units, rounded to nearest into the format of the sums.
arithmetic::Format bias_format(const Policy& policy);
bool bias_has_units(const Policy& policy);

/// Refuses errors that are expansions, which neither a loss nor an activation's gradient gives: those of a linear regression
/// alone are the results of products. Throws Error whose text starts with `path` + ".errors".
void check_errors_of_a_loss(const Policy& policy, const std::string& path);
/// Refuses formats that a role cannot have, and roles that do not go together. Throws Error whose text starts with
/// `path` + ".ROLE".
void check(const Policy& policy, const std::string& path);

}  // namespace ulpsim::workloads

#pragma once
#include <string>
#include <vector>

#include "models/arithmetic/format.hpp"

namespace ulpsim::workloads {

/// How a linear model is trained (facts: training 1.2; De Sa et al., arXiv 1803.03383).
enum class Method : unsigned char {
    sgd,      ///< w -= a grad f_i(w)
    svrg,     ///< w -= a (grad f_i(w) - grad f_i(anchor) + grad f(anchor)); the anchor moves to w every T steps
    lp_sgd,   ///< sgd with w = delta * (numbers of a small format), delta fixed
    lp_svrg,  ///< svrg likewise
    halp,     ///< the same numbers hold the offset from the anchor, delta follows the gradient norm
    gradient_descent,     ///< w -= a grad f(w)
    conjugate_gradients,  ///< of the normal equations (Hestenes, Stiefel 1952), linear regressions only
};

/// Throws Error, whose text starts with "kind".
Method method_of(const std::string& kind);
/// As scenario files write them, in the order of Method.
std::vector<std::string> optimizer_names();

/// It computes a full gradient at an anchor.
constexpr bool has_anchor(Method method) { return method != Method::sgd && method != Method::lp_sgd; }
/// Nothing but passes over all samples: no steps over single ones.
constexpr bool has_passes_alone(Method method) { return method >= Method::gradient_descent; }
/// The inner loop works on numbers in units of delta, which does not appear in it for least squares (the logits of
/// classes are scaled by it).
constexpr bool has_grid(Method method) {
    return method == Method::lp_sgd || method == Method::lp_svrg || method == Method::halp;
}

/// The unit in which the format's largest number is `reach`: of lp_sgd and lp_svrg the range, of halp the gradient norm
/// over mu, a bound on the distance to the minimum when f is mu-strongly convex.
double grid_unit(double reach, const arithmetic::Format& format);

}  // namespace ulpsim::workloads

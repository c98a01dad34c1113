#include "workloads/optimizers/method.hpp"

#include <algorithm>

#include "models/arithmetic/error.hpp"

namespace ulpsim::workloads {

std::vector<std::string> optimizer_names() {
    return {"sgd", "svrg", "lp_sgd", "lp_svrg", "halp", "gradient_descent", "conjugate_gradients"};
}

Method method_of(const std::string& kind) {
    const std::vector<std::string> names = optimizer_names();
    const auto found = std::ranges::find(names, kind);
    if (found != names.end()) return static_cast<Method>(found - names.begin());
    std::string allowed;
    for (const std::string& name : names) allowed.append(allowed.empty() ? "" : ", ").append(name);
    throw Error("kind is " + kind + "; allowed: " + allowed);
}

double grid_unit(double reach, const arithmetic::Format& format) { return reach / arithmetic::largest_finite(format); }

}  // namespace ulpsim::workloads

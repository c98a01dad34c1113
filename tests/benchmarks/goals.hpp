#pragma once
#include <optional>
#include <string>

#include "models/arithmetic/kernels/dispatch.hpp"

namespace ulpsim::benchmarks {

/// What a benchmark's main figure is to reach. Rows that show a level are for it; the others for the best one.
struct Goal {
    double figure;
    bool at_most;  ///< else at least
};

/// Source: facts/performance.md 9, measured prototypes; sr8 and the platform's epoch: issue 4. Nothing where no goal
/// was set. `name` without the level.
std::optional<Goal> goal(const std::string& name, arithmetic::kernels::Level level);

}  // namespace ulpsim::benchmarks

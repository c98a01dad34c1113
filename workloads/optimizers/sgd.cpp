#include "workloads/optimizers/sgd.hpp"

namespace ulpsim::workloads {

Update sgd_update(const OptimizerConfig& optimizer, const Policy& policy, double unscale, const Tensor& gradient,
                  const ParameterState& state) {
    Update update;
    update.gradient = gradient;
    update.velocity = state.velocity;
    update.operation = {.learning_rate = optimizer.learning_rate,
                        .momentum = optimizer.momentum,
                        .weight_decay = optimizer.weight_decay,
                        .unscale = unscale,
                        .state = policy.optimizer_state.format,
                        .state_rounding = policy.optimizer_state.rounding,
                        .master_rounding = policy.weights.rounding,
                        .weight_rounding = policy.weights.rounding,
                        .compensated = optimizer.kahan};
    if (state.master) {
        update.master = state.master;
        if (!state.scale) update.weight = state.weight;
        update.operation.master_rounding = policy.master_weights->rounding;
    } else {
        update.master = state.weight;
    }
    return update;
}

}  // namespace ulpsim::workloads

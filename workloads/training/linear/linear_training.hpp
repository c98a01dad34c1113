#pragma once
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// Trains a linear regression by outer iterations: where the method has an anchor, its full gradient at the place that
/// the configuration says; then inner_steps steps over blocks drawn at random, a loop that the accelerator runs by
/// itself; then the anchor moves. Each is an epoch. Gradient norm and loss of the epochs are measurement: worked out in
/// binary64 outside time and energy.
///
/// Roles of the precision policy, all at the accelerator: `activations` the samples; `weights` what the steps change, or
/// with `master_weights` (sgd, svrg) what the products read; `errors` the residuals; `gradients` the step's gradient and
/// what the full gradient adds to it; `optimizer_state` the update's intermediate results.
///
/// Integer formats have no place for a scale, so the methods with a grid put all constants into two factors that do not
/// change from one outer iteration to the next (facts: training 1.4): with samples X = s X' and the weights or the offset
/// w = delta w', a step is w' -= X'^T (c X' w') + h', c = learning rate * s^2 / batch, h' = learning rate / delta * g.
Status train_linear(const TrainingConfig& config, const Network& network, const Dataset& data,
                    const Placement& placement, Executor& executor, const Observer& observer);

/// What `check` refuses for a linear regression.
void check_linear(const TrainingConfig& config, const Network& network, const Dataset& data);

}  // namespace ulpsim::workloads

#pragma once
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// Trains a linear model by outer iterations: where the method has an anchor, its full gradient at the place that
/// the configuration says; then inner_steps steps over blocks drawn at random, a loop that the accelerator runs by
/// itself; then the anchor moves. Each is an epoch. Gradient norm and loss of the epochs are measurement: worked out in
/// binary64 (of classes binary32) outside time and energy.
///
/// Roles of the precision policy, all at the accelerator: `activations` the samples; `weights` what the steps change, or
/// with `master_weights` (sgd, svrg) what the products read; `optimizer_state` the update's intermediate results; the others
/// as least_squares.hpp and softmax.hpp say.
///
/// Integer formats have no place for a scale, so the methods with a grid put all constants into the factors of the products
/// and into the shift, the gradient at the anchor times learning rate / delta (facts: training 1.4). Of least squares they do
/// not change from one outer iteration to the next.
Status train_linear(const TrainingConfig& config, const Network& network, const Dataset& data,
                    const Placement& placement, Executor& executor, unsigned threads, const Observer& observer);

/// A linear regression with any method; logistic regression with those that go by outer iterations.
bool is_linear_training(const TrainingConfig& config, const Network& network);
/// Where a run's full gradients are computed: at the host for classes, whose logits would not fit the accelerator's
/// scratchpad.
Place full_gradient_place(const OptimizerConfig& optimizer, const Dataset& data, const Placement& placement);
/// The layer's policy. Samples that are integers have the scale that fills them, and what a method with a grid changes has
/// units: both are the training's own, whatever the roles say.
Policy linear_policy(const TrainingConfig& config, const std::string& layer);
/// What `check` refuses for one.
void check_linear(const TrainingConfig& config, const Network& network, const Dataset& data,
                  const Placement& placement);

}  // namespace ulpsim::workloads

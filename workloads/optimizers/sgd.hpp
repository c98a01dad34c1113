#pragma once
#include "workloads/executor/op.hpp"
#include "workloads/precision/policy.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// The tensors of one parameter at the place of the update, all of one shape.
struct ParameterState {
    Tensor weight;    ///< what the update leaves for the products to read
    Tensor master;    ///< none: the weight itself is updated in place
    Tensor velocity;  ///< none without momentum
    Tensor turned;    ///< transpose of an mx weight, quantised from the master; none where no product reads it
    Tensor scale;     ///< of an int weight, which is quantised from the master once that is new
};

/// Stochastic gradient descent: the update of one parameter. `unscale` takes the loss scale out of the gradient.
Update sgd_update(const OptimizerConfig& optimizer, const Policy& policy, double unscale, const Tensor& gradient,
                  const ParameterState& state);

}  // namespace ulpsim::workloads

#pragma once
#include "workloads/executor/op_sequence.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// What the products of one dense layer read and write in a step of m samples: views on tensors at the accelerator.
struct DenseTensors {
    Tensor input;                           ///< m x inputs, the layer's `activations`
    Tensor weight, bias;                    ///< outputs x inputs, 1 x outputs: working copies
    Tensor output;                          ///< m x outputs: the next layer's input, or the logits
    Tensor error;                           ///< m x outputs, the layer's `errors`
    Tensor weight_gradient, bias_gradient;  ///< shapes of weight and bias
    Tensor input_error;                     ///< m x inputs, `errors` of the layer before; none for the first layer
};

/// output = round(activation(bias + input weight^T)).
void enqueue_forward(const DenseLayer& layer, const Policy& policy, arithmetic::Rounding output_rounding,
                     const DenseTensors& tensors, OpSequence& ops);

/// weight gradient = round(factor * error^T input), bias gradient = round(factor * column sums of error), and, where
/// there is a layer before, input_error = round(error weight where input > 0, else 0): the ReLU that made `input`.
void enqueue_backward(const DenseLayer& layer, const Policy& policy, double factor,
                      arithmetic::Rounding input_error_rounding, const DenseTensors& tensors, OpSequence& ops);

}  // namespace ulpsim::workloads

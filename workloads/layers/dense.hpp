#pragma once
#include "workloads/executor/op_sequence.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// What the products read of an operand whose role is an mx format or an int with a scale (none otherwise), quantised
/// from the same values. The blocks of mx lie along the k of the product that reads it, so each of the two products that
/// do reads a copy of its own.
struct Copies {
    Tensor straight;  ///< of the operand's shape
    Tensor turned;    ///< its transpose, of mx only
    Tensor scale;     ///< of int only: one binary64 number
};

/// What the products of one dense layer read and write in a step of m samples: views on tensors at the accelerator. Where
/// a role is copied, the tensor itself is a carrier (precision/admissible.hpp) and the products read its copies.
/// Column sums and the masks of ReLU read the carriers.
struct DenseTensors {
    Tensor input;                           ///< m x inputs, the layer's `activations`
    Tensor weight, bias;                    ///< outputs x inputs, 1 x outputs: working copies
    Tensor output;                          ///< m x outputs: the next layer's input, or the logits
    Tensor error;                           ///< m x outputs, the layer's `errors`
    Tensor weight_gradient, bias_gradient;  ///< shapes of weight and bias
    Tensor input_error;                     ///< m x inputs, `errors` of the layer before; none for the first layer
    Copies input_copies, error_copies;
    Tensor turned_weight;  ///< of an mx weight (which has no carrier but its master); none for the first layer
    Tensor weight_scale;   ///< of an int weight
    Tensor bias_in_units;  ///< the bias as sums of scaled operands start with it
};

/// output = round(activation(bias + input weight^T)).
void enqueue_forward(const DenseLayer& layer, const Policy& policy, arithmetic::Rounding output_rounding,
                     const DenseTensors& tensors, OpSequence& ops);

/// weight gradient = round(factor * error^T input), bias gradient = round(factor * column sums of error), and, where
/// there is a layer before, input_error = round(error weight where input > 0, else 0): the ReLU that made `input`.
void enqueue_backward(const DenseLayer& layer, const Policy& policy, double factor,
                      arithmetic::Rounding input_error_rounding, const DenseTensors& tensors, OpSequence& ops);

/// to = round(from / scale), the scale measured first where it is; no scale: 1.
void enqueue_quantisation(Place place, const std::string& phase, const std::string& layer, const Tensor& from,
                          const Tensor& to, const Tensor& scale, const Precision& role, OpSequence& ops);

}  // namespace ulpsim::workloads

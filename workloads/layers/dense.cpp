#include "workloads/layers/dense.hpp"

#include "workloads/precision/admissible.hpp"

namespace ulpsim::workloads {
namespace {

MatrixProduct product(const Policy& policy, const Tensor& a, const Tensor& b, const Tensor& out) {
    MatrixProduct op;
    op.dot = dot_of(policy, a.format, b.format);
    op.a = a;
    op.b = b;
    op.out = out;
    return op;
}

}  // namespace

void enqueue_forward(const DenseLayer& layer, const Policy& policy, arithmetic::Rounding output_rounding,
                     const DenseTensors& tensors, OpSequence& ops) {
    MatrixProduct forward = product(policy, tensors.input, tensors.weight, tensors.output);
    forward.transpose_b = true;
    forward.bias = tensors.bias;
    if (layer.relu) forward.activation = arithmetic::Activation::relu;
    forward.rounding = output_rounding;
    ops.enqueue(Place::accelerator, "forward", layer.name, forward);
}

void enqueue_backward(const DenseLayer& layer, const Policy& policy, double factor,
                      arithmetic::Rounding input_error_rounding, const DenseTensors& tensors, OpSequence& ops) {
    MatrixProduct weight_gradient = product(policy, tensors.error, tensors.input, tensors.weight_gradient);
    weight_gradient.transpose_a = true;
    weight_gradient.factor = factor;
    weight_gradient.rounding = policy.gradients.rounding;
    ops.enqueue(Place::accelerator, "backward", layer.name, weight_gradient);

    ops.enqueue(Place::accelerator, "backward", layer.name,
                ColumnSums{.in = tensors.error,
                           .out = tensors.bias_gradient,
                           .accumulator = policy.accumulator.format,
                           .accumulator_rounding = policy.accumulator.rounding,
                           .factor = factor,
                           .rounding = policy.gradients.rounding});
    if (!tensors.input_error) return;

    MatrixProduct input_error = product(policy, tensors.error, tensors.weight, tensors.input_error);
    input_error.activation = arithmetic::Activation::relu_gradient;
    input_error.mask = tensors.input;
    input_error.rounding = input_error_rounding;
    ops.enqueue(Place::accelerator, "backward", layer.name, input_error);
}

}  // namespace ulpsim::workloads

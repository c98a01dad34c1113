#include "workloads/layers/dense.hpp"

#include <cmath>

#include "workloads/precision/admissible.hpp"

namespace ulpsim::workloads {
namespace {

bool is_power_of_two(const TensorScale& scale) {
    int exponent = 0;
    return std::frexp(scale.value, &exponent) == 0.5;
}

/// A stored operand, and whether it is the transpose of what the product multiplies.
struct Stored {
    Tensor tensor;
    bool transpose = false;
};
const Tensor& straight(const Tensor& tensor, const Copies& copies) {
    return copies.straight ? copies.straight : tensor;
}
/// The transpose of an operand: a copy that is stored so, or the operand itself.
Stored transposed(const Tensor& tensor, const Copies& copies) {
    return copies.turned ? Stored{copies.turned, false} : Stored{straight(tensor, copies), true};
}
/// The same as the second factor of a product, whose own transpose is wanted.
Stored as_second(const Stored& operand) { return {operand.tensor, !operand.transpose}; }

MatrixProduct product(const Policy& policy, const Stored& a, const Stored& b, const Tensor& out) {
    MatrixProduct op;
    op.dot = dot_of(policy, a.tensor.format, b.tensor.format);
    op.a = a.tensor;
    op.b = b.tensor;
    op.transpose_a = a.transpose;
    op.transpose_b = b.transpose;
    op.out = out;
    return op;
}

Scales scales_of(const Tensor& a, const Tensor& b, const Precision& role_of_a, const Precision& role_of_b) {
    return {.factors = {a, b}, .powers_of_two = is_power_of_two(role_of_a.scale) && is_power_of_two(role_of_b.scale)};
}

/// Brings what the products read of a tensor up to date with it, but for the transpose.
void enqueue_straight_copy(const DenseLayer& layer, const char* phase, const Tensor& from, const Copies& to,
                           const Precision& role, OpSequence& ops) {
    if (to.straight)
        enqueue_quantisation(Place::accelerator, phase, layer.name, from, to.straight, to.scale, role, ops);
}
void enqueue_turned_copy(const DenseLayer& layer, const Tensor& from, const Copies& to, const Precision& role,
                         OpSequence& ops) {
    if (to.turned)
        ops.enqueue(Place::accelerator, "backward", layer.name,
                    Conversion{.in = from, .out = to.turned, .rounding = role.rounding, .transpose = true});
}

}  // namespace

void enqueue_forward(const DenseLayer& layer, const Policy& policy, arithmetic::Rounding output_rounding,
                     const DenseTensors& tensors, OpSequence& ops) {
    enqueue_straight_copy(layer, "forward", tensors.input, tensors.input_copies, policy.activations, ops);
    const Scales scales =
        scales_of(tensors.input_copies.scale, tensors.weight_scale, policy.activations, policy.weights);
    if (tensors.bias_in_units)
        ops.enqueue(Place::accelerator, "forward", layer.name,
                    Conversion{.in = tensors.bias, .out = tensors.bias_in_units, .rounding = {}, .scales = scales});
    MatrixProduct forward =
        product(policy, {straight(tensors.input, tensors.input_copies)}, {tensors.weight, true}, tensors.output);
    forward.bias = tensors.bias_in_units ? tensors.bias_in_units : tensors.bias;
    if (layer.relu) forward.activation = arithmetic::Activation::relu;
    forward.rounding = output_rounding;
    forward.scales = scales;
    ops.enqueue(Place::accelerator, "forward", layer.name, forward);
}

void enqueue_backward(const DenseLayer& layer, const Policy& policy, double factor,
                      arithmetic::Rounding input_error_rounding, const DenseTensors& tensors, OpSequence& ops) {
    enqueue_straight_copy(layer, "backward", tensors.error, tensors.error_copies, policy.errors, ops);
    enqueue_turned_copy(layer, tensors.error, tensors.error_copies, policy.errors, ops);
    enqueue_turned_copy(layer, tensors.input, tensors.input_copies, policy.activations, ops);
    MatrixProduct weight_gradient =
        product(policy, transposed(tensors.error, tensors.error_copies),
                as_second(transposed(tensors.input, tensors.input_copies)), tensors.weight_gradient);
    weight_gradient.factor = factor;
    weight_gradient.rounding = policy.gradients.rounding;
    weight_gradient.scales =
        scales_of(tensors.error_copies.scale, tensors.input_copies.scale, policy.errors, policy.activations);
    ops.enqueue(Place::accelerator, "backward", layer.name, weight_gradient);

    // Carriers are no whole numbers: their sums are not made in the int of the products.
    const bool sums_carriers = is_copied(policy.errors) && policy.accumulator.format.is_twos_complement();
    ops.enqueue(Place::accelerator, "backward", layer.name,
                ColumnSums{.in = tensors.error,
                           .out = tensors.bias_gradient,
                           .accumulator = sums_carriers ? carrier(policy) : policy.accumulator.format,
                           .accumulator_rounding = policy.accumulator.rounding,
                           .factor = factor,
                           .rounding = policy.gradients.rounding});
    if (!tensors.input_error) return;

    const Copies weight_copies{.straight = {}, .turned = tensors.turned_weight, .scale = {}};
    MatrixProduct input_error = product(policy, {straight(tensors.error, tensors.error_copies)},
                                        as_second(transposed(tensors.weight, weight_copies)), tensors.input_error);
    input_error.activation = arithmetic::Activation::relu_gradient;
    input_error.mask = tensors.input;
    input_error.rounding = input_error_rounding;
    input_error.scales = scales_of(tensors.error_copies.scale, tensors.weight_scale, policy.errors, policy.weights);
    ops.enqueue(Place::accelerator, "backward", layer.name, input_error);
}

void enqueue_quantisation(Place place, const std::string& phase, const std::string& layer, const Tensor& from,
                          const Tensor& to, const Tensor& scale, const Precision& role, OpSequence& ops) {
    if (role.scale.kind == TensorScale::Kind::power_of_two)
        ops.enqueue(place, phase, layer, MeasureScale{.in = from, .out = scale, .format = role.format});
    ops.enqueue(place, phase, layer,
                Conversion{.in = from,
                           .out = to,
                           .rounding = role.rounding,
                           .scales = {.factors = {scale}, .powers_of_two = is_power_of_two(role.scale)}});
}

}  // namespace ulpsim::workloads

#include "workloads/layers/centred_dense.hpp"

#include "workloads/precision/admissible.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Activation;

const char* const phase = "inner";

MatrixProduct product(const Policy& policy, const Tensor& a, const Tensor& b, const Tensor& out, double factor) {
    MatrixProduct op;
    op.dot = dot_of(policy, a.format, b.format);
    op.a = a;
    op.b = b;
    op.out = out;
    op.factor = factor;
    return op;
}

Combination sum(const Tensor& a, const Tensor& b, const Tensor& out, double factor,
                arithmetic::Rounding rounding = arithmetic::rne) {
    return {.a = a, .b = b, .out = out, .factor = factor, .mask = {}, .rounding = rounding};
}

/// The positive ones of a, or of a + factor * b.
Combination relu(const Tensor& a, const Tensor& b, const Tensor& out, double factor,
                 arithmetic::Rounding rounding = arithmetic::rne) {
    Combination op = sum(a, b, out, factor, rounding);
    op.activation = Activation::relu;
    return op;
}

Combination where_positive(const Tensor& mask, const Tensor& a, const Tensor& b, const Tensor& out, double factor,
                           arithmetic::Rounding rounding = arithmetic::rne) {
    Combination op = sum(a, b, out, factor, rounding);
    op.activation = Activation::relu_gradient;
    op.mask = mask;
    return op;
}

class Layer {
public:
    Layer(const CentredPass& pass, OpSequence& ops) : pass_(pass), ops_(ops) {}
    template <class What>
    void operator()(What what) const {
        ops_.enqueue(Place::accelerator, phase, pass_.layer->name, std::move(what));
    }

private:
    const CentredPass& pass_;
    OpSequence& ops_;
};

}  // namespace

void enqueue_centred_sums(const CentredPass& pass, OpSequence& ops) {
    const Layer enqueue(pass, ops);
    const CentredTensors& t = pass.tensors;
    const CentredUnits& units = pass.units;
    enqueue(sum(t.no_bias, t.offset_bias, t.bias_term, units.bias / units.weight));
    const bool first = !t.offset_input;
    const double offset_factor = units.weight / units.step;
    MatrixProduct by_offset = product(*pass.policy, first ? t.input : t.full_input, t.offset_weight,
                                      first ? t.offset_sums : t.parts[1], first ? offset_factor : 1);
    by_offset.transpose_b = true;
    by_offset.bias = t.bias_term;
    enqueue(by_offset);
    if (first) return;
    MatrixProduct by_anchor = product(*pass.policy, t.offset_input, t.weight, t.parts[0], units.anchor);
    by_anchor.transpose_b = true;
    enqueue(by_anchor);
    enqueue(sum(t.parts[0], t.parts[1], t.offset_sums, offset_factor));
}

void enqueue_centred_relu(const CentredPass& pass, const CentredPass& next, OpSequence& ops) {
    const Layer enqueue(pass, ops);
    const CentredTensors &t = pass.tensors, &n = next.tensors;
    const double step = pass.units.step;
    enqueue(relu(t.sums, t.sums, n.input, 0));  // exact: both have one format
    enqueue(relu(t.sums, t.offset_sums, n.full_input, step, pass.output_rounding));
    enqueue(relu(t.offset_sums, t.sums, t.full_output, 1 / step));
    enqueue(sum(t.full_output, n.input, n.offset_input, -1 / step, pass.output_rounding));
}

void enqueue_centred_input_error(const CentredPass& pass, const CentredPass& before, OpSequence& ops) {
    const CentredTensors &t = pass.tensors, &b = before.tensors;
    const double step = pass.units.step;
    const arithmetic::Rounding rounding = before.policy->errors.rounding;
    const Layer of_layer(pass, ops), of_relu(before, ops);
    of_layer(product(*pass.policy, t.offset_error, t.weight, b.parts[0], pass.units.anchor));
    of_layer(product(*pass.policy, t.full_error, t.offset_weight, b.parts[1], 1));
    // The sums of the layer before have served: the offset of its output's error takes their place.
    of_layer(sum(b.parts[0], b.parts[1], b.offset_sums, pass.units.weight / step));
    of_relu(where_positive(t.input, b.output_error, b.output_error, b.anchor_error, 0));
    of_relu(where_positive(t.full_input, b.output_error, b.offset_sums, b.full_error, step, rounding));
    of_relu(where_positive(t.full_input, b.offset_sums, b.output_error, b.full_output, 1 / step));
    of_relu(sum(b.full_output, b.anchor_error, b.offset_error, -1 / step, rounding));
}

void enqueue_centred_gradients(const CentredPass& pass, double factor, OpSequence& ops) {
    const Layer enqueue(pass, ops);
    const CentredTensors& t = pass.tensors;
    const arithmetic::Rounding rounding = pass.policy->gradients.rounding;
    const auto gradient = [&](const Tensor& error, const Tensor& input, const Tensor& out) {
        MatrixProduct op = product(*pass.policy, error, input, out, factor);
        op.transpose_a = true;
        op.rounding = rounding;
        enqueue(op);
    };
    const bool first = !t.offset_input;
    const Tensor& one_part = first ? t.step_weight_gradient : t.weight_parts[1];
    gradient(t.offset_error, t.input, t.weight_parts[0]);
    enqueue(sum(t.weight_gradient, t.weight_parts[0], one_part, 1, rounding));
    if (!first) {
        gradient(t.full_error, t.offset_input, t.weight_parts[0]);
        enqueue(sum(one_part, t.weight_parts[0], t.step_weight_gradient, 1, rounding));
    }
    enqueue(ColumnSums{.in = t.offset_error,
                       .out = t.bias_part,
                       .accumulator = pass.policy->accumulator.format,
                       .accumulator_rounding = pass.policy->accumulator.rounding,
                       .factor = factor,
                       .rounding = rounding});
    enqueue(sum(t.bias_gradient, t.bias_part, t.step_bias_gradient, 1, rounding));
}

void enqueue_centred_loss(const CentredPass& last, const CentredLoss& loss, OpSequence& ops) {
    const Layer enqueue(last, ops);
    const CentredTensors& t = last.tensors;
    const double step = last.units.step;
    const auto enqueue_loss = [&](const Tensor& logits, const Tensor& error, const Tensor& metrics,
                                  std::uint64_t slot) {
        ops.enqueue(Place::accelerator, phase, "loss",
                    SoftmaxCrossEntropy{.logits = logits,
                                        .labels = loss.labels,
                                        .error = error,
                                        .metrics = metrics,
                                        .slot = slot,
                                        .operation = {.format = last.policy->loss.format,
                                                      .factor = loss.factor / step,
                                                      .rounding = arithmetic::rne}});
    };
    enqueue(sum(t.sums, t.offset_sums, loss.full_logits, step));
    enqueue_loss(loss.full_logits, loss.full, loss.metrics, loss.slot);
    enqueue_loss(t.sums, loss.anchor, loss.anchor_metrics, 0);
    enqueue(sum(loss.full, loss.anchor, t.offset_error, -1, last.policy->errors.rounding));
    enqueue(sum(loss.full, loss.full, t.full_error, step - 1, last.policy->errors.rounding));  // step * full
}

}  // namespace ulpsim::workloads

#include "workloads/training/step.hpp"

#include "workloads/precision/admissible.hpp"

namespace ulpsim::workloads {
namespace {

void enqueue_loss(const Model& model, std::uint64_t buffer, std::uint64_t rows, double factor, const Tensor& metrics,
                  std::uint64_t slot, OpSequence& ops) {
    const LayerState& last = model.layers().back();
    const bool elsewhere = model.placement().loss != Place::accelerator;
    const Tensor logits = model.logits_at_loss().first_rows(rows), error = model.error_at_loss().first_rows(rows);
    if (elsewhere) ops.transfer(last.output.first_rows(rows), logits, last.layer.name);
    ops.enqueue(model.placement().loss, "forward", "loss",
                SoftmaxCrossEntropy{.logits = logits,
                                    .labels = model.labels(buffer).first_rows(rows),
                                    .error = error,
                                    .metrics = metrics,
                                    .slot = slot,
                                    .operation = {.format = last.policy.loss.format,
                                                  .factor = factor,
                                                  .rounding = written_rounding(last.policy.errors)}});
    if (elsewhere) ops.transfer(error, last.error.first_rows(rows), last.layer.name);
}

void send_gradient(const Parameter& parameter, OpSequence& ops) {
    if (parameter.gradient.place != parameter.gradient_at_update.place)
        ops.transfer(parameter.gradient, parameter.gradient_at_update, parameter.layer);
}

}  // namespace

StepFactors::StepFactors(BatchAverage average, double loss_scale, std::uint64_t samples) {
    const auto count = static_cast<double>(samples);
    loss = average == BatchAverage::in_loss ? loss_scale / count : loss_scale;
    gradient = average == BatchAverage::after_product ? 1 / count : 1;
    unscale = 1 / loss_scale;
}

void enqueue_forward_pass(std::span<const LayerPass> passes, OpSequence& ops) {
    for (std::size_t i = 0; i < passes.size(); ++i) {
        const bool last = i + 1 == passes.size();
        const arithmetic::Rounding rounding =
            last ? passes[i].policy->loss.rounding : written_rounding(passes[i + 1].policy->activations);
        enqueue_forward(*passes[i].layer, *passes[i].policy, rounding, passes[i].tensors, ops);
    }
}

void enqueue_gradients(const Model& model, std::uint64_t buffer, std::uint64_t rows, const StepFactors& factors,
                       const Tensor& metrics, std::uint64_t slot, OpSequence& ops) {
    const std::vector<LayerPass> passes = model.passes(buffer, rows);
    enqueue_forward_pass(passes, ops);
    enqueue_loss(model, buffer, rows, factors.loss, metrics, slot, ops);
    for (std::size_t i = passes.size(); i-- > 0;) {
        const arithmetic::Rounding rounding = i > 0 ? written_rounding(passes[i - 1].policy->errors) : arithmetic::rne;
        enqueue_backward(*passes[i].layer, *passes[i].policy, factors.gradient, rounding, passes[i].tensors, ops);
        send_gradient(model.layers()[i].weight, ops);
        send_gradient(model.layers()[i].bias, ops);
    }
}

void enqueue_update(const Model& model, const OptimizerConfig& optimizer, double unscale, const Tensor& changes,
                    OpSequence& ops) {
    // From the last layer back, in the order in which the gradients arrive.
    for (std::size_t i = model.layers().size(); i-- > 0;) {
        const LayerState& layer = model.layers()[i];
        for (const Parameter* parameter : {&layer.weight, &layer.bias}) {
            Update update =
                sgd_update(optimizer, layer.policy, unscale, parameter->gradient_at_update, parameter->state);
            update.changes = changes;
            ops.enqueue(model.placement().update, "update", parameter->layer, std::move(update));
            if (parameter->state.weight.place != parameter->weight.place)
                ops.transfer(parameter->state.weight, parameter->weight, parameter->layer);
        }
        enqueue_weight_copies(model.placement().update, layer.weight, layer.policy, "update", ops);
    }
}

}  // namespace ulpsim::workloads

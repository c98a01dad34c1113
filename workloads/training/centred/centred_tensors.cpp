#include "workloads/training/centred/centred_tensors.hpp"

#include "workloads/precision/admissible.hpp"
#include "workloads/training/batches.hpp"

namespace ulpsim::workloads {
namespace {

/// Allocates the tensors of one layer.
class LayerMaker {
public:
    LayerMaker(const DenseLayer& layer, const Policy& policy, const arithmetic::Format& output, Executor& executor)
        : layer_(layer),
          policy_(policy),
          output_(output),
          wide_(arithmetic::result_format(dot_of(policy, policy.activations.format, policy.weights.format))),
          executor_(executor) {}

    Tensor make(Role role, std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format,
                const std::string& name) const {
        return executor_.allocate(Place::accelerator, role, rows, columns, format, layer_.name + "." + name);
    }

    CentredParameter parameter(std::uint64_t rows, std::uint64_t columns, const std::string& name) const {
        const arithmetic::Format& weights = policy_.weights.format;
        return {.anchor = name == "weight" ? make(Role::weight, rows, columns, weights, name) : Tensor{},
                .gradient = make(Role::gradient, rows, columns, policy_.gradients.format, name + ".anchor_gradient"),
                .offset = make(Role::master_weight, rows, columns, weights, name + ".offset"),
                .zeros = make(Role::weight, rows, columns, weights, name + ".zeros")};
    }

    /// What a step works in; `hidden`: a ReLU follows. `first`: the input is the samples.
    CentredTensors step(std::uint64_t batch, bool first, bool hidden) const {
        const std::uint64_t inputs = layer_.inputs, outputs = layer_.outputs;
        const auto value = [&](const char* name) { return make(Role::activation, batch, outputs, wide_, name); };
        const auto error = [&](const char* name) {
            return make(Role::error, batch, outputs, policy_.errors.format, name);
        };
        const auto gradient = [&](std::uint64_t rows, std::uint64_t columns, const char* name) {
            return make(Role::gradient, rows, columns, policy_.gradients.format, name);
        };
        CentredTensors t;
        t.no_bias = make(Role::weight, 1, outputs, wide_, "no_bias");
        t.bias_term = make(Role::weight, 1, outputs, wide_, "bias_term");
        t.parts[0] = value("part1");
        t.parts[1] = value("part2");
        t.offset_sums = value("offset_sums");
        if (hidden) {
            t.full_output = value("full_output");
            t.anchor_error = error("anchor_error");
        }
        t.full_error = error("full_error");
        t.offset_error = error("offset_error");
        t.weight_parts[0] = gradient(outputs, inputs, "weight.part1");
        if (!first) {
            t.weight_parts[1] = gradient(outputs, inputs, "weight.part2");
            const arithmetic::Format& format = policy_.activations.format;
            t.input = make(Role::activation, batch, inputs, format, "anchor_input");
            t.full_input = make(Role::activation, batch, inputs, format, "full_input");
            t.offset_input = make(Role::activation, batch, inputs, format, "offset_input");
        }
        t.bias_part = gradient(1, outputs, "bias.part");
        t.step_weight_gradient = gradient(outputs, inputs, "weight.gradient");
        t.step_bias_gradient = gradient(1, outputs, "bias.gradient");
        return t;
    }

    /// Values a sample. They are the place of the anchor's too, so they stay in memory (Role::input).
    Tensor kept(std::uint64_t rows, const arithmetic::Format& format, const char* name) const {
        return make(Role::input, rows, layer_.outputs, format, name);
    }
    const arithmetic::Format& output() const { return output_; }

private:
    const DenseLayer& layer_;
    const Policy& policy_;
    arithmetic::Format output_, wide_;
    Executor& executor_;
};

}  // namespace

CentredNetwork::CentredNetwork(const Network& network, const std::vector<Policy>& policies, const Size& size,
                               Executor& executor)
    : batch_(size.batch) {
    const std::size_t count = network.layers.size();
    for (std::size_t i = 0; i < count; ++i) {
        const DenseLayer& layer = network.layers[i];
        const bool last = i + 1 == count;
        const LayerMaker maker(layer, policies[i], last ? policies[i].loss.format : policies[i + 1].activations.format,
                               executor);
        CentredLayer state;
        state.layer = &layer;
        state.policy = &policies[i];
        state.weight = maker.parameter(layer.outputs, layer.inputs, "weight");
        state.bias = maker.parameter(1, layer.outputs, "bias");
        state.step = maker.step(batch_, i == 0, !last);
        layers.push_back(state);
        anchor_values.sums.push_back(maker.kept(size.kept, maker.output(), "anchor_sums"));
        anchor_values.output_errors.push_back(
            last ? Tensor{} : maker.kept(size.kept, policies[i].errors.format, "anchor_output_error"));
    }
    const Place place = Place::accelerator;
    const arithmetic::Format& format = policies.back().loss.format;
    samples = executor.allocate(place, Role::input, size.samples, network.layers.front().inputs,
                                policies.front().activations.format, "samples");
    labels = executor.allocate(place, Role::label, size.samples, 1, label_format, "labels");
    metrics = executor.allocate(place, Role::metric, size.samples / batch_, 2, format, "metrics");
    loss.anchor_metrics = executor.allocate(place, Role::metric, 1, 2, format, "anchor_metrics");
    const std::uint64_t classes = network.layers.back().outputs;
    for (Tensor* tensor : {&loss.full_logits, &loss.full, &loss.anchor})
        *tensor = executor.allocate(place, Role::activation, batch_, classes, format, "loss");
}

Tensor CentredNetwork::rows(const Tensor& tensor, std::uint64_t first, bool selected) const {
    if (!tensor) return tensor;
    Tensor view = tensor.some_rows(first, batch_);
    view.selected = selected;
    return view;
}

std::vector<CentredPass> CentredNetwork::passes(double step_unit, std::uint64_t first_row, std::uint64_t first_kept,
                                                bool selected) const {
    std::vector<CentredPass> passes;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const CentredLayer& state = layers[i];
        const bool last = i + 1 == layers.size(), cached = selected && anchor_values.sums[i].rows > batch_;
        CentredPass pass{
            .layer = state.layer,
            .policy = state.policy,
            .output_rounding = last ? state.policy->loss.rounding : layers[i + 1].policy->activations.rounding,
            .units = {.weight = state.weight.delta,
                      .bias = state.bias.delta,
                      .anchor = state.weight.anchor_unit,
                      .step = step_unit},
            .tensors = state.step};
        CentredTensors& t = pass.tensors;
        t.weight = state.weight.anchor;
        t.sums = rows(anchor_values.sums[i], first_kept, cached);
        t.output_error = rows(anchor_values.output_errors[i], first_kept, cached);
        t.weight_gradient = state.weight.gradient;
        t.bias_gradient = state.bias.gradient;
        t.offset_weight = state.weight.offset;
        t.offset_bias = state.bias.offset;
        if (i == 0) t.input = rows(samples, first_row, selected);
        passes.push_back(pass);
    }
    return passes;
}

CentredLoss CentredNetwork::loss_of(std::uint64_t first_row, bool selected, double factor) const {
    CentredLoss result = loss;
    result.labels = rows(labels, first_row, selected);
    result.metrics = metrics.some_rows(first_row / batch_, 1);
    result.metrics.selected = selected;
    result.factor = factor;
    return result;
}

}  // namespace ulpsim::workloads

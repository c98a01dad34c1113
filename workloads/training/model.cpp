#include "workloads/training/model.hpp"

#include "workloads/layers/initialisation.hpp"
#include "workloads/training/batches.hpp"

namespace ulpsim::workloads {

Model::Model(const Network& network, const TrainingConfig& config, const Placement& placement,
             const std::vector<Policy>& policies, std::uint64_t batch, OpSequence& ops)
    : placement_(placement), momentum_(config.optimizer.momentum != 0), batch_(batch), ops_(&ops) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const DenseLayer& layer = network.layers[i];
        LayerState state;
        state.layer = layer;
        state.policy = policies[i];
        state.weight = {
            .name = layer.name + ".weight", .layer = layer.name, .rows = layer.outputs, .columns = layer.inputs};
        state.bias = {.name = layer.name + ".bias", .layer = layer.name, .rows = 1, .columns = layer.outputs};
        initialise(state.weight, policies[i], initial_weights(config.seed, i, layer));
        initialise(state.bias, policies[i], std::vector<float>(layer.outputs));
        layers_.push_back(state);
    }
    fit_transients();
}

void Model::initialise(Parameter& parameter, const Policy& policy, const std::vector<float>& values) {
    Executor& executor = ops_->executor();
    ParameterState& state = parameter.state;
    state.weight = allocate_state(parameter, Role::weight, policy.weights.format, "");
    const auto bring_in = [&](const Tensor& tensor) {
        executor.write(tensor, packed(values, parameter.rows, parameter.columns, tensor.format), "boot");
    };
    if (policy.master_weights) {
        state.master = allocate_state(parameter, Role::master_weight, policy.master_weights->format, ".master");
        bring_in(state.master);
        ops_->enqueue(placement_.update, "boot", parameter.layer,
                      Conversion{.in = state.master, .out = state.weight, .rounding = policy.weights.rounding});
    } else {
        bring_in(state.weight);
    }
    if (momentum_)
        state.velocity = allocate_state(parameter, Role::optimizer_state, policy.optimizer_state.format, ".velocity");
    fit_twin(parameter.weight, state.weight, Place::accelerator, Role::weight, parameter.name);
    send_weight(parameter, "boot");
}

void Model::adopt(const std::vector<Policy>& policies) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        convert(layers_[i].weight, layers_[i].policy, policies[i]);
        convert(layers_[i].bias, layers_[i].policy, policies[i]);
        layers_[i].policy = policies[i];
    }
    fit_transients();
}

void Model::convert(Parameter& parameter, const Policy& from, const Policy& to) {
    ParameterState& state = parameter.state;
    const auto replace = [&](Tensor& tensor, const Tensor& source, Role role, const Precision& precision,
                             const std::string& what) {
        const Tensor fresh = allocate_state(parameter, role, precision.format, what);
        ops_->enqueue(placement_.update, "other", parameter.layer,
                      Conversion{.in = source, .out = fresh, .rounding = precision.rounding});
        if (tensor) ops_->executor().release(tensor);
        tensor = fresh;
    };
    if (to.master_weights && (!state.master || state.master.format != to.master_weights->format))
        replace(state.master, state.master ? state.master : state.weight, Role::master_weight, *to.master_weights,
                ".master");
    if (from.weights.format != to.weights.format) {
        replace(state.weight, state.master ? state.master : state.weight, Role::weight, to.weights, "");
        fit_twin(parameter.weight, state.weight, Place::accelerator, Role::weight, parameter.name);
        send_weight(parameter, "other");
    }
    if (momentum_ && from.optimizer_state.format != to.optimizer_state.format)
        replace(state.velocity, state.velocity, Role::optimizer_state, to.optimizer_state, ".velocity");
}

void Model::fit_transients() {
    const std::size_t last = layers_.size() - 1;
    for (std::size_t buffer = 0; buffer < inputs_.size(); ++buffer) {
        const std::string number = std::to_string(buffer);
        fit(inputs_[buffer], Place::accelerator, Role::input, batch_, layers_[0].layer.inputs,
            layers_[0].policy.activations.format, "x" + number);
        fit(labels_[buffer], placement_.loss, Role::label, batch_, 1, label_format, "labels" + number);
    }
    for (std::size_t i = 0; i <= last; ++i) {
        LayerState& state = layers_[i];
        const std::uint64_t outputs = state.layer.outputs;
        const arithmetic::Format output =
            i == last ? state.policy.loss.format : layers_[i + 1].policy.activations.format;
        fit(state.output, Place::accelerator, Role::activation, batch_, outputs, output, state.layer.name + ".output");
        fit(state.error, Place::accelerator, Role::error, batch_, outputs, state.policy.errors.format,
            state.layer.name + ".error");
        fit_gradient(state.weight, state.policy);
        fit_gradient(state.bias, state.policy);
    }
    fit_twin(logits_at_loss_, layers_[last].output, placement_.loss, Role::activation, "logits");
    fit_twin(error_at_loss_, layers_[last].error, placement_.loss, Role::error, "logits.error");
}

void Model::fit_gradient(Parameter& parameter, const Policy& policy) {
    const std::string name = parameter.name + ".gradient";
    fit(parameter.gradient, Place::accelerator, Role::gradient, parameter.rows, parameter.columns,
        policy.gradients.format, name);
    fit_twin(parameter.gradient_at_update, parameter.gradient, placement_.update, Role::gradient, name);
}

void Model::fit(Tensor& tensor, Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                const arithmetic::Format& format, const std::string& name) {
    if (tensor && tensor.format == format) return;
    if (tensor) ops_->executor().release(tensor);
    tensor = ops_->executor().allocate(place, role, rows, columns, format, name);
}

void Model::fit_twin(Tensor& twin, const Tensor& original, Place place, Role role, const std::string& name) {
    if (original.place == place)
        twin = original;
    else
        fit(twin, place, role, original.rows, original.columns, original.format, name);
}

void Model::send_weight(const Parameter& parameter, const std::string& phase) {
    if (parameter.state.weight.place != parameter.weight.place)
        ops_->transfer(parameter.state.weight, parameter.weight, parameter.layer, phase);
}

Tensor Model::allocate_state(const Parameter& parameter, Role role, const arithmetic::Format& format,
                             const std::string& what) {
    return ops_->executor().allocate(placement_.update, role, parameter.rows, parameter.columns, format,
                                     parameter.name + what);
}

std::vector<LayerPass> Model::passes(std::uint64_t buffer, std::uint64_t rows) const {
    std::vector<LayerPass> passes;
    Tensor input = inputs_[buffer].first_rows(rows);
    Tensor input_error;  // the first layer has none to give
    for (const LayerState& state : layers_) {
        DenseTensors tensors{.input = input,
                             .weight = state.weight.weight,
                             .bias = state.bias.weight,
                             .output = state.output.first_rows(rows),
                             .error = state.error.first_rows(rows),
                             .weight_gradient = state.weight.gradient,
                             .bias_gradient = state.bias.gradient,
                             .input_error = input_error};
        passes.push_back({&state.layer, &state.policy, tensors});
        input = tensors.output;
        input_error = tensors.error;
    }
    return passes;
}

}  // namespace ulpsim::workloads

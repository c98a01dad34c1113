#include "workloads/training/model.hpp"

#include "workloads/layers/initialisation.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/batches.hpp"

namespace ulpsim::workloads {
namespace {

/// What the products read of a parameter.
arithmetic::Format working_format(const Parameter& parameter, const Policy& policy) {
    return parameter.is_bias ? bias_format(policy) : policy.weights.format;
}

}  // namespace

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
        state.bias = {
            .name = layer.name + ".bias", .layer = layer.name, .rows = 1, .columns = layer.outputs, .is_bias = true};
        initialise(state.weight, policies[i], initial_weights(config.seed, i, layer));
        initialise(state.bias, policies[i], std::vector<float>(layer.outputs));
        layers_.push_back(state);
        fit_weight_copies(layers_.back(), i > 0, "boot");
    }
    fit_transients();
}

void Model::initialise(Parameter& parameter, const Policy& policy, const std::vector<float>& values) {
    Executor& executor = ops_->executor();
    ParameterState& state = parameter.state;
    state.weight = allocate_state(parameter, Role::weight, working_format(parameter, policy), "");
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
        fit_weight_copies(layers_[i], i > 0, "other");
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
    const bool is_scaled_anew = !parameter.is_bias && has_scale(from.weights) != has_scale(to.weights);
    if (state.weight.format != working_format(parameter, to) || is_scaled_anew) {
        replace(state.weight, state.master ? state.master : state.weight, Role::weight,
                {working_format(parameter, to), to.weights.rounding}, "");
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
            written_format(layers_[0].policy, layers_[0].policy.activations), "x" + number);
        fit(labels_[buffer], placement_.loss, Role::label, batch_, 1, label_format, "labels" + number);
    }
    for (std::size_t i = 0; i <= last; ++i) {
        LayerState& state = layers_[i];
        const std::uint64_t outputs = state.layer.outputs;
        const arithmetic::Format output =
            i == last ? state.policy.loss.format
                      : written_format(layers_[i + 1].policy, layers_[i + 1].policy.activations);
        fit(state.output, Place::accelerator, Role::activation, batch_, outputs, output, state.layer.name + ".output");
        fit(state.error, Place::accelerator, Role::error, batch_, outputs,
            written_format(state.policy, state.policy.errors), state.layer.name + ".error");
        fit_copies(state, i > 0);
        fit_gradient(state.weight, state.policy);
        fit_gradient(state.bias, state.policy);
    }
    fit_samples(batch_);
    fit_twin(logits_at_loss_, layers_[last].output, placement_.loss, Role::activation, "logits");
    fit_twin(error_at_loss_, layers_[last].error, placement_.loss, Role::error, "logits.error");
}

void Model::fit_gradient(Parameter& parameter, const Policy& policy) {
    const std::string name = parameter.name + ".gradient";
    fit(parameter.gradient, Place::accelerator, Role::gradient, parameter.rows, parameter.columns,
        policy.gradients.format, name);
    fit_twin(parameter.gradient_at_update, parameter.gradient, placement_.update, Role::gradient, name);
}

void Model::fit_if(bool needed, Tensor& tensor, Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                   const arithmetic::Format& format, const std::string& name) {
    if (needed) return fit(tensor, place, role, rows, columns, format, name);
    if (tensor) ops_->executor().release(tensor);
    tensor = {};
}

void Model::fit_scale(Tensor& scale, Place place, Role role, const Precision& precision, const std::string& name) {
    fit_if(has_scale(precision), scale, place, role, 1, 1, arithmetic::fp64, name);
    if (precision.scale.kind != TensorScale::Kind::real) return;
    std::vector<std::uint8_t> bytes(sizeof(double));
    arithmetic::pack(scale.format, &precision.scale.value, 0, 1, bytes.data());
    ops_->executor().write(scale, bytes, "boot");
}

void Model::fit_copies(LayerState& state, bool passes_error_on) {
    const DenseLayer& layer = state.layer;
    const Policy& policy = state.policy;
    constexpr Place here = Place::accelerator;
    fit_if(is_copied(policy.activations), state.input_copies.straight, here, Role::activation, batch_, layer.inputs,
           policy.activations.format, layer.name + ".input.copy");
    fit_scale(state.input_copies.scale, here, Role::activation, policy.activations, layer.name + ".input.scale");
    // The first layer passes no error on, and the transpose of mx has blocks of its own.
    fit_if(has_scale(policy.errors) || (passes_error_on && policy.errors.format.is_mx()), state.error_copies.straight,
           here, Role::error, batch_, layer.outputs, policy.errors.format, layer.name + ".error.copy");
    fit_scale(state.error_copies.scale, here, Role::error, policy.errors, layer.name + ".error.scale");
    fit_if(bias_has_units(policy), state.bias_in_units, here, Role::weight, 1, layer.outputs,
           arithmetic::result_format(dot_of(policy, policy.activations.format, policy.weights.format)),
           layer.name + ".bias.units");
}

void Model::fit_samples(std::uint64_t rows) {
    for (LayerState& state : layers_) {
        const DenseLayer& layer = state.layer;
        const arithmetic::Format &activations = state.policy.activations.format, &errors = state.policy.errors.format;
        fit_if(activations.is_mx(), state.input_copies.turned, Place::accelerator, Role::activation, layer.inputs, rows,
               activations, layer.name + ".input.turned");
        fit_if(errors.is_mx(), state.error_copies.turned, Place::accelerator, Role::error, layer.outputs, rows, errors,
               layer.name + ".error.turned");
    }
}

void Model::fit_weight_copies(LayerState& state, bool passes_error_on, const std::string& phase) {
    Parameter& weight = state.weight;
    const Precision& role = state.policy.weights;
    if (weight.turned.place == weight.state.turned.place) weight.turned = {};
    if (weight.scale.place == weight.state.scale.place) weight.scale = {};
    const bool is_turned = passes_error_on && role.format.is_mx();
    fit_if(is_turned, weight.state.turned, placement_.update, Role::weight, weight.columns, weight.rows, role.format,
           weight.name + ".turned");
    fit_scale(weight.state.scale, placement_.update, Role::weight, role, weight.name + ".scale");
    const auto twin = [&](Tensor& tensor, const Tensor& original, const std::string& name) {
        if (original) return fit_twin(tensor, original, Place::accelerator, Role::weight, name);
        if (tensor) ops_->executor().release(tensor);
        tensor = {};
    };
    twin(weight.turned, weight.state.turned, weight.name + ".turned");
    twin(weight.scale, weight.state.scale, weight.name + ".scale");
    enqueue_weight_copies(placement_.update, weight, state.policy, phase, *ops_);
}

void Model::fit(Tensor& tensor, Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                const arithmetic::Format& format, const std::string& name) {
    if (tensor && tensor.format == format && tensor.rows == rows && tensor.columns == columns) return;
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
                             .input_error = input_error,
                             .input_copies = state.input_copies,
                             .error_copies = state.error_copies,
                             .turned_weight = state.weight.turned,
                             .weight_scale = state.weight.scale,
                             .bias_in_units = state.bias_in_units};
        for (Tensor* copy : {&tensors.input_copies.straight, &tensors.error_copies.straight})
            if (*copy) *copy = copy->first_rows(rows);
        passes.push_back({&state.layer, &state.policy, tensors});
        input = tensors.output;
        input_error = tensors.error;
    }
    return passes;
}

void enqueue_weight_copies(Place update, const Parameter& weight, const Policy& policy, const std::string& phase,
                           OpSequence& ops) {
    const ParameterState& state = weight.state;
    const auto send = [&](const Tensor& from, const Tensor& to) {
        if (from.place != to.place) ops.transfer(from, to, weight.layer, phase);
    };
    if (state.scale) {
        enqueue_quantisation(update, phase, weight.layer, state.master, state.weight, state.scale, policy.weights, ops);
        send(state.weight, weight.weight);
        send(state.scale, weight.scale);
    }
    if (state.turned) {
        ops.enqueue(
            update, phase, weight.layer,
            Conversion{
                .in = state.master, .out = state.turned, .rounding = policy.weights.rounding, .transpose = true});
        send(state.turned, weight.turned);
    }
}

}  // namespace ulpsim::workloads

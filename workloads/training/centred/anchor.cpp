#include "workloads/training/centred/anchor.hpp"

#include <cmath>

#include "workloads/layers/initialisation.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Activation;

MatrixProduct product(const Tensor& a, const Tensor& b, const Tensor& out) {
    MatrixProduct op;
    op.dot.a = a.format;
    op.dot.b = b.format;
    op.dot.accumulator = out.format;
    op.a = a;
    op.b = b;
    op.out = out;
    return op;
}

Combination masked(const Tensor& a, const Tensor& out, Activation activation, const Tensor& mask = {}) {
    return {.a = a, .b = a, .out = out, .factor = 0, .activation = activation, .mask = mask, .rounding = {}};
}

Update added(const Tensor& sum, const Tensor& term, double factor) {
    Update update{.gradient = term, .master = sum, .velocity = {}, .weight = {}, .operation = {}, .changes = {}};
    update.operation.learning_rate = -factor;
    update.operation.state = sum.format;
    return update;
}

}  // namespace

Anchor::Anchor(const Network& network, const std::vector<Policy>& policies, const Setting& setting, std::uint64_t seed,
               OpSequence& ops)
    : setting_(setting), ops_(&ops) {
    Executor& executor = ops.executor();
    const auto allocate = [&](Role role, std::uint64_t rows, std::uint64_t columns, const std::string& name) {
        return executor.allocate(setting_.place, role, rows, columns, setting_.format, "anchor " + name);
    };
    const auto parameter = [&](std::uint64_t rows, std::uint64_t columns, const std::string& name) {
        return AnchorParameter{.value = allocate(Role::master_weight, rows, columns, name),
                               .gradient = allocate(Role::gradient, rows, columns, name + ".gradient"),
                               .part = allocate(Role::gradient, rows, columns, name + ".part"),
                               .zeros = allocate(Role::gradient, rows, columns, name + ".zeros")};
    };
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const DenseLayer& layer = network.layers[i];
        const bool last = i + 1 == network.layers.size();
        const auto value = [&](const char* name) {
            return allocate(Role::activation, setting_.batch, layer.outputs, layer.name + name);
        };
        Layer state;
        state.layer = &layer;
        state.policy = &policies[i];
        state.weight = parameter(layer.outputs, layer.inputs, layer.name + ".weight");
        state.bias = parameter(1, layer.outputs, layer.name + ".bias");
        state.sums = value(".sums");
        state.error = value(".error");
        if (!last) {
            state.output = value(".output");
            state.output_error = value(".output_error");
        }
        executor.write(state.weight.value,
                       packed(initial_weights(seed, i, layer), layer.outputs, layer.inputs, setting_.format), "boot");
        layers_.push_back(state);
    }
    const std::uint64_t batches = (setting_.samples + setting_.batch - 1) / setting_.batch;
    metrics_ = allocate(Role::metric, batches + 1, 2, "metrics");  // the last row is that of enqueue_values
}

template <class What>
void Anchor::enqueue(const Batch& batch, const std::string& layer, What what) {
    ops_->enqueue(setting_.place, batch.phase, batch.tag != nullptr ? batch.tag : layer, std::move(what));
}

const Tensor& Anchor::input(const Batch& batch, std::size_t layer) const {
    return layer == 0 ? batch.samples : layers_[layer - 1].output;
}

void Anchor::enqueue_forward(const Batch& batch) {
    const std::uint64_t rows = batch.samples.rows;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const Layer& layer = layers_[i];
        const std::string& name = layer.layer->name;
        MatrixProduct forward =
            product(input(batch, i).first_rows(rows), layer.weight.value, layer.sums.first_rows(rows));
        if (i == 0) forward.a = batch.samples;
        forward.transpose_b = true;
        forward.bias = layer.bias.value;
        enqueue(batch, name, forward);
        if (layer.output)
            enqueue(batch, name, masked(layer.sums.first_rows(rows), layer.output.first_rows(rows), Activation::relu));
    }
    const Layer& last = layers_.back();
    enqueue(
        batch, "loss",
        SoftmaxCrossEntropy{.logits = last.sums.first_rows(rows),
                            .labels = batch.labels,
                            .error = last.error.first_rows(rows),
                            .metrics = metrics_,
                            .slot = batch.slot,
                            .operation = {.format = setting_.format, .factor = setting_.loss_scale, .rounding = {}}});
}

void Anchor::enqueue_errors(const Batch& batch) {
    const std::uint64_t rows = batch.samples.rows;
    for (std::size_t i = layers_.size(); --i > 0;) {
        const Layer &layer = layers_[i], &before = layers_[i - 1];
        const Tensor output_error = before.output_error.first_rows(rows);
        enqueue(batch, layer.layer->name, product(layer.error.first_rows(rows), layer.weight.value, output_error));
        enqueue(batch, before.layer->name,
                masked(output_error, before.error.first_rows(rows), Activation::relu_gradient,
                       before.output.first_rows(rows)));
    }
}

void Anchor::enqueue_parameters(const Batch& batch) {
    const std::uint64_t rows = batch.samples.rows;
    const double factor = 1 / (setting_.loss_scale * static_cast<double>(setting_.samples));
    for (std::size_t i = layers_.size(); i-- > 0;) {
        Layer& layer = layers_[i];
        const bool first = batch.number == 0;
        const Tensor error = layer.error.first_rows(rows);
        MatrixProduct gradient = product(error, i == 0 ? batch.samples : input(batch, i).first_rows(rows),
                                         first ? layer.weight.gradient : layer.weight.part);
        gradient.transpose_a = true;
        gradient.factor = factor;
        enqueue(batch, layer.layer->name, gradient);
        enqueue(batch, layer.layer->name,
                ColumnSums{.in = error,
                           .out = first ? layer.bias.gradient : layer.bias.part,
                           .accumulator = setting_.format,
                           .accumulator_rounding = {},
                           .factor = factor,
                           .rounding = {}});
        add_gradient(batch, layer, layer.weight);
        add_gradient(batch, layer, layer.bias);
    }
}

void Anchor::add_gradient(const Batch& batch, const Layer& layer, AnchorParameter& parameter) {
    if (batch.number > 0) enqueue(batch, layer.layer->name, added(parameter.gradient, parameter.part, 1));
    if (batch.number == 0 && setting_.weight_decay != 0)
        enqueue(batch, layer.layer->name, added(parameter.gradient, parameter.value, setting_.weight_decay));
}

void Anchor::enqueue_gradient(const Tensor& samples, const Tensor& labels, std::uint64_t kept,
                              const AnchorValues* values) {
    std::uint64_t number = 0;
    for (std::uint64_t first = 0; first < setting_.samples; first += setting_.batch, ++number) {
        const std::uint64_t rows = std::min(setting_.batch, setting_.samples - first);
        const Batch batch{.samples = samples.some_rows(first, rows),
                          .labels = labels.some_rows(first, rows),
                          .slot = number,
                          .number = number};
        enqueue_forward(batch);
        enqueue_errors(batch);
        enqueue_parameters(batch);
        if (values != nullptr && first + rows <= kept) enqueue_keep(batch, first, *values);
    }
}

void Anchor::enqueue_values(const Tensor& samples, const Tensor& labels, std::uint64_t first_row,
                            const AnchorValues& values) {
    const Batch batch{.samples = samples.some_rows(first_row, setting_.batch),
                      .labels = labels.some_rows(first_row, setting_.batch),
                      .slot = metrics_.rows - 1,
                      .phase = "inner",
                      .tag = "anchor_recomputed"};
    enqueue_forward(batch);
    enqueue_errors(batch);
    enqueue_keep(batch, 0, values);
}

void Anchor::enqueue_keep(const Batch& batch, std::uint64_t first_row, const AnchorValues& values) {
    const std::uint64_t rows = batch.samples.rows;
    Batch charged = batch;
    if (charged.tag == nullptr) charged.tag = "anchor_cache";
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const bool last = i + 1 == layers_.size();
        keep(charged, layers_[i].sums.first_rows(rows), values.sums[i].some_rows(first_row, rows),
             last ? layers_[i].policy->loss.rounding : layers_[i + 1].policy->activations.rounding);
        if (!last)
            keep(charged, layers_[i].output_error.first_rows(rows), values.output_errors[i].some_rows(first_row, rows),
                 layers_[i].policy->errors.rounding);
    }
}

void Anchor::keep(const Batch& batch, const Tensor& value, const Tensor& rows, arithmetic::Rounding rounding) {
    const bool here = rows.place == setting_.place;
    const Tensor stage = here ? rows : staged(rows);
    enqueue(batch, "anchor", Conversion{.in = value, .out = stage, .rounding = rounding});
    if (!here) ops_->transfer(stage, rows, batch.tag, batch.phase);
}

/// A tensor of the target's shape and format at this place: one for all targets that share them.
Tensor Anchor::staged(const Tensor& target) {
    for (const Tensor& stage : stages_)
        if (stage.columns == target.columns && stage.format == target.format && stage.rows >= target.rows)
            return stage.first_rows(target.rows);
    stages_.push_back(ops_->executor().allocate(setting_.place, Role::activation, target.rows, target.columns,
                                                target.format, "anchor stage"));
    return stages_.back();
}

void Anchor::enqueue_recentre(AnchorParameter& parameter, const Tensor& offset, double unit, const std::string& layer) {
    Tensor here = offset;
    if (offset.place != setting_.place) {
        here = staged(offset);
        ops_->transfer(offset, here, layer, "recentre");
    }
    ops_->enqueue(setting_.place, "recentre", layer, added(parameter.value, here, unit));
}

void Anchor::enqueue_copy(const AnchorParameter& parameter, const Tensor& source, double factor,
                          arithmetic::Rounding rounding, const Tensor& target, const std::string& layer) {
    const bool here = target.place == setting_.place;
    const Tensor stage = here ? target : staged(target);
    ops_->enqueue(
        setting_.place, "recentre", layer,
        Combination{
            .a = parameter.zeros, .b = source, .out = stage, .factor = factor, .mask = {}, .rounding = rounding});
    if (!here) ops_->transfer(stage, target, layer, "recentre");
}

Anchor::Loss Anchor::read_loss() {
    const Tensor rows = metrics_.first_rows(metrics_.rows - 1);
    const std::vector<double> sums = unpacked(rows, ops_->executor().read(rows, "full_gradient"));
    Loss loss;
    for (std::size_t i = 0; i < sums.size(); i += 2) {
        loss.mean += sums[i];
        loss.right += sums[i + 1];
    }
    const auto count = static_cast<double>(setting_.samples);
    return {loss.mean / count, loss.right / count};
}

double Anchor::read_norm(const Tensor& gradient) {
    double sum = 0;
    for (const double value : unpacked(gradient, ops_->executor().read(gradient, "full_gradient")))
        sum += value * value;
    return std::sqrt(sum);
}

}  // namespace ulpsim::workloads

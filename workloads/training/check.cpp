#include <cmath>

#include "models/arithmetic/refusal.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/centred/centred_training.hpp"
#include "workloads/training/linear/linear_training.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {
namespace {

void check_optimizer(const OptimizerConfig& optimizer, std::uint64_t samples) {
    const std::string key = "workload.optimizer.";
    if (optimizer.kind != "sgd") refuse(key + "kind", optimizer.kind, "sgd, svrg, lp_svrg, halp for this network");
    if (!(optimizer.learning_rate > 0 && std::isfinite(optimizer.learning_rate)))
        refuse(key + "learning_rate", optimizer.learning_rate, "a number above 0");
    if (!(optimizer.momentum >= 0 && optimizer.momentum < 1))
        refuse(key + "momentum", optimizer.momentum, "0 up to, but not, 1");
    if (!(optimizer.weight_decay >= 0 && std::isfinite(optimizer.weight_decay)))
        refuse(key + "weight_decay", optimizer.weight_decay, "0 or more");
    if (optimizer.batch < 1 || optimizer.batch > samples)
        refuse(key + "batch", optimizer.batch, "1 to " + std::to_string(samples));
}

void check_loss_scale(const LossScaleConfig& loss_scale) {
    if (!(loss_scale.value > 0 && std::isfinite(loss_scale.value)))
        refuse("workload.loss_scale.value", loss_scale.value, "a number above 0");
    if (loss_scale.growth_interval < 1)
        refuse("workload.loss_scale.growth_interval", loss_scale.growth_interval, "1 or more");
}

void check_network(const Network& network, const Dataset& data) {
    if (network.layers.empty()) throw Error("workload.network has no layers; allowed: 1 or more");
    if (network.layers.front().inputs != data.train.features)
        throw Error("workload.network has " + std::to_string(network.layers.front().inputs) + " inputs; allowed: the " +
                    std::to_string(data.train.features) + " features of the data");
    if (network.layers.back().outputs != data.outputs())
        throw Error("workload.network has " + std::to_string(network.layers.back().outputs) + " outputs; allowed: " +
                    (data.is_regression() ? "1, as the data are a regression"
                                          : "the " + std::to_string(data.classes) + " classes of the data"));
}

void check_layer_names(const PrecisionConfig& precision, const Network& network) {
    std::string names;
    for (const DenseLayer& layer : network.layers) names.append(names.empty() ? "" : ", ").append(layer.name);
    for (const auto& [name, change] : precision.layers) {
        bool known = false;
        for (const DenseLayer& layer : network.layers) known = known || layer.name == name;
        if (!known) throw Error("precision.layers." + name + " is no layer of the network; allowed: " + names);
    }
}

void check_triggers(const std::vector<Rule>& schedule) {
    for (std::size_t i = 0; i < schedule.size(); ++i) {
        const Trigger& when = schedule[i].when;
        const std::string key = "precision.schedule." + std::to_string(i) + ".when.";
        const std::string metric = key + name(when.metric);
        switch (when.kind) {
            case Trigger::Kind::epoch:
            case Trigger::Kind::step:
                if (when.at < 1)
                    refuse(key + (when.kind == Trigger::Kind::epoch ? "epoch" : "step"), when.at, "1 or more");
                break;
            case Trigger::Kind::plateau:
                if (when.patience < 1) refuse(key + "plateau.patience", when.patience, "1 or more");
                if (when.metric == Metric::vanished_updates)
                    refuse(key + "plateau.metric", name(when.metric), "train_loss, train_accuracy, gradient_norm");
                break;
            case Trigger::Kind::threshold:
                if (when.metric != Metric::gradient_norm && when.metric != Metric::vanished_updates)
                    refuse(key + "metric", name(when.metric), "gradient_norm, vanished_updates");
                if (when.window < 1) refuse(metric + ".window", when.window, "1 or more");
                break;
        }
        if (when.every < 1) refuse(metric + ".every", when.every, "1 or more");
    }
}

/// Every policy that a layer may have.
void check_policies(const TrainingConfig& config, const Network& network, std::uint64_t steps_per_epoch,
                    const Placement& placement) {
    const bool dynamic = config.loss_scale.kind == LossScaleConfig::Kind::dynamic;
    for (const DenseLayer& layer : network.layers) {
        const std::string path =
            config.precision.layers.contains(layer.name) ? "precision.layers." + layer.name : "precision";
        for (const Policy& policy : reachable_policies(config.precision, layer.name, steps_per_epoch)) {
            check(policy, path);
            check_errors_of_a_loss(policy, path);
            if (dynamic && !shows_overflow(policy.gradients.format))
                refuse(path + ".gradients", arithmetic::name(policy.gradients.format),
                       "formats with an infinity or NaN and without :sat, for a dynamic loss scale to see an overflow");
            const arithmetic::Format& updated = policy.master_weights.value_or(policy.weights).format;
            if (config.optimizer.kahan && (updated.terms != 2 || updated.term_step != 0))
                refuse(path + (policy.master_weights ? ".master_weights" : ".weights"), arithmetic::name(updated),
                       "exp(FORMAT,2), for workload.optimizer.kahan adds to two terms");
            if (placement.update == Place::host && !policy.master_weights)
                throw Error(path + ".master_weights is missing; allowed: a format, since the host keeps the weights");
        }
    }
}

}  // namespace

void check(const TrainingConfig& config, const Network& network, const Dataset& data, const Placement& placement) {
    if (config.epochs < 1) refuse("workload.epochs", config.epochs, "1 or more");
    if (!(config.gradient_norm_goal >= 0 && std::isfinite(config.gradient_norm_goal)))
        refuse("workload.gradient_norm_goal", config.gradient_norm_goal, "0 or more");
    if (data.train.count() < 1) refuse("workload.dataset.train_samples", data.train.count(), "1 or more");
    check_network(network, data);
    check_layer_names(config.precision, network);
    if (is_linear_training(config, network)) return check_linear(config, network, data, placement);
    if (placement.steps == Place::host)
        refuse("workload.network", network.name,
               "linear_regression, or one layer with an optimizer that goes by outer iterations, on a host alone");
    if (is_centred_training(config)) return check_centred(config, network, data);
    check_optimizer(config.optimizer, data.train.count());
    if (config.gradient_norm_goal != 0)
        refuse("workload.gradient_norm_goal", config.gradient_norm_goal, "0 where no full gradient is computed");
    check_loss_scale(config.loss_scale);
    check_triggers(config.precision.schedule);
    if (config.health.every < 1) refuse("health.every", config.health.every, "1 or more");
    const std::uint64_t steps = (data.train.count() + config.optimizer.batch - 1) / config.optimizer.batch;
    check_policies(config, network, steps, placement);
}

}  // namespace ulpsim::workloads

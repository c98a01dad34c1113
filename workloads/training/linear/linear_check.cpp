#include <cmath>

#include "models/arithmetic/refusal.hpp"
#include "workloads/optimizers/method.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/linear/linear_training.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Format;

void check_optimizer(const OptimizerConfig& optimizer, Method method, std::uint64_t samples, bool regression, Place at,
                     Place steps) {
    const std::string key = "workload.optimizer.";
    if (!(optimizer.learning_rate > 0 && std::isfinite(optimizer.learning_rate)))
        refuse(key + "learning_rate", optimizer.learning_rate, "a number above 0");
    if (optimizer.momentum != 0) refuse(key + "momentum", optimizer.momentum, "0 in a linear model");
    if (regression && optimizer.weight_decay != 0)
        refuse(key + "weight_decay", optimizer.weight_decay, "0 in a linear regression");
    if (!(optimizer.weight_decay >= 0 && std::isfinite(optimizer.weight_decay)))
        refuse(key + "weight_decay", optimizer.weight_decay, "0 or more");
    if (optimizer.kahan) refuse(key + "kahan", "true", "false in a linear regression");
    if (!has_passes_alone(method) && (optimizer.batch < 1 || samples % optimizer.batch != 0))
        refuse(key + "batch", optimizer.batch, "what divides the " + std::to_string(samples) + " samples");
    if (!(optimizer.mu > 0 && std::isfinite(optimizer.mu))) refuse(key + "mu", optimizer.mu, "a number above 0");
    if (!(optimizer.range > 0 && std::isfinite(optimizer.range)))
        refuse(key + "range", optimizer.range, "a number above 0");
    if (method == Method::conjugate_gradients && !regression)
        refuse(key + "kind", optimizer.kind, "linear regressions, whose gradient is linear");
    if (!has_anchor(method)) return;
    const Format& format = optimizer.full_gradient.format;
    const bool expands = regression && at == Place::accelerator;
    if ((format.is_expansion() && !expands) || format.term_step != 0 || format.is_mx() || format.is_twos_complement())
        refuse(key + "full_gradient.format", arithmetic::name(format),
               "floating-point formats, and exp(FORMAT,N) where the accelerator computes it in a linear regression");
    if (at == Place::accelerator && steps == Place::host)
        refuse(key + "full_gradient.at", "accelerator", "host where it is alone");
    if (at == Place::accelerator && !regression)
        refuse(key + "full_gradient.at", "accelerator", "host in a logistic regression");
}

void check_roles(const Policy& policy, const std::string& path, Method method, bool regression) {
    check(policy, path);
    if (!regression) check_errors_of_a_loss(policy, path);
    const bool multiplies_expansions = policy.weights.format.is_expansion() || policy.activations.format.is_expansion();
    if (multiplies_expansions && (!regression || has_grid(method)))
        throw Error(path + ".weights or .activations is an expansion; allowed: in a linear regression by sgd or svrg");
    if (is_copied(policy.errors) || is_copied(policy.activations) || is_copied(policy.weights))
        throw Error(path +
                    " has mx formats or scales; allowed: none of them in a linear model, but for integer samples and "
                    "weights in units of the method");
    const Format sum = arithmetic::result_format(dot_of(policy, policy.weights.format, policy.activations.format));
    if (has_anchor(method) && !has_passes_alone(method) && !policy.gradients.format.is_expansion() &&
        !includes(sum, policy.gradients.format))
        refuse(path + ".gradients", arithmetic::name(policy.gradients.format),
               "formats whose values are all values of the accumulator, " + arithmetic::name(sum) +
                   " (it starts with the gradient at the anchor)");
    if (!has_grid(method)) return;
    if (policy.master_weights)
        refuse(path + ".master_weights", arithmetic::name(policy.master_weights->format),
               "none with a method whose weights are numbers in units of a scale");
    if (shows_overflow(policy.weights.format))
        refuse(path + ".weights", arithmetic::name(policy.weights.format),
               "formats that saturate (int, fix, :sat), since the numbers stay in their box");
}

}  // namespace

bool is_linear_training(const TrainingConfig& config, const Network& network) {
    if (network.loss == Loss::squared_error) return true;
    return network.layers.size() == 1 && config.optimizer.kind != "sgd";
}

Policy linear_policy(const TrainingConfig& config, const std::string& layer) {
    const auto change = config.precision.layers.find(layer);
    Policy policy =
        change == config.precision.layers.end() ? config.precision.base : apply(config.precision.base, change->second);
    policy.activations.scale = {};
    if (has_grid(method_of(config.optimizer.kind))) policy.weights.scale = {};
    return policy;
}

Place full_gradient_place(const OptimizerConfig& optimizer, const Dataset& data, const Placement& placement) {
    return optimizer.full_gradient.at.value_or(data.is_regression() ? placement.update : Place::host);
}

void check_linear(const TrainingConfig& config, const Network& network, const Dataset& data,
                  const Placement& placement) {
    const Method method = method_of(config.optimizer.kind);
    if (network.layers.size() != 1)
        refuse("workload.network", std::to_string(network.layers.size()) + " layers", "linear_regression, for numbers");
    if (has_passes_alone(method) && config.health.level != HealthConfig::Level::off)
        throw Error("health is on; allowed: off with " + config.optimizer.kind);
    check_optimizer(config.optimizer, method, data.train.count(), data.is_regression(),
                    full_gradient_place(config.optimizer, data, placement), placement.steps);
    if (config.loss_scale.kind != LossScaleConfig::Kind::fixed || config.loss_scale.value != 1)
        refuse("workload.loss_scale.value", config.loss_scale.value, "static 1 in a linear model");
    if (!config.precision.schedule.empty())
        throw Error("precision.schedule has rules; allowed: none in a linear model");
    const std::string& layer = network.layers.front().name;
    const bool own = config.precision.layers.contains(layer);
    const Policy policy = linear_policy(config, layer);
    const std::string path = own ? "precision.layers." + layer : "precision";
    check_roles(policy, path, method, data.is_regression());
    const bool at_accelerator = full_gradient_place(config.optimizer, data, placement) == Place::accelerator;
    if (has_anchor(method) && at_accelerator && policy.activations.format.is_twos_complement())
        refuse(path + ".activations", arithmetic::name(policy.activations.format),
               "floating-point formats where the accelerator computes the full gradient "
               "(workload.optimizer.full_gradient.at: host reads the samples as they are)");
}

}  // namespace ulpsim::workloads

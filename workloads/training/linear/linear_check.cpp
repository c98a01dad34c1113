#include <cmath>
#include <sstream>

#include "models/arithmetic/error.hpp"
#include "workloads/optimizers/method.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/linear/linear_training.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Format;

template <class Value>
[[noreturn]] void refuse(const std::string& key, const Value& value, const std::string& allowed) {
    std::ostringstream text;
    text << key << " is " << value << "; allowed: " << allowed;
    throw Error(text.str());
}

void check_optimizer(const OptimizerConfig& optimizer, Method method, std::uint64_t samples) {
    const std::string key = "workload.optimizer.", kind = optimizer.kind;
    if (!(optimizer.learning_rate > 0 && std::isfinite(optimizer.learning_rate)))
        refuse(key + "learning_rate", optimizer.learning_rate, "a number above 0");
    if (optimizer.momentum != 0) refuse(key + "momentum", optimizer.momentum, "0 in a linear regression");
    if (optimizer.weight_decay != 0) refuse(key + "weight_decay", optimizer.weight_decay, "0 in a linear regression");
    if (optimizer.batch < 1 || samples % optimizer.batch != 0)
        refuse(key + "batch", optimizer.batch, "what divides the " + std::to_string(samples) + " samples");
    if (!(optimizer.mu > 0 && std::isfinite(optimizer.mu))) refuse(key + "mu", optimizer.mu, "a number above 0");
    if (!(optimizer.range > 0 && std::isfinite(optimizer.range)))
        refuse(key + "range", optimizer.range, "a number above 0");
    if (has_anchor(method) && optimizer.full_gradient.format.is_expansion())
        refuse(key + "full_gradient.format", arithmetic::name(optimizer.full_gradient.format), "formats without exp()");
}

void check_roles(const Policy& policy, const std::string& path, Method method) {
    check(policy, path);
    const Format sum = arithmetic::result_format(dot_of(policy, policy.weights.format, policy.activations.format));
    if (has_anchor(method) && !includes(sum, policy.gradients.format))
        refuse(path + ".gradients", arithmetic::name(policy.gradients.format),
               "formats whose values are all values of the accumulator, " + arithmetic::name(sum) +
                   " (it starts with the gradient at the anchor)");
    if (!has_grid(method)) return;
    if (policy.master_weights)
        refuse(path + ".master_weights", arithmetic::name(policy.master_weights->format),
               "none with a method whose weights are numbers in units of a scale");
    if (arithmetic::has_infinity(policy.weights.format) && !policy.weights.format.saturate)
        refuse(path + ".weights", arithmetic::name(policy.weights.format),
               "formats that saturate (int, fix, :sat), since the numbers stay in their box");
}

}  // namespace

void check_linear(const TrainingConfig& config, const Network& network, const Dataset& data) {
    const Method method = method_of(config.optimizer.kind);
    if (network.layers.size() != 1)
        refuse("workload.network", std::to_string(network.layers.size()) + " layers", "linear_regression, for numbers");
    if (data.test.count() > 0) throw Error("workload.dataset has test samples; allowed: none in a linear regression");
    check_optimizer(config.optimizer, method, data.train.count());
    if (config.loss_scale.kind != LossScaleConfig::Kind::fixed || config.loss_scale.value != 1)
        refuse("workload.loss_scale.value", config.loss_scale.value, "static 1 in a linear regression");
    if (!config.precision.schedule.empty())
        throw Error("precision.schedule has rules; allowed: none in a linear regression");
    const auto change = config.precision.layers.find(network.layers.front().name);
    if (change == config.precision.layers.end())
        check_roles(config.precision.base, "precision", method);
    else
        check_roles(apply(config.precision.base, change->second), "precision.layers." + change->first, method);
}

}  // namespace ulpsim::workloads

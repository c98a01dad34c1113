#include <cmath>

#include "models/arithmetic/packing.hpp"
#include "models/arithmetic/refusal.hpp"
#include "workloads/optimizers/method.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/batches.hpp"
#include "workloads/training/centred/centred_training.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Format;

void above_zero(const std::string& key, double value) {
    if (!(value > 0 && std::isfinite(value))) refuse(key, value, "a number above 0");
}

void check_optimizer(const OptimizerConfig& optimizer, std::uint64_t samples) {
    const std::string key = "workload.optimizer.";
    above_zero(key + "learning_rate", optimizer.learning_rate);
    above_zero(key + "mu", optimizer.mu);
    above_zero(key + "range", optimizer.range);
    if (optimizer.momentum != 0)
        refuse(key + "momentum", optimizer.momentum, "0 with " + optimizer.kind + ", whose step corrects the gradient");
    if (optimizer.kahan) refuse(key + "kahan", "true", "false with " + optimizer.kind);
    if (!(optimizer.weight_decay >= 0 && std::isfinite(optimizer.weight_decay)))
        refuse(key + "weight_decay", optimizer.weight_decay, "0 or more");
    if (optimizer.batch < 1 || optimizer.batch > samples)
        refuse(key + "batch", optimizer.batch, "1 to " + std::to_string(samples));
    const Format& format = optimizer.full_gradient.format;
    if (format.is_expansion() || format.exponent_bits == 0)
        refuse(key + "full_gradient.format", arithmetic::name(format), "floating-point formats without exp()");
}

void check_roles(const Policy& policy, const std::string& path, const OptimizerConfig& optimizer) {
    check(policy, path);
    if (policy.master_weights)
        refuse(path + ".master_weights", arithmetic::name(policy.master_weights->format),
               "none with " + optimizer.kind + "; workload.optimizer.full_gradient.format is that of the weights");
    for (const auto& [role, precision] : {std::pair{".weights", policy.weights},
                                          {".activations", policy.activations},
                                          {".errors", policy.errors},
                                          {".gradients", policy.gradients}})
        if (is_copied(precision) || precision.format.exponent_bits == 0 || precision.format.is_expansion())
            refuse(path + role, arithmetic::name(precision.format),
                   "floating-point formats without exp() or a scale with " + optimizer.kind + " in a network");
    const bool unscaled = policy.weights.format.exponent_bits >= 8;  // their offsets cannot overflow
    if (!unscaled && arithmetic::has_infinity(policy.weights.format) && !policy.weights.format.saturate)
        refuse(path + ".weights", arithmetic::name(policy.weights.format),
               "formats that saturate (fn, :sat) or have 8 exponent bits, since the offset stays in its box");
}

}  // namespace

bool is_centred_training(const TrainingConfig& config) {
    const std::string& kind = config.optimizer.kind;
    return kind == "svrg" || kind == "lp_svrg" || kind == "halp";
}

void check_centred(const TrainingConfig& config, const Network& network, const Dataset& data) {
    check_optimizer(config.optimizer, data.train.count());
    if (config.loss_scale.kind != LossScaleConfig::Kind::fixed)
        throw Error("workload.loss_scale.kind is dynamic; allowed: static with " + config.optimizer.kind);
    if (!config.precision.schedule.empty())
        throw Error("precision.schedule has rules; allowed: none with " + config.optimizer.kind);
    if (config.health.level != HealthConfig::Level::off)
        throw Error("health is on; allowed: off with " + config.optimizer.kind + " in a network of layers");
    for (const DenseLayer& layer : network.layers) {
        const auto change = config.precision.layers.find(layer.name);
        if (change == config.precision.layers.end())
            check_roles(config.precision.base, "precision", config.optimizer);
        else
            check_roles(apply(config.precision.base, change->second), "precision.layers." + layer.name,
                        config.optimizer);
    }
}

CentredMemory centred_memory(const TrainingConfig& config, const Network& network, std::uint64_t samples) {
    const auto policy = [&](std::size_t i) { return Schedule(config.precision).policy(network.layers[i].name); };
    const auto bytes = [](const Format& format, std::uint64_t rows, std::uint64_t columns) {
        return arithmetic::packed_bytes(format, rows, columns);
    };
    const std::uint64_t batch = config.optimizer.batch;
    const bool cached = config.optimizer.anchor_values == AnchorValuesAt::cached;
    const std::uint64_t kept = cached ? samples / batch * batch : batch;
    CentredMemory memory;
    memory.samples =
        bytes(policy(0).activations.format, samples, network.layers.front().inputs) + bytes(label_format, samples, 1);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const bool last = i + 1 == network.layers.size();
        const std::uint64_t outputs = network.layers[i].outputs;
        memory.anchor_values += bytes(last ? policy(i).loss.format : policy(i + 1).activations.format, kept, outputs);
        if (!last) memory.anchor_values += bytes(policy(i).errors.format, kept, outputs);
    }
    return memory;
}

}  // namespace ulpsim::workloads

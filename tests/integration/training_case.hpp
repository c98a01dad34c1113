#pragma once
// A small training run of awkward sizes, for tests that hold one executor or platform against another.
#include <cmath>
#include <string>

#include "platform/configuration/platform_config.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::test {

/// Three separable classes in 50 features: 70 training samples, so that batches of 20 leave a ragged last one.
inline workloads::Dataset three_classes() {
    workloads::Dataset data{.name = "three_classes", .classes = 3, .train = {}, .test = {}};
    const auto fill = [](workloads::Samples& samples, std::uint64_t count, std::uint64_t salt) {
        samples.features = 50;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t label = i % 3;
            samples.labels.push_back(static_cast<std::uint8_t>(label));
            for (std::uint64_t f = 0; f < samples.features; ++f) {
                const double wave = std::sin(static_cast<double>((i + salt) * 131 + f * 17));
                samples.values.push_back(static_cast<float>(wave + (f % 3 == label ? 1.5 : 0)));
            }
        }
    };
    fill(data.train, 70, 0);
    fill(data.test, 30, 1000);
    return data;
}

inline workloads::Precision precision(const char* format, const char* rounding = "rne") {
    return {arithmetic::parse_format(format), arithmetic::parse_rounding(rounding)};
}

inline workloads::TrainingConfig training_case() {
    workloads::TrainingConfig config;
    config.epochs = 2;
    config.optimizer = {.kind = "sgd", .learning_rate = 0.05, .momentum = 0.9, .weight_decay = 1e-3, .batch = 20};
    config.loss_scale.value = 64;
    workloads::Policy& policy = config.precision.base;
    policy.weights = precision("e4m3fn");
    policy.activations = precision("e4m3fn");
    policy.errors = precision("e5m2");
    policy.gradients = precision("e5m2", "sr8");
    policy.master_weights = precision("exp(bf16,2)");
    policy.optimizer_state = precision("bf16");
    policy.loss = precision("fp32");
    return config;
}

inline workloads::Network network_case(const workloads::Dataset& data) {
    return workloads::build({.name = "", .widths = {37, 18, 3}}, data.train.features, data.classes);
}

inline platform::PlatformConfig platform_case(platform::Kind kind) {
    platform::PlatformConfig config;
    config.kind = kind;
    config.dram.size_mib = 16;
    config.host_dram.size_mib = 16;
    if (kind == platform::Kind::accelerator_only) config.accelerator.expansion_unit.lanes = 16;
    if (kind == platform::Kind::host_accelerator) config.host = {.model = "cortex_a53", .clock_mhz = 1200, .cores = 4};
    config.accelerator.operators = {arithmetic::parse_format("e4m3fn"), arithmetic::parse_format("e5m2"),
                                    arithmetic::bf16};
    return config;
}

}  // namespace ulpsim::test

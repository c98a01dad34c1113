#pragma once
// The least squares problem of facts: training 1.6 and a run on it, for the tests of linear training.
#include "tests/integration/training_case.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {

inline const workloads::Dataset& least_squares() {
    static const workloads::Dataset data = workloads::load(workloads::LeastSquaresConfig{});
    return data;
}

inline workloads::Network linear_network(const workloads::Dataset& data) {
    return workloads::build({.name = "linear_regression", .widths = {}}, data.train.features, data.classes);
}

/// SVRG with exact gradients and weights of a format: step 1e-3, 2000 steps an outer iteration.
inline workloads::TrainingConfig svrg_case(const std::string& weights, const std::string& rounding = "rne") {
    workloads::TrainingConfig config;
    config.epochs = 30;
    config.optimizer.kind = "svrg";
    config.optimizer.learning_rate = 1e-3;
    config.optimizer.batch = 1;
    config.optimizer.inner_steps = 2000;
    workloads::Policy& policy = config.precision.base;
    policy.weights = policy.errors = policy.gradients = policy.optimizer_state = precision("fp64");
    policy.activations = precision("fp32");
    policy.accumulator.format = arithmetic::fp64;
    policy.master_weights = precision(weights.c_str(), rounding.c_str());
    return config;
}

struct LinearRun {
    workloads::Status status = workloads::Status::completed;
    std::vector<workloads::EpochDone> epochs;
    std::vector<workloads::Recentred> recentrings;
    std::vector<workloads::HealthCounted> health;

    double norm(std::size_t epoch) const { return epochs.at(epoch - 1).outer->gradient_norm; }
    double last_norm() const { return epochs.back().outer->gradient_norm; }
};

inline LinearRun run_linear(const workloads::TrainingConfig& config, const workloads::Dataset& data = least_squares()) {
    workloads::ReferenceExecutor executor(config.seed, 1);
    LinearRun run;
    const auto observe = [&](const workloads::Event& event) {
        if (const auto* epoch = std::get_if<workloads::EpochDone>(&event)) run.epochs.push_back(*epoch);
        if (const auto* change = std::get_if<workloads::Recentred>(&event)) run.recentrings.push_back(*change);
        if (const auto* counted = std::get_if<workloads::HealthCounted>(&event)) run.health.push_back(*counted);
        return true;
    };
    const workloads::Network network = linear_network(data);
    const workloads::Placement host{.loss = workloads::Place::host, .update = workloads::Place::host};
    workloads::check(config, network, data, host);
    run.status = workloads::train(config, network, data, host, executor, 1, observe);
    return run;
}

}  // namespace ulpsim::test

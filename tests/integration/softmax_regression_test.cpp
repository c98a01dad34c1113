// Softmax regression on Fashion-MNIST: HALP with 8 bits passes the floors of SVRG on fixed grids (issue 7, item 2; facts:
// training 1.6), on a slice of the images, from the shipped roles.
#include <gtest/gtest.h>

#include "tests/integration/training_case.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {
namespace {

workloads::TrainingConfig few_bits(const std::string& kind, const std::string& weights) {
    workloads::TrainingConfig config;
    config.epochs = 16;
    workloads::OptimizerConfig& optimizer = config.optimizer;
    optimizer.kind = kind;
    optimizer.learning_rate = 0.02;
    optimizer.weight_decay = 0.01;
    optimizer.batch = 20;
    optimizer.inner_steps = 600;
    optimizer.full_gradient.format = arithmetic::fp32;
    optimizer.range = 2;
    optimizer.mu = 0.3;
    workloads::Policy& policy = config.precision.base;
    policy.weights = precision(weights.c_str(), "sr20");
    policy.activations = precision("int8");
    policy.errors = precision("bf16");
    policy.gradients = precision("fix16.12");
    policy.optimizer_state = precision("fix24.20");
    return config;
}

std::vector<workloads::EpochDone> trained(const workloads::TrainingConfig& config) {
    static const workloads::Dataset data = workloads::load(
        workloads::FashionMnistConfig{.train_samples = 2000, .test_samples = 500, .standardize = false});
    const workloads::Network network =
        workloads::build({.name = "logistic_regression", .widths = {}}, data.train.features, data.classes);
    workloads::check(config, network, data);
    workloads::ReferenceExecutor executor(config.seed, 2);
    std::vector<workloads::EpochDone> epochs;
    train(config, network, data, {}, executor, 2, [&](const workloads::Event& event) {
        if (const auto* epoch = std::get_if<workloads::EpochDone>(&event)) epochs.push_back(*epoch);
        return true;
    });
    return epochs;
}

TEST(SoftmaxRegression, ByHalpOf8BitsPassesTheFloorsOfSvrgOnGridsOf8And6Bits) {
    const auto halp = trained(few_bits("halp", "int8")), eight = trained(few_bits("lp_svrg", "int8")),
               six = trained(few_bits("lp_svrg", "int6"));
    const auto norm = [](const std::vector<workloads::EpochDone>& run) { return run.back().outer->gradient_norm; };
    EXPECT_LT(norm(halp), norm(eight));
    EXPECT_GT(norm(six), 2 * norm(eight));
    // Accuracy does not tell them apart.
    EXPECT_NEAR(halp.back().test_accuracy.value(), eight.back().test_accuracy.value(), 0.03);
    EXPECT_NEAR(halp.back().test_accuracy.value(), six.back().test_accuracy.value(), 0.03);
}

/// SVRG in fp32 and HALP with an fp32 offset are the same method on rows drawn under other numbers.
TEST(SoftmaxRegression, ByHalpWithAWideOffsetGoesWhereSvrgGoes) {
    workloads::TrainingConfig config = few_bits("svrg", "fp32");
    config.epochs = 3;
    workloads::Policy& policy = config.precision.base;
    policy.weights = policy.activations = policy.errors = policy.gradients = policy.optimizer_state = precision("fp32");
    const double svrg = trained(config).back().outer->gradient_norm;
    config.optimizer.kind = "halp";
    policy.weights = precision("fp32:sat");
    config.optimizer.mu = 1e-38;  // a unit for which the largest number is no bound
    const double halp = trained(config).back().outer->gradient_norm;
    EXPECT_NEAR(halp, svrg, 0.2 * svrg);
}

}  // namespace
}  // namespace ulpsim::test

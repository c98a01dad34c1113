// What a host reaches and costs alone: the baselines that an accelerator has to beat (issue 7, item 4).
#include <gtest/gtest.h>

#include <cmath>

#include "models/arithmetic/error.hpp"
#include "models/host/work.hpp"
#include "platform/architectures/simulation.hpp"
#include "tests/integration/linear_case.hpp"

namespace ulpsim::test {
namespace {

using platform::Kind;
using workloads::Place;
using workloads::TrainingConfig;

TrainingConfig passes(const std::string& kind, std::uint64_t epochs) {
    TrainingConfig config = svrg_case("fp64");
    config.optimizer = {.kind = kind, .learning_rate = 0.9};
    config.epochs = epochs;
    return config;
}

TEST(ConjugateGradients, ReachTheHostsPrecisionInTwentyFivePasses) {
    const LinearRun run = run_linear(passes("conjugate_gradients", 25));
    EXPECT_LT(run.norm(20), 1e-8);
    EXPECT_LT(run.last_norm(), 1e-12);
}

TEST(ConjugateGradients, EndInAsManyPassesAsThereAreFeatures) {
    // Whatever the condition number, but for rounding.
    const workloads::Dataset data =
        workloads::load(workloads::LeastSquaresConfig{.samples = 60, .features = 6, .condition = 20});
    const LinearRun run = run_linear(passes("conjugate_gradients", 7), data);
    EXPECT_GT(run.norm(3), 1e-6);
    EXPECT_LT(run.norm(6), 1e-12);
    EXPECT_LT(run.norm(7), 1e-12);
}

TEST(ConjugateGradients, AreOverAtTheGoal) {
    TrainingConfig config = passes("conjugate_gradients", 25);
    config.gradient_norm_goal = 1e-3;
    const LinearRun run = run_linear(config);
    EXPECT_EQ(run.status, workloads::Status::completed);
    EXPECT_LE(run.last_norm(), 1e-3);
    EXPECT_GT(run.norm(run.epochs.size() - 1), 1e-3);
}

TEST(GradientDescent, ShrinksTheGradientByTheConditionNumbersRate) {
    // Eigenvalues 0.47 to 1.73 (Marchenko and Pastur): a step of 0.9 multiplies what lies along each by |1 - 0.9 l|.
    const LinearRun run = run_linear(passes("gradient_descent", 40));
    EXPECT_NEAR(run.norm(40) / run.norm(39), 1 - 0.9 * 0.47, 0.04);
    EXPECT_LT(run.last_norm(), 1e-8);
}

TEST(GradientDescent, DivergesBeyondTwiceTheInverseOfTheLargestEigenvalue) {
    TrainingConfig config = passes("gradient_descent", 100);
    config.optimizer.learning_rate = 1.5;
    const LinearRun run = run_linear(config);
    EXPECT_EQ(run.status, workloads::Status::diverged);
    EXPECT_LT(run.epochs.size(), 100U);
}

/// After an epoch, since the start.
struct Cost {
    double seconds = 0;
    std::uint64_t read = 0, written = 0;
};

std::vector<Cost> costs(const TrainingConfig& config, std::uint64_t cache_kib) {
    platform::PlatformConfig machine;
    machine.kind = Kind::host_only;
    machine.host = {.model = "cortex_a53", .clock_mhz = 1200, .cores = 4, .cache_kib = cache_kib};
    machine.dram.size_mib = 16;
    platform::Simulation simulation(machine, {.seed = config.seed, .threads = 1});
    const workloads::Network network = linear_network(least_squares());
    const workloads::Placement placement = platform::placement(Kind::host_only);
    check(config, network, least_squares(), placement);
    std::vector<Cost> costs;
    const auto observe = [&](const workloads::Event& event) {
        if (!std::holds_alternative<workloads::EpochDone>(event)) return true;
        costs.push_back(
            {simulation.seconds(), simulation.traffic().dram_read_bytes, simulation.traffic().dram_write_bytes});
        return true;
    };
    simulation.run([&](workloads::Executor& executor) {
        workloads::train(config, network, least_squares(), placement, executor, 1, observe);
    });
    return costs;
}

constexpr std::uint64_t sample_bytes = 1000 * 100 * 4;

TEST(HostOnly, APassTakesItsFloatingPointOperations) {
    // What the cache holds costs no memory time: two products of 1000 x 100, at 1.3 flops a cycle and core.
    const std::vector<Cost> cost = costs(passes("gradient_descent", 8), 1024);
    const double pass = 2 * (2. * 1000 * 100) / 1.3 / 4 / 1.2e9, found = (cost[7].seconds - cost[2].seconds) / 5;
    EXPECT_GT(found, pass);
    EXPECT_LT(found, 1.05 * pass);
}

TEST(HostOnly, SamplesThatTheCacheHoldsAreReadOnce) {
    const std::vector<Cost> cost = costs(passes("gradient_descent", 4), 1024);
    EXPECT_LT(cost[3].read, sample_bytes + 20000);
    EXPECT_LT(cost[3].read - cost[0].read, 1000U);
}

TEST(HostOnly, SamplesThatTheCacheDoesNotHoldAreReadTwiceAPass) {
    const std::vector<Cost> cost = costs(passes("gradient_descent", 4), 128);
    // And the 16 kB of residuals and targets, the 2 kB of points and gradient that they drive out.
    EXPECT_GE((cost[3].read - cost[1].read) / 2, 2 * sample_bytes);
    EXPECT_LE((cost[3].read - cost[1].read) / 2, 2 * sample_bytes + 32000);
}

TEST(HostOnly, WithoutACacheEveryOperandComesFromMemory) {
    const std::vector<Cost> cost = costs(passes("gradient_descent", 4), 0);
    // Samples twice, targets, residuals, point twice, gradient three times.
    EXPECT_EQ(cost[3].read - cost[2].read, 2 * sample_bytes + 2 * 8000 + 5 * 800);
    // Residuals, gradient, its square, the next point.
    EXPECT_EQ(cost[3].written - cost[2].written, 8000U + 800 + 8 + 800);
}

std::string refusal(const TrainingConfig& config, const std::string& network, const workloads::Dataset& data) {
    try {
        check(config, workloads::build({.name = network, .widths = {}}, data.train.features, data.classes), data,
              platform::placement(Kind::host_only));
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing";
}

TEST(HostOnly, WhatNeedsAnAcceleratorIsRefused) {
    TrainingConfig config = passes("conjugate_gradients", 1);
    EXPECT_EQ(refusal(config, "linear_regression", least_squares()), "nothing");
    config.optimizer.full_gradient.at = Place::accelerator;
    EXPECT_EQ(refusal(config, "linear_regression", least_squares()),
              "workload.optimizer.full_gradient.at is accelerator; allowed: host where it is alone");
    const workloads::Dataset classes = three_classes();
    EXPECT_EQ(refusal(training_case(), "mlp", classes).substr(0, 50),
              "workload.network is mlp; allowed: linear_regressio");
    EXPECT_EQ(refusal(passes("conjugate_gradients", 1), "logistic_regression", classes),
              "workload.optimizer.kind is conjugate_gradients; allowed: linear regressions, whose gradient is linear");
}

}  // namespace
}  // namespace ulpsim::test

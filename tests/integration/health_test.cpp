// The counts of health are the same from both executors, whatever the tiles and threads, and change no byte.
#include <gtest/gtest.h>

#include "platform/architectures/simulation.hpp"
#include "tests/integration/training_case.hpp"
#include "tests/support/witness.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {
namespace {

using platform::Kind;
using workloads::HealthCounted;
using workloads::TensorHealth;
using workloads::TrainingConfig;

struct Counted {
    std::vector<HealthCounted> health;
    workloads::Observer observer() {
        return [this](const workloads::Event& event) {
            if (const auto* counted = std::get_if<HealthCounted>(&event)) health.push_back(*counted);
            return true;
        };
    }
    const TensorHealth* find(const std::string& role, const std::string& layer) const {
        for (const TensorHealth& tensor : health.at(0).tensors)
            if (tensor.role == role && tensor.layer == layer) return &tensor;
        return nullptr;
    }
};

Counted on_reference(const TrainingConfig& training, Kind kind) {
    const workloads::Dataset data = three_classes();
    workloads::ReferenceExecutor executor(training.seed, 1);
    Counted run;
    train(training, network_case(data), data, platform::placement(kind), executor, 1, run.observer());
    return run;
}

Counted on_platform(const TrainingConfig& training, const platform::PlatformConfig& config, unsigned threads) {
    const workloads::Dataset data = three_classes();
    platform::Simulation simulation(config, {.seed = training.seed, .threads = threads});
    Counted run;
    simulation.run([&](workloads::Executor& executor) {
        train(training, network_case(data), data, platform::placement(config.kind), executor, threads, run.observer());
    });
    return run;
}

void expect_same(const Counted& reference, const Counted& platform) {
    ASSERT_EQ(reference.health.size(), 2U);
    ASSERT_EQ(platform.health.size(), 2U);
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        const auto &expected = reference.health[epoch].tensors, &found = platform.health[epoch].tensors;
        ASSERT_EQ(found.size(), expected.size());
        ASSERT_GT(expected.size(), 14U);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            SCOPED_TRACE(expected[i].role + " of " + expected[i].layer);
            EXPECT_EQ(found[i].role, expected[i].role);
            EXPECT_EQ(found[i].layer, expected[i].layer);
            EXPECT_EQ(found[i].format, expected[i].format);
            EXPECT_EQ(found[i].steps, 2U);  // the first and the third of four
            EXPECT_TRUE(found[i].counts == expected[i].counts);
            EXPECT_TRUE(found[i].update == expected[i].update);
        }
    }
}

TrainingConfig counted_case() {
    TrainingConfig training = training_case();
    training.health = {.level = workloads::HealthConfig::Level::histograms, .every = 2};
    return training;
}

/// Every product of the case is cut.
void small_machine(platform::PlatformConfig& config) {
    config.accelerator.scratchpad = {.size_kib = 16, .banks = 4};
    config.accelerator.array.rows = 8;
    config.accelerator.array.columns = 8;
}

TEST(Health, IsTheSameFromBothExecutors) {
    const TrainingConfig training = counted_case();
    expect_same(on_reference(training, Kind::accelerator_only),
                on_platform(training, platform_case(Kind::accelerator_only), 1));
}

TEST(Health, IsTheSameInSmallTilesAndOnTwoThreads) {
    TrainingConfig training = counted_case();
    training.precision.base.gradients = precision("exp(bf16,2)");
    training.precision.base.activations = precision("e4m3fn", "sr3");
    training.precision.base.master_weights = precision("exp(bf16,3)", "sr8");
    training.batch_average = workloads::BatchAverage::in_loss;
    platform::PlatformConfig config = platform_case(Kind::accelerator_only);
    small_machine(config);
    expect_same(on_reference(training, Kind::accelerator_only), on_platform(training, config, 2));
}

TEST(Health, IsTheSameWhereTheHostUpdates) {
    TrainingConfig training = counted_case();
    training.precision.base.master_weights = precision("fp32");
    training.precision.base.optimizer_state = precision("fp32");
    expect_same(on_reference(training, Kind::host_accelerator),
                on_platform(training, platform_case(Kind::host_accelerator), 1));
}

TEST(Health, CountsEveryValueOfACountedStep) {
    const Counted run = on_reference(counted_case(), Kind::accelerator_only);
    // Two steps of 20 samples through 50-37-18-3; weights and biases.
    const auto values = [&](const char* role, const char* layer) {
        const TensorHealth* tensor = run.find(role, layer);
        return tensor == nullptr ? 0 : tensor->counts.values;
    };
    EXPECT_EQ(values("activations", "fc1"), 2U * 20 * 50);
    EXPECT_EQ(values("activations", "fc2"), 2U * 20 * 37);
    EXPECT_EQ(values("loss", "fc3"), 2U * 20 * 3);
    EXPECT_EQ(values("errors", "fc1"), 2U * 20 * 37);
    EXPECT_EQ(values("errors", "fc3"), 2U * 20 * 3);
    EXPECT_EQ(values("gradients", "fc2"), 2U * (37 * 18 + 18));
    for (const char* role : {"weights", "master_weights", "optimizer_state"})
        EXPECT_EQ(values(role, "fc2"), 2U * (37 * 18 + 18)) << role;
    for (const TensorHealth& tensor : run.health[0].tensors)
        EXPECT_EQ(tensor.update.has_value(), tensor.role == "master_weights") << tensor.role;
}

TEST(Health, SeesThatUpdatesVanishInEightBitsAndNotInMore) {
    TrainingConfig training = counted_case();
    training.optimizer.learning_rate = 0.005;
    training.precision.base.master_weights.reset();
    training.precision.base.weights = precision("e5m2");
    const Counted rne = on_reference(training, Kind::accelerator_only);
    training.precision.base.weights = precision("e5m2", "sr16");
    const Counted stochastic = on_reference(training, Kind::accelerator_only);
    training.precision.base.weights = precision("fp32");
    const Counted wide = on_reference(training, Kind::accelerator_only);
    const workloads::UpdateHealth& lost = *rne.find("weights", "fc2")->update;
    EXPECT_GT(lost.vanished, lost.updates * 9 / 10);
    EXPECT_LT(lost.effective_descent, 0.5);
    // By chance, but in the mean all of the descent survives.
    EXPECT_NEAR(stochastic.find("weights", "fc2")->update->effective_descent, 1, 0.5);
    EXPECT_NEAR(wide.find("weights", "fc2")->update->effective_descent, 1, 1e-4);
    EXPECT_EQ(wide.find("weights", "fc2")->update->vanished, 0U);
}

TEST(Health, ChangesNoByte) {
    const workloads::Dataset data = three_classes();
    const auto statements = [&](const TrainingConfig& training) {
        workloads::ReferenceExecutor executor(training.seed, 1);
        Witness witness(executor);
        train(training, network_case(data), data, {}, witness, 1, [](const workloads::Event&) { return true; });
        return witness.statements;
    };
    EXPECT_EQ(statements(counted_case()), statements(training_case()));
}

}  // namespace
}  // namespace ulpsim::test

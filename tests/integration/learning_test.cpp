// What formats do to training, on a slice of Fashion-MNIST and the network of the main job: 8-bit weights that are
// updated in place stall with rne and recover with sr (facts: training 2.1).
#include <gtest/gtest.h>

#include "tests/integration/training_case.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {
namespace {

using workloads::Policy;

/// Mean training loss of the last of 3 epochs over 6000 images.
double final_loss(const Policy& policy, double loss_scale) {
    static const workloads::Dataset data =
        workloads::load(workloads::FashionMnistConfig{.train_samples = 6000, .test_samples = 100});
    workloads::TrainingConfig training;
    training.epochs = 3;
    training.optimizer = {.kind = "sgd", .learning_rate = 0.01, .momentum = 0.9, .weight_decay = 0, .batch = 64};
    training.loss_scale.value = loss_scale;
    training.precision.base = policy;
    workloads::ReferenceExecutor executor(training.seed, 2);
    double loss = 0;
    const auto observe = [&](const workloads::Event& event) {
        if (const auto* epoch = std::get_if<workloads::EpochDone>(&event)) loss = epoch->train_loss;
        return true;
    };
    train(training, workloads::build({}, data.train.features, data.classes), data, {}, executor, 2, observe);
    return loss;
}

Policy fp32_policy() {
    Policy policy;
    policy.master_weights = precision("fp32");
    return policy;
}

Policy weights_in_place(const char* rounding) {
    Policy policy;
    policy.weights = precision("e5m2", rounding);
    policy.activations = precision("e4m3fn");
    policy.errors = policy.gradients = precision("e5m2");
    return policy;
}

TEST(Learning, StallsWithNearestRoundingOfWeightsInPlaceAndRecoversWithStochastic) {
    const double fp32 = final_loss(fp32_policy(), 1);
    const double stochastic = final_loss(weights_in_place("sr13"), 1024);
    const double nearest = final_loss(weights_in_place("rne"), 1024);
    EXPECT_LT(fp32, 0.42);
    EXPECT_LT(fp32, stochastic);
    EXPECT_LT(stochastic, fp32 + 0.05);
    EXPECT_GT(nearest, fp32 + 0.3);
}

TEST(Learning, WithEightBitOperandsAndAnFp32MasterIsThatOfFp32) {
    Policy policy = fp32_policy();
    policy.weights = policy.activations = precision("e4m3fn");
    policy.errors = policy.gradients = precision("e5m2");
    // The bound of the full run is 0.005; a tenth of the data leaves more noise.
    EXPECT_NEAR(final_loss(policy, 1024), final_loss(fp32_policy(), 1), 0.01);
}

}  // namespace
}  // namespace ulpsim::test

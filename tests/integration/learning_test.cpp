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

/// Weights, activations and errors in one format with blocks or a scale of its own, and nothing else.
Policy block_policy(const workloads::Precision& role) {
    Policy policy = fp32_policy();
    policy.weights = policy.activations = policy.errors = role;
    return policy;
}

TEST(Learning, WithBlocksOfEightBitsIsThatOfFp32WithoutALossScale) {
    EXPECT_NEAR(final_loss(block_policy(precision("mx(e4m3fn,32)")), 1), final_loss(fp32_policy(), 1), 0.01);
}

TEST(Learning, WithBlocksOfFourBitsLosesMuchButLearns) {
    // 0.72 measured: every operand random in its last of two significant bits. Guessing has ln 10 = 2.3.
    const double fp4 = final_loss(block_policy(precision("mx(e2m1fn,16)", "sr8")), 1);
    EXPECT_GT(fp4, final_loss(fp32_policy(), 1) + 0.1);
    EXPECT_LT(fp4, 1.0);
}

TEST(Learning, WithInt8OfMeasuredScalesIsNearThatOfFp32) {
    Policy policy = block_policy(precision("int8", "sr8"));
    for (workloads::Precision* role : {&policy.weights, &policy.activations, &policy.errors})
        role->scale.kind = workloads::TensorScale::Kind::power_of_two;
    policy.accumulator.format = arithmetic::parse_format("int32");
    EXPECT_NEAR(final_loss(policy, 1), final_loss(fp32_policy(), 1), 0.05);
}

}  // namespace
}  // namespace ulpsim::test

// Weights kept in 8 bits lose small updates; stochastic rounding keeps them on average, expansions keep them (facts:
// training 2.1, here on a slice; the whole is in scenarios/expansions/stall_*.yaml). All arithmetic but the update is fp32.
#include <gtest/gtest.h>

#include "tests/integration/training_case.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {
namespace {

/// Mean training loss of the last of 4 epochs over 3000 images, raw pixels, 784-64-10, learning rate 0.1.
double final_loss(const char* master, const char* rounding = "rne") {
    static const workloads::Dataset data = workloads::load(
        workloads::FashionMnistConfig{.train_samples = 3000, .test_samples = 100, .standardize = false});
    workloads::TrainingConfig training;
    training.epochs = 4;
    training.optimizer = {.kind = "sgd", .learning_rate = 0.1, .batch = 64};
    training.precision.base.master_weights = precision(master, rounding);
    workloads::ReferenceExecutor executor(training.seed, 2);
    double loss = 0;
    const auto observe = [&](const workloads::Event& event) {
        if (const auto* epoch = std::get_if<workloads::EpochDone>(&event)) loss = epoch->train_loss;
        return true;
    };
    const workloads::Network network =
        workloads::build({.name = "", .widths = {64, 10}}, data.train.features, data.classes);
    train(training, network, data, {}, executor, 2, observe);
    return loss;
}

TEST(UpdateStall, IsUndoneByStochasticRoundingAndByTwoOrThreeTerms) {
    const double fp32 = final_loss("fp32"), nearest = final_loss("e5m2"), stochastic = final_loss("e5m2", "sr13"),
                 two = final_loss("exp(e5m2,2)"), three = final_loss("exp(e5m2,3)");
    EXPECT_GT(nearest, fp32 + 0.2);
    EXPECT_LT(stochastic, fp32 + 0.04);
    EXPECT_LT(two, fp32 + 0.04);
    EXPECT_NEAR(three, fp32, 0.01);
}

TEST(UpdateStall, OfE4m3fnIsAMatterOfRangeNotOfTerms) {
    const double fp32 = final_loss("fp32"), two = final_loss("exp(e4m3fn,2)");
    EXPECT_NEAR(final_loss("exp(e4m3fn,3)"), two, 0.002) << "a third term has nothing to hold below 2^-9";
    EXPECT_GT(two, fp32 + 0.02);
    EXPECT_NEAR(final_loss("exp(e4m3fn,3,4)"), fp32, 0.01) << "a step gives the terms their range";
}

}  // namespace
}  // namespace ulpsim::test

// The main job's network over all of Fashion-MNIST, five epochs: where fp32 lands and how near 8-bit operands come.
// A plain program of this network ends at 0.254 to 0.257 over three seeds (facts: training 4.4; the issue of the main job).
#include <gtest/gtest.h>

#include "tests/integration/training_case.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {
namespace {

struct Result {
    double loss = 0, accuracy = 0;
};

Result trained(const workloads::Policy& policy, double loss_scale) {
    static const workloads::Dataset data = workloads::load(workloads::FashionMnistConfig{});
    workloads::TrainingConfig training;
    training.epochs = 5;
    training.optimizer = {.kind = "sgd", .learning_rate = 0.01, .momentum = 0.9, .weight_decay = 0, .batch = 64};
    training.loss_scale.value = loss_scale;
    training.precision.base = policy;
    workloads::ReferenceExecutor executor(training.seed, 2);
    Result result;
    const auto observe = [&](const workloads::Event& event) {
        if (const auto* epoch = std::get_if<workloads::EpochDone>(&event)) {
            result = {epoch->train_loss, epoch->test_accuracy.value_or(0)};
        }
        return true;
    };
    train(training, workloads::build({}, data.train.features, data.classes), data, {}, executor, 2, observe);
    return result;
}

TEST(LearningInFull, LandsOnTheReferenceLossAndEightBitsComeWithin5Thousandths) {
    workloads::Policy policy;
    policy.master_weights = precision("fp32");
    const Result fp32 = trained(policy, 1);
    EXPECT_NEAR(fp32.loss, 0.255, 0.01);
    EXPECT_NEAR(fp32.accuracy, 0.88, 0.01);
    policy.weights = policy.activations = precision("e4m3fn");
    policy.errors = policy.gradients = precision("e5m2");
    EXPECT_NEAR(trained(policy, 1024).loss, fp32.loss, 0.005);
}

}  // namespace
}  // namespace ulpsim::test

// Samples that are codes are the same samples as their values, also where a part of them is taken.
#include <gtest/gtest.h>

#include "workloads/datasets/dataset.hpp"
#include "workloads/executor/reference_executor.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {
namespace {

/// 90 samples of three classes, whose features are sixteenths.
Samples coded() {
    Samples samples{.features = 7, .values = {}, .labels = {}};
    for (unsigned code = 0; code < 256; ++code) samples.code_values.push_back(static_cast<float>(code) / 16);
    for (unsigned i = 0; i < 90; ++i) {
        samples.labels.push_back(static_cast<std::uint8_t>(i % 3));
        for (unsigned j = 0; j < 7; ++j)
            samples.codes.push_back(static_cast<std::uint8_t>((i * 5 + j * 3) % 11 + i % 3));
    }
    return samples;
}

Samples as_values(const Samples& from) {
    Samples samples{.features = from.features, .values = {}, .labels = from.labels};
    for (const std::uint8_t code : from.codes) samples.values.push_back(from.code_values[code]);
    return samples;
}

std::vector<EpochDone> trained(const Samples& samples) {
    const Dataset data{.name = "few", .classes = 3, .train = samples, .test = samples.first(30)};
    TrainingConfig config;
    config.epochs = 2;
    config.optimizer.kind = "svrg";
    config.optimizer.learning_rate = 0.02;
    config.optimizer.batch = 1;
    config.optimizer.inner_steps = 100;
    config.optimizer.full_gradient.format = arithmetic::fp32;
    const Network network = build({.name = "logistic_regression", .widths = {}}, data.train.features, data.classes);
    check(config, network, data);
    ReferenceExecutor executor(config.seed, 1);
    std::vector<EpochDone> epochs;
    train(config, network, data, {}, executor, 1, [&](const Event& event) {
        if (const auto* epoch = std::get_if<EpochDone>(&event)) epochs.push_back(*epoch);
        return true;
    });
    return epochs;
}

TEST(CodedSamples, TrainLinearModelsAsTheirValuesDo) {
    const std::vector<EpochDone> codes = trained(coded()), values = trained(as_values(coded()));
    ASSERT_EQ(codes.size(), 2U);
    ASSERT_EQ(values.size(), 2U);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        EXPECT_EQ(codes[i].train_loss, values[i].train_loss);
        EXPECT_EQ(codes[i].test_accuracy, values[i].test_accuracy);
        EXPECT_EQ(codes[i].outer->gradient_norm, values[i].outer->gradient_norm);
    }
    EXPECT_LT(codes[1].train_loss, codes[0].train_loss) << "it learns";
}

TEST(CodedSamples, HaveTheirFirstOnes) {
    const Samples part = coded().first(4), expected = as_values(coded());
    ASSERT_EQ(part.count(), 4U);
    std::vector<float> room;
    for (std::uint64_t i = 0; i < 4; ++i)
        for (std::uint64_t j = 0; j < 7; ++j) EXPECT_EQ(part.row(i, room)[j], expected.values[i * 7 + j]);
}

}  // namespace
}  // namespace ulpsim::workloads

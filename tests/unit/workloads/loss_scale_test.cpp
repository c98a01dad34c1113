#include "workloads/training/loss_scale.hpp"

#include <gtest/gtest.h>

#include "tests/unit/workloads/small_problem.hpp"

namespace ulpsim::workloads {
namespace {

constexpr LossScaleConfig dynamic(double value, std::uint64_t interval) {
    return {.kind = LossScaleConfig::Kind::dynamic, .value = value, .growth_interval = interval};
}

TEST(LossScale, HalvesOnOverflowAndDoublesAfterGoodSteps) {
    LossScale scale(dynamic(1024, 3));
    EXPECT_TRUE(scale.observe(true));
    EXPECT_EQ(scale.value(), 512);
    EXPECT_FALSE(scale.observe(false));
    EXPECT_FALSE(scale.observe(false));
    EXPECT_TRUE(scale.observe(true));  // the count of good steps begins anew
    EXPECT_EQ(scale.value(), 256);
    EXPECT_FALSE(scale.observe(false));
    EXPECT_FALSE(scale.observe(false));
    EXPECT_TRUE(scale.observe(false));
    EXPECT_EQ(scale.value(), 512);
    EXPECT_FALSE(scale.observe(false));
}

TEST(LossScale, StaysWhenFixed) {
    LossScale scale({.kind = LossScaleConfig::Kind::fixed, .value = 8, .growth_interval = 1});
    EXPECT_FALSE(scale.observe(true));
    EXPECT_FALSE(scale.observe(false));
    EXPECT_EQ(scale.value(), 8);
}

bool is_update(const Op& op) { return std::holds_alternative<Update>(op.what); }

TEST(LossScale, AnOverflowSkipsTheUpdateOfItsStep) {
    TrainingConfig config = small_problem::config();
    config.loss_scale = dynamic(0x1p30, 4);  // fp16 ends at 2^16: the first steps overflow
    config.precision.base.gradients.format = arithmetic::fp16;
    const small_problem::TrainingRun run(config);
    ASSERT_EQ(run.status, Status::completed);

    // Steps as the Ops tell them: each counts its overflows once, and is updated or not.
    std::vector<bool> updated;
    for (const Op& op : run.executor.ops) {
        if (std::holds_alternative<CountNonfinite>(op.what)) updated.push_back(false);
        if (is_update(op)) updated.back() = true;
    }
    ASSERT_EQ(updated.size(), 13u);  // 200 samples in batches of 16

    // The events follow from them.
    std::vector<std::pair<std::uint64_t, double>> expected, seen;
    double value = config.loss_scale.value;
    std::uint64_t good = 0;
    for (std::uint64_t step = 1; step <= updated.size(); ++step) {
        if (!updated[step - 1]) {
            expected.emplace_back(step, value /= 2);
            good = 0;
        } else if (++good == 4) {
            expected.emplace_back(step, value *= 2);
            good = 0;
        }
    }
    for (const LossScaleChanged& event : run.all_of<LossScaleChanged>()) seen.emplace_back(event.step, event.value);
    EXPECT_EQ(seen, expected);
    EXPECT_FALSE(updated.front());
}

TEST(LossScale, RecoversFromAStartThatIsTooLarge) {
    TrainingConfig config = small_problem::config(6);
    config.loss_scale = dynamic(0x1p24, 1000);
    config.precision.base.gradients.format = arithmetic::fp16;
    const small_problem::TrainingRun run(config);
    ASSERT_EQ(run.status, Status::completed);
    EXPECT_LT(run.all_of<EpochDone>().back().train_loss, 0.5);
    EXPECT_LT(run.all_of<LossScaleChanged>().back().value, 0x1p24);
}

}  // namespace
}  // namespace ulpsim::workloads

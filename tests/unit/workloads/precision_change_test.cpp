#include <gtest/gtest.h>

#include "tests/unit/workloads/small_problem.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::bf16;
using arithmetic::fp16;
using arithmetic::fp32;
using small_problem::TrainingRun;

Precision in(const arithmetic::Format& format) { return {.format = format, .rounding = {}}; }

Rule at_step(std::uint64_t step) {
    Rule rule;
    rule.when = {.kind = Trigger::Kind::step, .at = step, .patience = 0};
    return rule;
}

TEST(PrecisionChange, IsToldWithItsRuleAndStep) {
    TrainingConfig config = small_problem::config(2);
    config.precision.schedule = {at_step(1), at_step(15)};
    config.precision.schedule[0].set.activations = in(bf16);
    config.precision.schedule[1].set.errors = in(bf16);
    config.precision.schedule[1].set.gradients = {.format = bf16, .rounding = arithmetic::parse_rounding("sr8")};
    const TrainingRun run(config);
    const auto changes = run.all_of<PrecisionChanged>();
    ASSERT_EQ(changes.size(), 3u);
    EXPECT_EQ(changes[0].what, "activations: e8m7");
    EXPECT_EQ(changes[0].epoch, 1u);
    EXPECT_EQ(changes[0].step, 1u);
    EXPECT_EQ(changes[1].what, "errors: e8m7");
    EXPECT_EQ(changes[2].what, "gradients: e8m7 sr8");
    EXPECT_EQ(changes[2].rule, 1u);
    EXPECT_EQ(changes[2].epoch, 2u);  // 13 steps an epoch
    EXPECT_EQ(changes[2].step, 15u);
}

TEST(PrecisionChange, ARuleOfTheFirstStepIsTheSameAsTheBase) {
    TrainingConfig scheduled = small_problem::config(1), based = small_problem::config(1);
    scheduled.precision.schedule = {at_step(1)};
    scheduled.precision.schedule[0].set.weights = in(bf16);
    based.precision.base.weights = in(bf16);
    EXPECT_EQ(TrainingRun(scheduled).weights(), TrainingRun(based).weights());
}

TEST(PrecisionChange, ToTheSameValuesInAWiderFormatChangesNoBit) {
    // fp32 to fp64 and back to what fp32 rounds: the tensors that only store are exact in both.
    TrainingConfig plain = small_problem::config(2), wider = small_problem::config(2);
    plain.optimizer.momentum = wider.optimizer.momentum = 0.5;
    wider.precision.schedule = {at_step(5), at_step(9)};
    wider.precision.schedule[0].set.activations = in(arithmetic::parse_format("e9m23"));
    wider.precision.schedule[1].set.activations = in(fp32);
    EXPECT_EQ(TrainingRun(plain).weights(), TrainingRun(wider).weights());
}

/// All persistent tensors change format once, and the run goes on as if nothing were lost that the formats hold.
TEST(PrecisionChange, ConvertsWhatOutlivesAStep) {
    for (const Placement& placement : {Placement{}, Placement{.loss = Place::host, .update = Place::host}}) {
        TrainingConfig config = small_problem::config(1);
        config.optimizer.momentum = 0.5;
        config.precision.base.weights = config.precision.base.optimizer_state = in(bf16);
        config.precision.base.master_weights = in(arithmetic::parse_format("exp(bf16,2)"));
        config.precision.schedule = {at_step(7)};
        config.precision.schedule[0].set.weights = in(fp16);
        config.precision.schedule[0].set.optimizer_state = in(fp32);
        config.precision.schedule[0].set.master_weights = in(fp32);
        config.precision.schedule[0].set.loss = in(arithmetic::fp64);
        config.precision.layers["fc2"].weights = in(fp32);
        TrainingRun run(config, small_problem::dataset(), placement);
        ASSERT_EQ(run.status, Status::completed);
        const auto format = [&](Place place, const char* name) {
            return run.executor.tensors.at({place, name}).format;
        };
        EXPECT_EQ(format(Place::accelerator, "fc1.weight"), fp16);
        EXPECT_EQ(format(Place::accelerator, "fc2.weight"), fp32);  // layers win
        EXPECT_EQ(format(placement.update, "fc1.bias.velocity"), fp32);
        EXPECT_EQ(format(placement.update, "fc1.weight.master"), fp32);
        EXPECT_EQ(format(placement.loss, "metrics"), arithmetic::fp64);
        std::size_t conversions = 0;
        for (const Op& op : run.executor.ops) {
            const auto* conversion = std::get_if<Conversion>(&op.what);
            if (conversion == nullptr || op.phase != "other") continue;
            ++conversions;
            // New working weights come from the (new) master: the old ones have lost what the new format could hold.
            if (conversion->out.format == fp16) {
                EXPECT_EQ(conversion->in.format, fp32);
            }
        }
        EXPECT_EQ(conversions, 4 * 3u - 2);  // four parameters; fc2's weight and bias keep their format
        EXPECT_LT(run.all_of<EpochDone>().back().train_loss, 2.5);
        EXPECT_EQ(static_cast<std::size_t>(run.executor.alive), run.executor.tensors.size());
    }
}

TEST(PrecisionChange, MasterWeightsMayComeLater) {
    TrainingConfig config = small_problem::config(2);
    config.precision.base.master_weights.reset();
    config.precision.base.weights = in(bf16);
    config.precision.schedule = {at_step(14)};
    config.precision.schedule[0].set.master_weights = in(fp32);
    TrainingRun run(config);
    EXPECT_EQ(run.status, Status::completed);
    EXPECT_EQ((run.executor.tensors.at({Place::accelerator, "fc1.weight.master"}).format), fp32);
}

TEST(PrecisionChange, APlateauReadsEveryLossUntilItFires) {
    TrainingConfig config = small_problem::config(12);  // 156 steps
    config.optimizer.learning_rate = 1e-30;             // no step changes a weight: the mean of 100 losses hardly moves
    Rule rule;
    rule.when = {.kind = Trigger::Kind::plateau, .at = 0, .patience = 13};
    rule.set.activations = in(bf16);
    config.precision.schedule = {rule};
    const TrainingRun run(config);
    const auto changes = run.all_of<PrecisionChanged>();
    ASSERT_EQ(changes.size(), 1u);
    for (const StepDone& step : run.all_of<StepDone>()) {
        const std::uint64_t count = (step.epoch - 1) * 13 + step.step;
        EXPECT_EQ(step.loss.has_value(), count < changes[0].step || step.step == 13) << count;
    }
}

}  // namespace
}  // namespace ulpsim::workloads

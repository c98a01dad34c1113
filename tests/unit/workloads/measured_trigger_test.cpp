// What the schedule measures is what the tensors say.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/workloads/small_problem.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::bf16;
using small_problem::TrainingRun;

/// A rule that never fires, so that the metric is measured and nothing else happens.
Rule never(Metric metric, std::uint64_t every) {
    Rule rule;
    rule.when = {.kind = Trigger::Kind::threshold, .metric = metric, .bound = 0, .every = every};
    return rule;
}

TEST(MeasuredTrigger, TheGradientNormIsThatOfTheGradientTensorsWithoutTheLossScale) {
    TrainingConfig config = small_problem::config(1);
    config.loss_scale.value = 64;
    config.precision.base.gradients.format = bf16;
    config.precision.schedule = {never(Metric::gradient_norm, 13)};  // the epoch's last step
    TrainingRun run(config);
    const auto measured = run.all_of<Measured>();
    ASSERT_EQ(measured.size(), 1U);
    EXPECT_EQ(measured[0].step, 13U);
    double squares = 0;
    for (const char* name : {"fc1.weight.gradient", "fc1.bias.gradient", "fc2.weight.gradient", "fc2.bias.gradient"}) {
        const Tensor tensor = run.executor.tensors.at({Place::accelerator, name});
        for (const double value : unpacked(tensor, run.executor.peek(tensor))) squares += value * value;
    }
    const double norm = std::sqrt(squares) / 64;
    EXPECT_NEAR(measured[0].value, norm, 1e-5 * norm);  // a thousand additions in fp32
}

TEST(MeasuredTrigger, TheFractionOfVanishedUpdatesIsThatOfTheHealthCounts) {
    TrainingConfig config = small_problem::config(1);
    config.precision.base.master_weights = {.format = bf16, .rounding = {}};
    config.precision.schedule = {never(Metric::vanished_updates, 1)};
    config.health = {.level = HealthConfig::Level::counts, .every = 4};
    const TrainingRun run(config);
    const auto measured = run.all_of<Measured>();
    ASSERT_EQ(measured.size(), 13U);
    const auto health = run.all_of<HealthCounted>();
    ASSERT_EQ(health.size(), 1U);
    // The counted steps 1, 5, 9, 13, each weighed by its updates: between the smallest and the largest fraction.
    double least = 1, most = 0;
    for (const std::size_t step : {0U, 4U, 8U, 12U}) {
        least = std::min(least, measured[step].value);
        most = std::max(most, measured[step].value);
    }
    std::uint64_t updates = 0, vanished = 0;
    for (const TensorHealth& tensor : health[0].tensors) {
        if (!tensor.update) continue;
        updates += tensor.update->updates;
        vanished += tensor.update->vanished;
    }
    const double fraction = static_cast<double>(vanished) / static_cast<double>(updates);
    EXPECT_GT(least, 0);
    EXPECT_GE(fraction, least);
    EXPECT_LE(fraction, most);
}

TEST(MeasuredTrigger, ChangesThePrecisionFromTheNextStepOn) {
    TrainingConfig config = small_problem::config(1);
    Rule rule = never(Metric::gradient_norm, 5);
    rule.when.above = true;
    rule.set.errors = Precision{.format = bf16, .rounding = {}};
    config.precision.schedule = {rule};
    const TrainingRun run(config);
    const auto changes = run.all_of<PrecisionChanged>();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].step, 6U);
    EXPECT_TRUE(changes[0].why.starts_with("gradient_norm ")) << changes[0].why;
    // Fired, and not to fire again: nothing is measured any more.
    EXPECT_EQ(run.all_of<Measured>().size(), 1U);
}

TEST(MeasuredTrigger, MeasuringChangesNoWeight) {
    TrainingConfig plain = small_problem::config(1), measured = small_problem::config(1);
    measured.precision.schedule = {never(Metric::gradient_norm, 2), never(Metric::vanished_updates, 3)};
    EXPECT_EQ(TrainingRun(plain).weights(), TrainingRun(measured).weights());
}

}  // namespace
}  // namespace ulpsim::workloads

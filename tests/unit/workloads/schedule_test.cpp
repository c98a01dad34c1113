#include <gtest/gtest.h>

#include "workloads/precision/admissible.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::bf16;
using arithmetic::fp16;
using arithmetic::fp32;
using arithmetic::fp64;
using Fired = std::vector<std::size_t>;

Precision in(const arithmetic::Format& format) { return {.format = format, .rounding = {}}; }

Rule activations_at(const Trigger& when, const arithmetic::Format& format) {
    Rule rule;
    rule.when = when;
    rule.set.activations = in(format);
    return rule;
}
Trigger epoch(std::uint64_t at) { return {.kind = Trigger::Kind::epoch, .at = at, .patience = 0}; }
Trigger step(std::uint64_t at) { return {.kind = Trigger::Kind::step, .at = at, .patience = 0}; }
Trigger plateau(std::uint64_t patience) { return {.kind = Trigger::Kind::plateau, .at = 0, .patience = patience}; }

TEST(Schedule, ARuleHoldsFromTheStartOfItsEpochOrStep) {
    PrecisionConfig config;
    config.schedule = {activations_at(epoch(2), bf16), activations_at(step(7), fp16)};
    Schedule schedule(config);
    for (std::uint64_t s = 1; s <= 4; ++s) EXPECT_EQ(schedule.start_step(1, s), Fired{});
    EXPECT_EQ(schedule.policy("fc1").activations.format, fp32);
    EXPECT_EQ(schedule.start_step(2, 5), Fired{0});
    EXPECT_EQ(schedule.policy("fc1").activations.format, bf16);
    EXPECT_EQ(schedule.start_step(2, 6), Fired{});
    EXPECT_EQ(schedule.start_step(2, 7), Fired{1});
    EXPECT_EQ(schedule.policy("fc1").activations.format, fp16);
    EXPECT_EQ(schedule.start_step(3, 8), Fired{});  // each once
}

TEST(Schedule, RulesOfOneStepApplyInTheirOrder) {
    PrecisionConfig config;
    config.schedule = {activations_at(step(3), bf16), activations_at(epoch(2), fp16)};
    Schedule schedule(config);
    EXPECT_EQ(schedule.start_step(2, 3), (Fired{0, 1}));
    EXPECT_EQ(schedule.policy("fc1").activations.format, fp16);
}

TEST(Schedule, TheRuleThatFiresLastWinsWhateverItsPlace) {
    PrecisionConfig config;
    config.schedule = {activations_at(epoch(3), bf16), activations_at(epoch(2), fp16)};
    Schedule schedule(config);
    EXPECT_EQ(schedule.start_step(2, 2), Fired{1});
    EXPECT_EQ(schedule.start_step(3, 3), Fired{0});
    EXPECT_EQ(schedule.policy("fc1").activations.format, bf16);
}

TEST(Schedule, LayersWinForWhatTheyName) {
    PrecisionConfig config;
    config.layers["fc3"].activations = in(fp16);
    config.schedule = {activations_at(epoch(1), bf16)};
    config.schedule[0].set.errors = in(bf16);
    Schedule schedule(config);
    schedule.start_step(1, 1);
    EXPECT_EQ(schedule.policy("fc3").activations.format, fp16);
    EXPECT_EQ(schedule.policy("fc3").errors.format, bf16);
    EXPECT_EQ(schedule.policy("fc1").activations.format, bf16);
}

/// The step (from 1) before which a plateau rule fires when the losses are those of `loss`; 0 if not within 1000.
template <class Loss>
std::uint64_t fires_before(std::uint64_t patience, const Loss& loss) {
    PrecisionConfig config;
    config.schedule = {activations_at(plateau(patience), bf16)};
    Schedule schedule(config);
    for (std::uint64_t s = 1; s <= 1000; ++s) {
        if (!schedule.start_step(1, s).empty()) return s;
        schedule.observe(loss(s));
    }
    return 0;
}

TEST(Schedule, APlateauIsSoManyStepsWithoutANewMinimumOfTheMeanOfTheLast100) {
    // Constant: the first mean, after step 100, is the minimum; 20 further steps do not improve it.
    EXPECT_EQ(fires_before(20, [](std::uint64_t) { return 1.0; }), 100u + 20 + 1);
    // Falling for ever: never.
    EXPECT_EQ(fires_before(20, [](std::uint64_t s) { return 1.0 / static_cast<double>(s); }), 0u);
    // Falls to 0 until step 200, then constant: the window's mean falls until it holds zeros only, after step 299.
    EXPECT_EQ(fires_before(20, [](std::uint64_t s) { return s < 200 ? 200.0 - static_cast<double>(s) : 0.0; }),
              299u + 20 + 1);
}

TEST(Schedule, PlateauRulesOfTheSamePatienceAreALadder) {
    PrecisionConfig config;
    config.schedule = {activations_at(plateau(20), bf16), activations_at(plateau(20), fp16)};
    Schedule schedule(config);
    std::vector<std::uint64_t> steps;
    for (std::uint64_t s = 1; s <= 200; ++s) {
        const Fired fired = schedule.start_step(1, s);
        steps.insert(steps.end(), fired.size(), s);
        schedule.observe(1);
    }
    EXPECT_EQ(steps, (std::vector<std::uint64_t>{121, 141}));
}

Rule when_below(Metric metric, double bound, const arithmetic::Format& format) {
    Rule rule =
        activations_at({.kind = Trigger::Kind::threshold, .metric = metric, .bound = bound, .every = 5}, format);
    return rule;
}

/// The steps (of 1 to `last`) in which each rule fires, when the metric is measured where the schedule needs it.
template <class Value>
std::vector<std::vector<std::uint64_t>> firings(const PrecisionConfig& config, std::uint64_t last, Metric metric,
                                                const Value& value) {
    Schedule schedule(config);
    std::vector<std::vector<std::uint64_t>> steps(config.schedule.size());
    for (std::uint64_t s = 1; s <= last; ++s) {
        for (const std::size_t rule : schedule.start_step(1, s)) steps[rule].push_back(s);
        if (schedule.needs(metric, s)) schedule.observe(value(s), metric);
    }
    return steps;
}
using Steps = std::vector<std::vector<std::uint64_t>>;

TEST(Schedule, AThresholdFiresOnceAfterTheMeasurementThatPassesIt) {
    PrecisionConfig config;
    config.schedule = {when_below(Metric::gradient_norm, 0.5, bf16)};
    const auto norm = [](std::uint64_t s) { return 1.0 / static_cast<double>(s) * 6; };  // 0.5 at step 12
    EXPECT_EQ(firings(config, 60, Metric::gradient_norm, norm), (Steps{{16}}));          // measured at 5, 10, 15
    config.schedule[0].when.window = 2;  // the mean of those at 10 and 15 is 0.5, of 15 and 20 below
    EXPECT_EQ(firings(config, 60, Metric::gradient_norm, norm), (Steps{{21}}));
    Schedule schedule(config);
    EXPECT_TRUE(schedule.needs(Metric::gradient_norm, 10));
    EXPECT_FALSE(schedule.needs(Metric::gradient_norm, 11));
    EXPECT_FALSE(schedule.needs(Metric::vanished_updates, 10));
    EXPECT_FALSE(schedule.needs_losses());
}

TEST(Schedule, SaysWhyAThresholdFired) {
    PrecisionConfig config;
    config.schedule = {when_below(Metric::vanished_updates, 0.25, bf16)};
    config.schedule[0].when.above = true;
    Schedule schedule(config);
    schedule.start_step(1, 5);
    schedule.observe(0.75, Metric::vanished_updates);
    EXPECT_EQ(schedule.start_step(1, 6), Fired{0});
    EXPECT_EQ(schedule.why(0), "vanished_updates 0.75 is above 0.25");
}

TEST(Schedule, RulesThatRepeatTakeTurns) {
    PrecisionConfig config;
    config.schedule = {when_below(Metric::gradient_norm, 0.5, fp16), when_below(Metric::gradient_norm, 0.5, bf16)};
    config.schedule[1].when.above = true;
    for (Rule& rule : config.schedule) rule.repeat = true;
    // Low for 20 steps, high for 20 steps, ...: measured at 5, 10, ...
    const auto norm = [](std::uint64_t s) { return s / 20 % 2 == 0 ? 0.1 : 0.9; };
    EXPECT_EQ(firings(config, 90, Metric::gradient_norm, norm), (Steps{{6, 41, 81}, {21, 61}}));
}

TEST(Schedule, WhatWasMeasuredBeforeAChangeDoesNotCount) {
    PrecisionConfig config;
    config.schedule = {when_below(Metric::gradient_norm, 0.5, fp16), activations_at(step(11), bf16)};
    config.schedule[0].when.window = 2;
    const auto low = [](std::uint64_t) { return 0.1; };
    EXPECT_EQ(firings(config, 60, Metric::gradient_norm, low), (Steps{{11}, {11}}));
    config.schedule[1].when.at = 8;
    EXPECT_EQ(firings(config, 60, Metric::gradient_norm, low), (Steps{{16}, {8}}));
}

TEST(Schedule, EpochsAndStepsComeAgain) {
    PrecisionConfig config;
    config.schedule = {activations_at({.kind = Trigger::Kind::step, .at = 4, .again = 10}, bf16),
                       activations_at({.kind = Trigger::Kind::step, .at = 9, .again = 10}, fp16)};
    EXPECT_EQ(firings(config, 30, Metric::gradient_norm, [](std::uint64_t) { return 0.0; }),
              (Steps{{4, 14, 24}, {9, 19, 29}}));
    config.schedule = {activations_at({.kind = Trigger::Kind::epoch, .at = 2, .again = 3}, bf16)};
    Schedule schedule(config);
    std::vector<std::uint64_t> epochs;
    for (std::uint64_t e = 1; e <= 9; ++e)
        for (std::uint64_t s = 0; s < 2; ++s)
            if (!schedule.start_step(e, 2 * e + s - 1).empty()) epochs.push_back(e);
    EXPECT_EQ(epochs, (std::vector<std::uint64_t>{2, 5, 8}));
}

TEST(Schedule, APlateauOfTheGradientNormCountsStepsBetweenMeasurements) {
    PrecisionConfig config;
    config.schedule = {activations_at(plateau(40), bf16)};
    config.schedule[0].when.metric = Metric::gradient_norm;
    config.schedule[0].when.every = 10;
    // The mean of 10 measurements is there after step 100; none of those at 110 to 140 is better.
    EXPECT_EQ(firings(config, 300, Metric::gradient_norm, [](std::uint64_t) { return 1.0; }), (Steps{{141}}));
}

TEST(Schedule, APlateauOfTheAccuracyIsOneWithoutANewMaximum) {
    PrecisionConfig config;
    config.schedule = {activations_at(plateau(20), bf16)};
    config.schedule[0].when.metric = Metric::train_accuracy;
    Schedule schedule(config);
    EXPECT_TRUE(schedule.needs_losses());
    std::uint64_t fired = 0;
    for (std::uint64_t s = 1; s <= 400 && fired == 0; ++s) {
        if (!schedule.start_step(1, s).empty()) fired = s;
        schedule.observe(s < 200 ? static_cast<double>(s) / 200 : 1.0, Metric::train_accuracy);
        schedule.observe(1.0 / static_cast<double>(s));
    }
    EXPECT_EQ(fired, 299u + 20 + 1);
}

TEST(Schedule, NeedsLossesWhileAPlateauRuleIsToFire) {
    PrecisionConfig config;
    config.schedule = {activations_at(epoch(5), fp16), activations_at(plateau(1), bf16)};
    Schedule schedule(config);
    EXPECT_TRUE(schedule.needs_losses());
    for (std::uint64_t s = 1; s <= 101; ++s) {
        EXPECT_EQ(schedule.start_step(1, s), Fired{}) << s;
        schedule.observe(1);
    }
    EXPECT_EQ(schedule.start_step(1, 102), Fired{1});
    EXPECT_FALSE(schedule.needs_losses());
}

TEST(ReachablePolicies, FollowTimeAndLetAPlateauComeAnywhere) {
    PrecisionConfig config;
    config.schedule = {activations_at(epoch(3), bf16), activations_at(epoch(2), fp16)};
    EXPECT_EQ(reachable_policies(config, "fc1", 10).size(), 3u);  // fp32, fp16, bf16

    // A rule of step 15 comes between those of epochs 2 (step 11) and 3 (step 21).
    config.schedule.push_back(activations_at(step(15), fp64));
    config.schedule[0].set.weights = in(bf16);
    for (const Policy& policy : reachable_policies(config, "fc1", 10))
        EXPECT_EQ(policy.weights.format == bf16, policy.activations.format == bf16);

    config.schedule = {activations_at(epoch(2), bf16), activations_at(plateau(9), bf16)};
    config.schedule[1].set.errors = in(fp16);
    // Neither, the epoch's, and both: the plateau's alone is both as far as activations go.
    EXPECT_EQ(reachable_policies(config, "fc1", 10).size(), 3u);
}

TEST(ReachablePolicies, LetThresholdsAndRecurringRulesComeAtAnyTime) {
    PrecisionConfig config;
    config.schedule = {when_below(Metric::gradient_norm, 1, bf16), when_below(Metric::gradient_norm, 2, fp16)};
    config.schedule[1].set.errors = in(fp16);
    // None, the first, the second, first then second, second then first: two of them are the same.
    EXPECT_EQ(reachable_policies(config, "fc1", 10).size(), 4u);
    config.schedule[0].repeat = config.schedule[1].repeat = true;
    EXPECT_EQ(reachable_policies(config, "fc1", 10).size(), 4u);
    config.schedule = {activations_at({.kind = Trigger::Kind::step, .at = 4, .again = 10}, bf16),
                       activations_at({.kind = Trigger::Kind::step, .at = 9, .again = 10}, fp16)};
    EXPECT_EQ(reachable_policies(config, "fc1", 10).size(), 3u);
}

TEST(Includes, ComparesTheValuesOfFormats) {
    const auto format = [](const char* text) { return arithmetic::parse_format(text); };
    EXPECT_TRUE(includes(fp32, bf16));
    EXPECT_TRUE(includes(fp32, fp16));
    EXPECT_FALSE(includes(bf16, fp16));
    EXPECT_FALSE(includes(fp16, bf16));
    EXPECT_TRUE(includes(format("e6m9"), format("e4m3fn")));
    EXPECT_TRUE(includes(format("e6m9"), format("e5m2")));
    EXPECT_FALSE(includes(format("e6m9"), bf16));
    EXPECT_FALSE(includes(format("e5m2:nosub"), format("e5m2")));
    EXPECT_FALSE(includes(format("e5m3fn"), format("e5m2")));  // no infinity
    EXPECT_TRUE(includes(fp64, fp32));
}

}  // namespace
}  // namespace ulpsim::workloads

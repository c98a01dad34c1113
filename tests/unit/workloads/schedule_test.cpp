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

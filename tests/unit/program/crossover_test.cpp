#include "scenarios/program/sweep/crossover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ulpsim::program {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto logic = static_cast<std::size_t>(power::Group::logic);
constexpr auto host = static_cast<std::size_t>(power::Group::host);

/// An epoch's norm, joules of logic and host, and seconds, all since the start.
struct Step {
    double norm, logic_j, host_j, seconds;
};

CrossoverRun run(Point values, const std::vector<Step>& steps) {
    CrossoverRun made{std::move(values), {}};
    made.run.uncertainty[logic] = {0.5, 2};
    made.run.uncertainty[host] = {0.8, 1.25};
    for (const Step& step : steps) {
        RecordedEpoch epoch;
        epoch.epoch = made.run.epochs.size() + 1;
        epoch.gradient_norm = step.norm;
        epoch.energy[logic] = step.logic_j;
        epoch.energy[host] = step.host_j;
        epoch.sim_seconds = step.seconds;
        made.run.epochs.push_back(epoch);
    }
    return made;
}

Crossover two() {
    return {.contenders = {"few_bits", "host"},
            .problem = {"n"},
            .machine = {"platform.channel.model"},
            .choices = {"workload.optimizer.inner_steps"},
            .targets = {1e-2},
            .host_energy = {1}};
}

Point few_bits(const char* channel, const char* steps = "10") {
    return {{"contender", "few_bits"},
            {"scenario", "a.yaml"},
            {"n", "5"},
            {"workload.optimizer.inner_steps", steps},
            {"platform.channel.model", channel}};
}
const Point on_host{{"contender", "host"}, {"scenario", "b.yaml"}, {"n", "5"}};

TEST(Crossover, CountsEachUpToItsFirstEpochAtTheTarget) {
    const std::vector<CrossoverRun> runs{run(few_bits("spi"), {{1, 1, 0, 1}, {1e-2, 3, 0, 2}, {1e-3, 9, 0, 3}}),
                                         run(on_host, {{1e-1, 0, 2, 1}, {1e-3, 0, 8, 4}})};
    const std::vector<Field> fields = crossover_fields(two(), runs);
    ASSERT_EQ(fields.size(), 1U);
    EXPECT_EQ(fields[0].entries[0].by_energy->epoch, 2U);
    EXPECT_EQ(fields[0].entries[1].by_energy->epoch, 2U);
    EXPECT_EQ(fields[0].cheapest, 0U);
    EXPECT_EQ(fields[0].fastest, 0U);
    // 3 J of logic are at most 6 J, 8 J of the host at least 6.4 J.
    EXPECT_TRUE(fields[0].certain);
    EXPECT_THAT(crossover_text(two(), fields), HasSubstr("few_bits 0.38 (0.15 to 0.94)"));
    EXPECT_THAT(crossover_text(two(), fields), HasSubstr("win nowhere: host"));
}

TEST(Crossover, IsNotCertainWhereACornerTurnsItRound) {
    const std::vector<Field> fields =
        crossover_fields(two(), {run(few_bits("spi"), {{0, 6, 0, 1}}), run(on_host, {{0, 0, 8, 2}})});
    EXPECT_EQ(fields[0].cheapest, 0U);
    EXPECT_FALSE(fields[0].certain) << "12 J against 6.4 J";
    EXPECT_THAT(crossover_text(two(), fields), HasSubstr("few_bits? 0.75 (0.3 to 1.9)"));
    EXPECT_THAT(crossover_csv(fields), HasSubstr("within_uncertainty"));
}

TEST(Crossover, LetsAContenderWithoutTheMachinesKeyTakePartInEveryField) {
    const std::vector<Field> fields = crossover_fields(
        two(),
        {run(few_bits("spi"), {{0, 9, 0, 9}}), run(few_bits("on_chip"), {{0, 1, 0, 1}}), run(on_host, {{0, 0, 3, 3}})});
    ASSERT_EQ(fields.size(), 2U);
    EXPECT_EQ(fields[0].machine[0].second, "spi");
    EXPECT_EQ(fields[0].cheapest, 1U);
    EXPECT_EQ(fields[1].cheapest, 0U);
    EXPECT_THAT(crossover_text(two(), fields), Not(HasSubstr("win nowhere")));
}

TEST(Crossover, TakesTheBestOfAContendersChoicesForEnergyAndForTime) {
    const std::vector<Field> fields = crossover_fields(
        two(), {run(few_bits("spi", "10"), {{0, 2, 0, 5}}), run(few_bits("spi", "99"), {{0, 3, 0, 1}})});
    EXPECT_EQ(fields[0].entries[0].by_energy->choices, "workload.optimizer.inner_steps=10");
    EXPECT_EQ(fields[0].entries[0].by_time->choices, "workload.optimizer.inner_steps=99");
    EXPECT_FALSE(fields[0].entries[1].by_energy) << "the host has no run";
    EXPECT_THAT(crossover_text(two(), fields), HasSubstr("few_bits alone"));
}

TEST(Crossover, MultipliesTheHostsEnergyAlone) {
    Crossover crossover = two();
    crossover.host_energy = {1, 0.1};
    const std::vector<Field> fields =
        crossover_fields(crossover, {run(few_bits("spi"), {{0, 2, 1, 1}}), run(on_host, {{0, 0, 20, 2}})});
    ASSERT_EQ(fields.size(), 2U);
    EXPECT_EQ(fields[0].cheapest, 0U) << "3 J against 20";
    EXPECT_EQ(fields[1].cheapest, 1U) << "2.1 J against 2";
}

TEST(Crossover, SaysWhereNobodyReachesTheTarget) {
    Crossover crossover = two();
    crossover.targets = {1e-2, 1e-9};
    const std::vector<Field> fields =
        crossover_fields(crossover, {run(few_bits("spi"), {{1e-3, 1, 0, 1}}), run(on_host, {{1e-1, 0, 1, 1}})});
    EXPECT_TRUE(fields[0].cheapest);
    EXPECT_FALSE(fields[1].cheapest);
    EXPECT_THAT(crossover_text(crossover, fields), HasSubstr("1 fields that none of them reaches"));
    EXPECT_THAT(crossover_csv(fields), HasSubstr("5,spi,1e-09,1,host,,,,,,,,no,no\n"));
}

}  // namespace
}  // namespace ulpsim::program

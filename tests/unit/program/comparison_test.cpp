#include "scenarios/program/report/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ulpsim::program {
namespace {

RecordedRun run(const std::string& name, const std::vector<double>& losses, double joules_an_epoch = 1) {
    RecordedRun run;
    run.name = name;
    run.status = "completed";
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const auto epochs = static_cast<double>(i + 1);
        run.epochs.push_back({i + 1, losses[i], 0.8, 2 * epochs, {joules_an_epoch * epochs, 0, 0, 0, 0}});
    }
    run.seconds = 2 * static_cast<double>(losses.size());
    run.energy = {joules_an_epoch * static_cast<double>(losses.size()), 0, 0, 0, 0};
    run.uncertainty[0] = {0.5, 2};
    return run;
}

/// Each alone, with one seed.
std::vector<Contender> alone(const std::vector<RecordedRun>& runs) {
    std::vector<Contender> contenders;
    for (const RecordedRun& run : runs) contenders.push_back({run.name, {run}});
    return contenders;
}

TEST(SameQuality, IsTheWorseOfTheBestValues) {
    EXPECT_EQ(same_quality(alone({run("a", {0.5, 0.3, 0.4}), run("b", {0.6, 0.35})})), 0.35);
    EXPECT_EQ(same_quality(alone({run("b", {0.6, 0.35}), run("a", {0.5, 0.3, 0.4})})), 0.35);
}

TEST(SameQuality, PassesOverLossesThatAreNotFinite) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(same_quality(alone({run("a", {0.5, nan}), run("b", {0.2})})), 0.5);
    EXPECT_EQ(same_quality(alone({run("a", {nan}), run("b", {0.2})})), std::nullopt);
    EXPECT_EQ(same_quality(alone({run("a", {}), run("b", {0.2})})), std::nullopt);
}

TEST(SameQuality, CountsEachRunUpToItsFirstEpochThere) {
    const RecordedRun a = run("a", {0.5, 0.3, 0.2, 0.3});
    EXPECT_EQ(first_reaching(a, 0.3)->epoch, 2u);
    EXPECT_EQ(first_reaching(a, 0.25)->epoch, 3u);
    EXPECT_EQ(first_reaching(a, 0.1), nullptr);
    const Comparison comparison = compare(alone({run("b", {0.6, 0.35, 0.34}), a}));
    const FigureGroup& group = comparison.groups[1];
    EXPECT_EQ(*comparison.quality, 0.34);
    EXPECT_EQ(group.figures[0].cells[0].value, 3);
    EXPECT_EQ(group.figures[0].cells[1].value, 2);
    EXPECT_EQ(group.figures[1].cells[1].value, 4);  // seconds
    EXPECT_NEAR(group.figures[2].cells[1].ratio->nominal, 2.0 / 3, 1e-12);
}

TEST(SameQuality, IsAGradientNormWhereAllRunsHaveOne) {
    RecordedRun a = run("a", {0.5, 0.3, 0.2}), b = run("b", {0.6, 0.1});
    for (RecordedEpoch& epoch : a.epochs) epoch.gradient_norm = 1e-3 / static_cast<double>(epoch.epoch);
    EXPECT_EQ(metric_of(alone({a, b})), Metric::train_loss) << "b has none";
    for (RecordedEpoch& epoch : b.epochs) epoch.gradient_norm = 5e-4;
    const Comparison comparison = compare(alone({a, b}));
    EXPECT_EQ(comparison.metric, Metric::gradient_norm);
    EXPECT_EQ(*comparison.quality, 5e-4);
    EXPECT_EQ(comparison.groups[1].title, "to a gradient norm of 0.0005, which all runs reached");
    EXPECT_EQ(comparison.groups[1].figures[0].cells[0].value, 2);  // the epoch of a
    EXPECT_EQ(comparison.groups[1].figures[0].cells[1].value, 1);
}

TEST(EnergyRatio, LooksAtEveryCornerOfTheGroups) {
    // a: 1 J of logic and 1 J of dram; b: 1.5 J of logic. Logic 0.5..2, dram 1..3.
    std::array<Factors, power::group_count> factors;
    factors[0] = {0.5, 2};
    factors[2] = {1, 3};
    const Ratio ratio = energy_ratio({1, 0, 1, 0, 0}, factors, {1.5, 0, 0, 0, 0}, factors);
    EXPECT_NEAR(ratio.nominal, 0.75, 1e-12);
    EXPECT_NEAR(ratio.low, 0.75 / 3.5, 1e-12);  // logic low, dram high
    EXPECT_NEAR(ratio.high, 3.0 / 3.0, 1e-12);  // logic high, dram low
    EXPECT_FALSE(ratio.certain());
}

TEST(EnergyRatio, OfTheSameGroupIsExact) {
    std::array<Factors, power::group_count> factors;
    factors[0] = {0.5, 2};
    const Ratio ratio = energy_ratio({2, 0, 0, 0, 0}, factors, {1, 0, 0, 0, 0}, factors);
    EXPECT_NEAR(ratio.low, 0.5, 1e-12);
    EXPECT_NEAR(ratio.high, 0.5, 1e-12);
    EXPECT_TRUE(ratio.certain());
}

TEST(Comparison, CallsAWinnerOnlyWhereAllCornersAgree) {
    const Comparison clear = compare(alone({run("a", {0.5, 0.3}, 2), run("b", {0.5, 0.3}, 1)}));
    ASSERT_EQ(clear.conclusions.size(), 1u);
    EXPECT_NE(clear.conclusions[0].find("b needs less energy at every corner"), std::string::npos)
        << clear.conclusions[0];

    RecordedRun other = run("b", {0.5, 0.3}, 0);
    for (RecordedEpoch& epoch : other.epochs) epoch.energy[1] = 1.5;  // sram, 0.4..3
    other.uncertainty[1] = {0.4, 3};
    const Comparison open = compare(alone({run("a", {0.5, 0.3}, 1), other}));
    EXPECT_NE(open.conclusions[0].find("within cost uncertainty"), std::string::npos) << open.conclusions[0];
}

TEST(Comparison, CallsNoWinnerInsideTheSpreadOfTheSeeds) {
    const auto seeds = [](const std::string& name, double one, double two) {
        return Contender{name, {run(name, {0.5, 0.3}, one), run(name, {0.5, 0.3}, two)}};
    };
    const Comparison open = compare({seeds("a", 1, 2), seeds("b", 1.8, 0.9)});
    EXPECT_NE(open.conclusions[0].find("within the spread of the seeds"), std::string::npos) << open.conclusions[0];
    const Comparison clear = compare({seeds("a", 2, 2.2), seeds("b", 1, 1.1)});
    EXPECT_NE(clear.conclusions[0].find("b needs less energy with every pair of seeds"), std::string::npos)
        << clear.conclusions[0];
    const Cell& energy = clear.groups[1].figures[2].cells[1];  // to the second epoch
    EXPECT_NEAR(*energy.value, 2.1, 1e-12);
    EXPECT_NEAR(energy.range->low, 2, 1e-12);
    EXPECT_NEAR(energy.range->high, 2.2, 1e-12);
    EXPECT_NEAR(energy.ratio->nominal, 2.1 / 4.2, 1e-12);
    EXPECT_NEAR(energy.ratio->low, 1 / 2.2, 1e-12);
    EXPECT_NEAR(energy.ratio->high, 1.1 / 2, 1e-12);
}

TEST(SameQuality, IsWhatEverySeedReached) {
    const std::vector<Contender> contenders{{"a", {run("a", {0.5, 0.3}), run("a", {0.5, 0.4})}},
                                            {"b", {run("b", {0.2}), run("b", {0.1})}}};
    EXPECT_EQ(same_quality(contenders), 0.4);
    const Comparison comparison = compare(contenders);
    EXPECT_EQ(comparison.seeds, 2u);
    EXPECT_EQ(comparison.groups[0].figures[1].cells[0].value, 0.35);  // best training loss
    EXPECT_NE(comparison_text(comparison).find("0.3500 (0.3000 to 0.4000)"), std::string::npos);
}

TEST(Comparison, PrintsAndWritesEveryRun) {
    RecordedRun a = run("a", {0.5, 0.3}, 2), b = run("b", {0.4}, 1);
    a.by_component["array"] = {3, 0, 0, 0, 0};
    b.by_component["host"] = {0, 0, 0, 0, 1};
    a.busy["array"] = 0.75;
    const Comparison comparison = compare(alone({a, b}));
    const std::string text = comparison_text(comparison);
    EXPECT_NE(text.find("a is bound by array, busy 75.0 % of the time"), std::string::npos) << text;
    EXPECT_NE(text.find("energy by component"), std::string::npos);
    const std::string json = comparison_json(comparison);
    EXPECT_NE(json.find("\"schema\": \"ulpsim.compare/1\""), std::string::npos);
    EXPECT_NE(json.find("\"title\": \"energy by component\""), std::string::npos);
}

TEST(OperationClass, TellsArithmeticFromTheRest) {
    EXPECT_EQ(operation_class("mac[e4m3fn*e4m3fn+e8m23,rne]"), "arithmetic");
    EXPECT_EQ(operation_class("dram_read_byte[lpddr4_3200]"), "dram");
    EXPECT_EQ(operation_class("static"), "static");
    EXPECT_EQ(operation_class("random_bits[8b]"), "random bits");
}

}  // namespace
}  // namespace ulpsim::program

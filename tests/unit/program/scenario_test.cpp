#include "scenarios/program/reader/scenario.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "tests/unit/program/scenario_text.hpp"

namespace ulpsim::program {
namespace {

Scenario read(const std::string& text, const Overrides& overrides = {}) {
    return ScenarioFile::parse(text, "edge.yaml", overrides).scenario();
}

TEST(Scenario, ReachesTheRoomsStructs) {
    const Scenario scenario = read(valid_scenario);
    EXPECT_EQ(scenario.name, "test/edge");
    EXPECT_EQ(scenario.training.seed, 7u);
    EXPECT_EQ(scenario.platform.accelerator.array.columns, 16u);
    EXPECT_EQ(std::get<workloads::FashionMnistConfig>(scenario.dataset).train_samples, 600u);
    EXPECT_EQ(scenario.training.optimizer.momentum, 0.9);
    EXPECT_EQ(scenario.training.loss_scale.value, 1024);
    const workloads::PrecisionConfig& precision = scenario.training.precision;
    EXPECT_EQ(precision.base.gradients.rounding, arithmetic::parse_rounding("sr8"));
    EXPECT_EQ(precision.base.master_weights->format, arithmetic::parse_format("exp(bf16,2)"));
    EXPECT_EQ(precision.layers.at("fc3").activations->format, arithmetic::bf16);
    EXPECT_FALSE(precision.layers.at("fc3").weights);
    ASSERT_EQ(precision.schedule.size(), 2u);
    EXPECT_EQ(precision.schedule[0].when.at, 2u);
    EXPECT_EQ(precision.schedule[1].when.patience, 200u);
    EXPECT_EQ(precision.schedule[1].set.gradients->format.terms, 2);
}

TEST(Scenario, TakesSeedAndKeysFromTheCommandLine) {
    const Scenario scenario =
        read(valid_scenario,
             {.set = {"seed=3", "precision.master_weights=none", "workload.network={layers: [32, 10]}"}, .seed = 9});
    EXPECT_EQ(scenario.training.seed, 9u);
    EXPECT_FALSE(scenario.training.precision.base.master_weights);
    EXPECT_EQ(scenario.network.widths, (std::vector<std::uint64_t>{32, 10}));
}

TEST(Scenario, TellsAMachineThatIsTooSmallFromASimulationThatFailed) {
    const ScenarioFile file = ScenarioFile::parse(valid_scenario, "edge.yaml");
    try {
        file.simulate([] { throw Error("platform.dram.size_mib is 1; allowed: 2 and more"); });
        FAIL() << "an Error passes on";
    } catch (const Error& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("edge.yaml:")) << error.what();
    }
    try {
        file.simulate([] { throw Error("a sum of 3 terms; allowed: 4"); });
        FAIL() << "a failure passes on";
    } catch (const Error& error) {
        FAIL() << "nobody can mend by the scenario: " << error.what();
    } catch (const std::runtime_error& failure) {
        EXPECT_STREQ(failure.what(), "a sum of 3 terms; allowed: 4");
    }
}

TEST(ResolvedScenario, ReadsBackAsTheSame) {
    const std::vector<std::vector<std::string>> variants{
        {},
        {"workload.network={layers: [32, 10]}",
         "workload.loss_scale={kind: dynamic, value: 65536, growth_interval: 100}"},
        {"precision.accumulator={format: fp16, rounding: sr4, chunk: 64, outer: fp32}", "precision.product=fp16"},
        {"precision.schedule=[{when: {step: 77, every: 20}, set: {errors: bf16}}, {when: {gradient_norm: {below: 0.5, "
         "every: 7, window: 3}}, set: {errors: e5m2}, repeat: true}, {when: {vanished_updates: {above: 0.25}}, set: "
         "{errors: bf16}}, {when: {plateau: {metric: gradient_norm, patience: 9, every: 3}}, set: {errors: bf16}}]"},
        {"precision.schedule=[{when: {step: 77}, set: {accumulator: {format: fp16, chunk: 16}, errors: bf16:sat}}]"},
        {"workload.dataset.directory=some folder/\"quoted\"", "name=an odd \"name\""},
        {"workload.dataset={name: csv, train: a b.csv, test: c.csv, classes: 3, header: true, label: 'the, class'}"},
        {"workload.dataset={name: libsvm, train: a.svm, features: 54, classes: 2, standardize: true}"},
        {"workload.dataset={name: npy, train: x.npy, train_labels: y.npy, test: u.npy, test_labels: v.npy}"},
        {"platform.kind=host_accelerator", "platform.channel={model: pcie3_x1}", "platform.host_dram.channels=2"},
        {"workload.optimizer={kind: halp, anchor_values: recomputed, full_gradient: {at: accelerator, format: bf16}}"}};
    for (const auto& set : variants) {
        const std::string once = resolved_text(read(valid_scenario, {.set = set, .seed = {}}));
        EXPECT_EQ(resolved_text(read(once)), once);
    }
}

TEST(ResolvedScenario, ChangesWithEveryOverride) {
    const std::string before = resolved_text(read(valid_scenario));
    for (const char* set :
         {"seed=8", "platform.host.cores=2", "platform.accelerator.array.rows=16",
          "platform.accelerator.array.overlap_drain=true", "platform.accelerator.scratchpad.double_buffer=false",
          "platform.accelerator.dma.max_outstanding=8", "platform.accelerator.expansion_unit.twosum=sequential",
          "workload.batch_average=in_loss", "workload.dataset.standardize=false", "workload.optimizer.weight_decay=0.1",
          "workload.optimizer.anchor_values=recomputed", "workload.gradient_norm_goal=1e-5", "precision.accumulator.rounding=sr4",
          "precision.optimizer_state=fp32", "precision.split=all", "workload.optimizer.kahan=true",
          "precision.layers.fc1={errors: bf16}"}) {
        EXPECT_NE(resolved_text(read(valid_scenario, {.set = {set}, .seed = {}})), before) << set;
    }
}

TEST(ShippedScenarios, AreAllValid) {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source_root() / "scenarios")) {
        const bool is_sweep = entry.path().parent_path().filename() == "sweeps";
        if (entry.path().extension() != ".yaml" || is_sweep) continue;
        ++count;
        EXPECT_NO_THROW(ScenarioFile::open(entry.path())) << entry.path();
    }
    EXPECT_GE(count, 7);
}

}  // namespace
}  // namespace ulpsim::program

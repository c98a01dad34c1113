#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/scenario.hpp"
#include "tests/unit/program/scenario_text.hpp"

namespace ulpsim::program {
namespace {

/// One thing wrong with a scenario, and how its one line must begin and end.
struct Broken {
    const char* what;
    const char *from, *to;  ///< the change to valid_scenario
    const char* begins;     ///< file, line, key path, what is wrong
    const char* ends;       ///< what is allowed
};

const Broken table[] = {
    // unknown and misspelt keys
    {"UnknownTopKey", "seed: 7", "sede: 7", "edge.yaml:2: sede is not a key; allowed: name, seed,",
     "did you mean seed?"},
    {"UnknownPlatformKey", "  interconnect:", "  interconect:", "edge.yaml:8: platform.interconect is not a key;",
     "did you mean interconnect?"},
    {"UnknownHostKey", "clock_mhz: 400", "clock: 400", "edge.yaml:7: platform.host.clock is not a key;",
     "allowed: model, clock_mhz, cores, cache_kib"},
    {"UnknownArrayKey", "      rows: 32", "      row: 32", "edge.yaml:13: platform.accelerator.array.row is not a key;",
     "did you mean rows?"},
    {"UnknownWorkloadKey", "  epochs: 5", "  epoch: 5", "edge.yaml:27: workload.epoch is not a key;",
     "did you mean epochs?"},
    {"UnknownRole", "  errors: e5m2", "  error: e5m2", "edge.yaml:31: precision.error is not a key;",
     "did you mean errors?"},
    {"UnknownRoleInLayer", "{fc3: {activations: bf16}}", "{fc3: {activation: bf16}}",
     "edge.yaml:38: precision.layers.fc3.activation is not a key;", "did you mean activations?"},
    {"UnknownKeyInRole", "rounding: sr8}", "round: sr8}", "edge.yaml:32: precision.gradients.round is not a key;",
     "allowed: format, rounding, scale"},
    {"CsvWithoutAFile", "{name: fashion_mnist, train_samples: 600, test_samples: 100, standardize: true}",
     "{name: csv, classes: 2}", "edge.yaml:22: workload.dataset.train is missing;", "allowed: a file of samples"},
    {"LibsvmWithoutFeatures", "{name: fashion_mnist, train_samples: 600, test_samples: 100, standardize: true}",
     "{name: libsvm, train: a.svm}", "edge.yaml:22: workload.dataset.features is missing;", "allowed: 1 to 65536"},
    {"OneClass", "{name: fashion_mnist, train_samples: 600, test_samples: 100, standardize: true}",
     "{name: csv, train: a.csv, classes: 1}", "edge.yaml:22: workload.dataset.classes is 1;",
     "allowed: 2 to 256, or 0 for a regression"},
    {"TestLabelsWithoutTest", "{name: fashion_mnist, train_samples: 600, test_samples: 100, standardize: true}",
     "{name: npy, train: a.npy, train_labels: b.npy, test_labels: c.npy}",
     "edge.yaml:22: workload.dataset.test_labels is given;", "allowed: beside test only"},
    {"HealthHasALevel", "health: off", "health: count", "edge.yaml:42: health is count;",
     "allowed: off, counts, histograms; did you mean counts?"},
    {"HealthCountsSteps", "health: off", "health: {level: counts, every: 0}", "edge.yaml:42: health.every is 0;",
     "allowed: 1 to 1000000000"},
    // wrong types
    {"SeedIsAWord", "seed: 7", "seed: seven", "edge.yaml:2: seed is seven; allowed: whole numbers from 0 to",
     "18446744073709551615"},
    {"RowsAreAFraction", "rows: 32", "rows: 3.5", "edge.yaml:13: platform.accelerator.array.rows is 3.5;",
     "allowed: whole numbers from 1 to 1024"},
    {"HostIsAWord", "  host: {model: cortex_m7, clock_mhz: 400, cores: 1}", "  host: cortex_m7",
     "edge.yaml:7: platform.host is cortex_m7;", "allowed: a mapping of keys"},
    {"OperatorsAreAWord", "operators: [e4m3fn, e5m2, bf16]", "operators: e4m3fn",
     "edge.yaml:19: platform.accelerator.operators is e4m3fn;", "allowed: a list, as [a, b]"},
    {"FlagIsANumber", "standardize: true", "standardize: 1", "edge.yaml:22: workload.dataset.standardize is 1;",
     "allowed: true, false"},
    {"EpochsAreEmpty", "epochs: 5", "epochs:", "edge.yaml:27: workload.epochs is empty;",
     "allowed: whole numbers from 1 to 100000"},
    {"ScheduleIsAMapping", "    - {when: {epoch: 2}, set: {activations: bf16}}", "    first: 2", "edge.yaml:", ""},
    {"LearningRateIsAWord", "learning_rate: 0.05", "learning_rate: fast",
     "edge.yaml:24: workload.optimizer.learning_rate is fast;", "allowed: numbers from 0 to 100"},
    // impossible values
    {"RowsPastTheEnd", "rows: 32", "rows: 4096", "edge.yaml:13: platform.accelerator.array.rows is 4096;",
     "allowed: 1 to 1024"},
    {"RowsBelowTheStart", "rows: 32", "rows: -1", "edge.yaml:13: platform.accelerator.array.rows is -1;",
     "allowed: 1 to 1024"},
    {"WidthIsNoPowerOfTwo", "width_bits: 128", "width_bits: 100",
     "edge.yaml:8: platform.interconnect.width_bits is 100;", "1024"},
    {"ResidentPartIsLargerThanTheScratchpad", "banks: 16}", "banks: 16, resident_kib: 600}",
     "edge.yaml:17: platform.accelerator.scratchpad.resident_kib is 600;", ""},
    {"MomentumOfOne", "momentum: 0.9", "momentum: 1", "edge.yaml:24: workload.optimizer.momentum is 1;",
     "allowed: 0 to 0.9999"},
    {"MuOfZero", "batch: 64}", "batch: 64, mu: 0}", "edge.yaml:24: workload.optimizer.mu is 0;", ""},
    {"FullGradientNowhere", "batch: 64}", "batch: 64, full_gradient: {at: home}}",
     "edge.yaml:24: workload.optimizer.full_gradient.at is home;", "allowed: host, accelerator"},
    {"KeyOfAnotherDataset", "name: fashion_mnist, train", "name: least_squares, train",
     "edge.yaml:22: workload.dataset.train_samples is not a key;", "noise, seed"},
    {"NoTrainingSamples", "train_samples: 600", "train_samples: 0",
     "edge.yaml:22: workload.dataset.train_samples is 0;", "allowed: 1 to 60000"},
    {"MoreTermsThanExist", "max_terms: 2", "max_terms: 9",
     "edge.yaml:20: platform.accelerator.expansion_unit.max_terms is 9;", "allowed: 2 to 4"},
    {"OuterWithoutChunk", "chunk: 0}", "chunk: 0, outer: fp32}", "edge.yaml:34: precision.accumulator.outer is given;",
     "allowed: with a chunk above 0 only"},
    {"RuleOfTwoTriggers", "when: {epoch: 2}", "when: {epoch: 2, step: 9}", "edge.yaml:40: precision.schedule.0.when",
     "allowed: one of epoch, step, plateau, gradient_norm, vanished_updates"},
    {"TriggerThatIsMisspelt", "when: {epoch: 2}", "when: {gradient_nrom: {below: 1}}",
     "edge.yaml:40: precision.schedule.0.when.gradient_nrom is not a key;", "did you mean gradient_norm?"},
    {"ThresholdWithTwoBounds", "when: {epoch: 2}", "when: {gradient_norm: {below: 1, above: 2}}",
     "edge.yaml:40: precision.schedule.0.when.gradient_norm", "needs one of below, above"},
    {"FractionAboveOne", "when: {epoch: 2}", "when: {vanished_updates: {above: 30}}",
     "edge.yaml:40: precision.schedule.0.when.vanished_updates.above is 30;", "allowed: 0 to 1"},
    {"RepeatOfAnEpoch", "{when: {epoch: 2},", "{repeat: true, when: {epoch: 2},",
     "edge.yaml:40: precision.schedule.0.repeat is true;",
     "allowed: with plateau, gradient_norm or vanished_updates (epoch and step: every)"},
    {"PlateauOfAnUnknownMetric", "when: {epoch: 2}", "when: {plateau: {metric: train_los}}",
     "edge.yaml:40: precision.schedule.0.when.plateau.metric is train_los;", "did you mean train_loss?"},
    {"LossPlateauThatIsMeasured", "when: {epoch: 2}", "when: {plateau: {every: 5}}",
     "edge.yaml:40: precision.schedule.0.when.plateau.every is given;", "allowed: with metric: gradient_norm only"},
    {"RuleThatSetsNothing", ", set: {activations: bf16}", "", "edge.yaml:40: precision.schedule.0.set is missing;",
     "allowed: {when: {epoch: 2}, set: {activations: bf16}}"},
    // names
    {"UnknownKind", "kind: accelerator_only", "kind: accelerator", "edge.yaml:4: platform.kind is accelerator;",
     "allowed: accelerator_only, host_accelerator, host_only; did you mean accelerator_only?"},
    {"UnknownTechnology", "technology: asic28", "technology: asic82", "edge.yaml:5: platform.technology is asic82;",
     "did you mean asic28?"},
    {"FidelityOfAnotherDay", "fidelity: lt", "fidelity: at", "edge.yaml:6: platform.fidelity is at;",
     "allowed: lt; did you mean lt?"},
    {"UnknownHost", "model: cortex_m7", "model: cortex_m8", "edge.yaml:7: platform.host.model is cortex_m8;",
     "did you mean cortex_m7?"},
    {"UnknownDram", "lpddr4_3200", "lpddr4_3201", "edge.yaml:9: platform.dram.model is lpddr4_3201;",
     "did you mean lpddr4_3200?"},
    {"UnknownDataflow", "output_stationary", "output_stationery",
     "edge.yaml:15: platform.accelerator.array.dataflow is output_stationery;", "did you mean output_stationary?"},
    {"UnknownNetwork", "network: mlp", "network: mpl", "edge.yaml:23: workload.network is mpl;", "did you mean mlp?"},
    {"UnknownDataset", "name: fashion_mnist", "name: fashion_minst",
     "edge.yaml:22: workload.dataset.name is fashion_minst;", "did you mean fashion_mnist?"},
    {"UnknownPlaceOfAnchorValues", "momentum: 0.9", "anchor_values: chached",
     "edge.yaml:24: workload.optimizer.anchor_values is chached;", "did you mean cached?"},
    {"UnknownRounding", "rounding: sr8", "rounding: sr99", "edge.yaml:32: precision.gradients.rounding is sr99;", ""},
    {"UnknownFormat", "errors: e5m2", "errors: f5m2", "edge.yaml:31: precision.errors is f5m2;", ""},
    {"ChannelWithoutHost", "  fidelity: lt", "  channel: {model: pcie3_x1}", "edge.yaml:6: platform.channel is given;",
     "allowed: with kind host_accelerator only"},
    {"AcceleratorOfAHostAlone", "kind: accelerator_only", "kind: host_only",
     "edge.yaml:10: platform.accelerator is given;", "allowed: with kind accelerator_only and host_accelerator only"},
    // what does not go together
    {"WeightsThatNoOperatorHas", "weights: e4m3fn", "weights: e4m3", "edge.yaml:29: precision.weights is e4m3;",
     "the operators support: e4m3fn, e5m2, e8m7; did you mean e4m3fn?"},
    {"LayerFormatThatNoOperatorHas", "{fc3: {activations: bf16}}", "{fc3: {activations: fp16}}",
     "edge.yaml:38: precision.layers.fc3.activations is e5m10;", "the operators support: e4m3fn, e5m2, e8m7"},
    {"ScheduledFormatThatNoOperatorHas", "set: {activations: bf16}", "set: {activations: fp32}",
     "edge.yaml:40: precision.schedule.0.set.activations is e8m23;", "the operators support: e4m3fn, e5m2, e8m7"},
    {"ExpansionOfAnotherBase", "exp(bf16,2)", "exp(fp16,2)", "edge.yaml:35: precision.master_weights is exp(e5m10,2);",
     "the expansion unit supports: exp(e8m7,2)"},
    {"ExpansionOfTooManyTerms", "exp(bf16,2)", "exp(bf16,3)", "edge.yaml:35: precision.master_weights is exp(e8m7,3);",
     "the expansion unit supports: exp(e8m7,2)"},
    {"WeightsInPlaceOfAnotherBase",
     "weights: e4m3fn\n  activations: e4m3fn:sat\n  errors: e5m2\n  gradients: {format: e5m2, rounding: sr8}\n  "
     "product: exact\n  accumulator: {format: e8m23, rounding: rne, chunk: 0}\n  master_weights: exp(bf16,2)",
     "weights: exp(e5m2,2)\n  activations: e4m3fn:sat\n  errors: e5m2\n  gradients: {format: e5m2, rounding: sr8}\n  "
     "accumulator: {format: e8m23, rounding: rne, chunk: 0}",
     "edge.yaml:29: precision.weights is exp(e5m2,2);", "the expansion unit supports: exp(e8m7,2)"},
    {"SplitIsNoChoice", "product: exact", "split: most", "edge.yaml:33: precision.split is most;",
     "allowed: leading, all"},
    {"KahanIsNoFlag", "batch: 64", "batch: 64, kahan: maybe", "edge.yaml:24: workload.optimizer.kahan is maybe;", ""},
    // YAML
    {"KeyTwice", "seed: 7", "seed: 7\nseed: 8", "edge.yaml:3: seed is given twice;", "allowed: once"},
    {"BracketLeftOpen", "[e4m3fn, e5m2, bf16]", "[e4m3fn, e5m2, bf16", "edge.yaml:", ""},
    {"TabAsIndentation", "  kind:", "\tkind:", "edge.yaml:", ""},
    {"PlatformIsMissing", "platform:", "workload2:", "edge.yaml:3: workload2 is not a key;", ""},
};

std::string message(const std::string& text, const Overrides& overrides = {}) {
    try {
        ScenarioFile::parse(text, "edge.yaml", overrides);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

class BrokenScenario : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenScenario, IsRefusedInOneLineWithFileLineKeyAndWhatIsAllowed) {
    const std::string line = message(broken(GetParam().from, GetParam().to));
    EXPECT_TRUE(line.starts_with(GetParam().begins)) << line;
    EXPECT_TRUE(line.ends_with(GetParam().ends)) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
}

INSTANTIATE_TEST_SUITE_P(Table, BrokenScenario, ::testing::ValuesIn(table),
                         [](const auto& instance) { return std::string(instance.param.what); });

TEST(Scenario, IsAcceptedBeforeItIsBroken) { EXPECT_EQ(message(valid_scenario), "accepted"); }

TEST(Override, ThatIsWrongIsNamedInsteadOfTheLine) {
    EXPECT_EQ(
        message(valid_scenario, {.set = {"platform.accelerator.array.rows=4096"}, .seed = {}}),
        "--set platform.accelerator.array.rows=4096: platform.accelerator.array.rows is 4096; allowed: 1 to 1024");
    EXPECT_EQ(message(valid_scenario, {.set = {"workload.epoch=2"}, .seed = {}}).substr(0, 61),
              "--set workload.epoch=2: workload.epoch is not a key; allowed:");
}

TEST(Override, OfAKeyBelowAWordIsRefused) {
    EXPECT_EQ(message(valid_scenario, {.set = {"seed.more=1"}, .seed = {}}),
              "--set seed.more=1: seed is 7 and has no keys below it");
    EXPECT_EQ(message(valid_scenario, {.set = {"seed"}, .seed = {}}), "--set seed: allowed: key.path=value");
    EXPECT_EQ(message(valid_scenario, {.set = {"workload..epochs=1"}, .seed = {}}),
              "--set workload..epochs=1: allowed: key.path=value");
}

TEST(ScenarioFile, ThatIsMissingIsNamed) {
    try {
        ScenarioFile::open("no/such/scenario.yaml");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "no/such/scenario.yaml: cannot be read; allowed: a YAML file");
    }
}

TEST(ScenarioFile, PutsTheLineInFrontOfWhatARoomRefuses) {
    const ScenarioFile file = ScenarioFile::parse(valid_scenario, "edge.yaml");
    EXPECT_EQ(file.located("accelerator.array.rows is 3; allowed: 4", "platform"),
              "edge.yaml:13: platform.accelerator.array.rows is 3; allowed: 4");
    EXPECT_EQ(file.located("precision.layers.fc3 is not a layer; allowed: fc1", "workload"),
              "edge.yaml:38: precision.layers.fc3 is not a layer; allowed: fc1");
    // A key that is left out: the nearest section around it.
    EXPECT_EQ(file.located("workload.optimizer.weight_decay is 2; allowed: 0 to 1", "workload"),
              "edge.yaml:24: workload.optimizer.weight_decay is 2; allowed: 0 to 1");
}

}  // namespace
}  // namespace ulpsim::program

// The backbone of the project: the reference executor and the platform executor agree on every byte of every tensor
// after every Op, whatever the architecture, formats, roundings, array, scratchpad and threads.
#include <gtest/gtest.h>

#include "platform/architectures/simulation.hpp"
#include "tests/integration/training_case.hpp"
#include "tests/support/witness.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {
namespace {

using platform::Kind;
using workloads::TrainingConfig;

const workloads::Observer go_on = [](const workloads::Event&) { return true; };

std::vector<Witness::Statement> on_reference(const TrainingConfig& training, Kind kind, unsigned threads = 1) {
    const workloads::Dataset data = three_classes();
    workloads::ReferenceExecutor executor(training.seed, threads);
    Witness witness(executor);
    train(training, network_case(data), data, platform::placement(kind), witness, threads, go_on);
    return witness.statements;
}

std::vector<Witness::Statement> on_platform(const TrainingConfig& training, const platform::PlatformConfig& config,
                                            unsigned threads = 1) {
    const workloads::Dataset data = three_classes();
    platform::Simulation simulation(config, {.seed = training.seed, .threads = threads});
    std::vector<Witness::Statement> statements;
    simulation.run([&](workloads::Executor& executor) {
        Witness witness(executor);
        train(training, network_case(data), data, platform::placement(config.kind), witness, threads, go_on);
        statements = std::move(witness.statements);
    });
    return statements;
}

void expect_identical(const std::vector<Witness::Statement>& reference,
                      const std::vector<Witness::Statement>& platform) {
    ASSERT_EQ(reference.size(), platform.size());
    ASSERT_GT(reference.size(), 1000U);
    for (std::size_t i = 0; i < reference.size(); ++i) {
        ASSERT_EQ(reference[i], platform[i])
            << "statement " << i << ": tensor " << reference[i].tensor << " after " << reference[i].op;
    }
}

struct Case {
    const char* name;
    Kind kind;
    void (*change)(TrainingConfig& training, platform::PlatformConfig& config);
    unsigned threads = 1;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

/// 16 KiB of tiles and a small array: every product of the case is cut, and k of the first one too.
void small_machine(platform::PlatformConfig& config) {
    config.accelerator.scratchpad = {.size_kib = 16, .banks = 4};
    config.accelerator.array.rows = 8;
    config.accelerator.array.columns = 8;
}

/// Up to expansions and back, by what the machine measures in every other step; every rule fires.
void measure_and_change(TrainingConfig& training) {
    using workloads::Metric;
    training.optimizer.momentum = 0;
    training.precision.base.master_weights = precision("bf16", "sr8");
    workloads::PolicyChange up, down, wide;
    up.master_weights = precision("exp(bf16,2)");
    down.master_weights = precision("bf16", "sr8");
    wide.master_weights = precision("exp(bf16,3)");
    wide.errors = precision("bf16");
    const auto rule = [](Metric metric, bool above, double bound, const workloads::PolicyChange& set) {
        workloads::Rule made;
        made.when = {
            .kind = workloads::Trigger::Kind::threshold, .metric = metric, .above = above, .bound = bound, .every = 2};
        made.set = set;
        return made;
    };
    training.precision.schedule = {rule(Metric::vanished_updates, true, 0, up),
                                   rule(Metric::gradient_norm, false, 1e6, down),
                                   rule(Metric::gradient_norm, true, 1e-6, wide)};
}

const Case cases[] = {
    {"accelerator_only", Kind::accelerator_only, [](TrainingConfig&, platform::PlatformConfig&) {}},
    {"host_accelerator", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.precision.base.master_weights = precision("fp32");
         training.precision.base.optimizer_state = precision("fp32");
     }},
    {"small_scratchpad", Kind::accelerator_only,
     [](TrainingConfig&, platform::PlatformConfig& config) { small_machine(config); }},
    {"odd_array_weight_stationary_single_buffer", Kind::accelerator_only,
     [](TrainingConfig&, platform::PlatformConfig& config) {
         config.accelerator.array = {.rows = 5, .columns = 12, .dataflow = platform::Dataflow::weight_stationary};
         config.accelerator.scratchpad = {.size_kib = 24, .banks = 3, .double_buffer = false};
     }},
    {"state_on_chip_input_stationary", Kind::accelerator_only,
     [](TrainingConfig&, platform::PlatformConfig& config) {
         config.accelerator.array.dataflow = platform::Dataflow::input_stationary;
         config.accelerator.scratchpad = {.size_kib = 128, .banks = 8, .resident_kib = 96};
     }},
    {"two_threads", Kind::accelerator_only,
     [](TrainingConfig&, platform::PlatformConfig& config) { small_machine(config); }, 2},
    {"stochastic_everywhere", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = precision("e4m3fn", "sr4");
         policy.activations = precision("e4m3fn", "sr3");
         policy.errors = precision("e5m2", "sr12");
         policy.master_weights = precision("exp(bf16,3)", "sr8");
         policy.optimizer_state = precision("bf16", "sr16");
         policy.accumulator.format = arithmetic::parse_format("e6m9");
         policy.accumulator.rounding = arithmetic::parse_rounding("sr8");
         small_machine(config);
     }},
    {"narrow_accumulator_in_chunks", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Accumulator& accumulator = training.precision.base.accumulator;
         accumulator.format = arithmetic::parse_format("e6m9");
         accumulator.order = arithmetic::Order::chunk;
         accumulator.length = 16;
         accumulator.outer = arithmetic::parse_format("e8m15");
         small_machine(config);
     }},
    {"six_bit_formats", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = precision("e3m2fn");
         policy.activations = precision("e2m3fn");
         policy.errors = precision("e3m2fn:sat");
         policy.gradients = precision("e5m6");
         policy.master_weights = precision("e8m15");
         config.accelerator.operators = {policy.weights.format, policy.activations.format};
         small_machine(config);
     }},
    {"integers", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = precision("fix8.7", "sr8");
         policy.activations = precision("fix8.4");
         policy.errors = precision("fix12.9", "sr4");
         policy.gradients = precision("fix16.10", "sr8");
         policy.accumulator.format = arithmetic::parse_format("fix32.16");
         policy.master_weights = precision("fix24.20", "sr8");
         policy.optimizer_state = precision("fix24.14");
         config.accelerator.operators = {policy.weights.format, policy.activations.format, policy.errors.format};
         small_machine(config);
     }},
    {"integers_into_floats", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = precision("fix5.4");
         policy.activations = precision("int8");
         policy.accumulator.format = arithmetic::parse_format("e6m9");
         config.accelerator.operators = {policy.weights.format, policy.activations.format, policy.errors.format};
         small_machine(config);
     },
     2},
    {"int8_of_measured_scales", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = policy.activations = policy.errors = precision("int8", "sr8");
         for (workloads::Precision* role : {&policy.weights, &policy.activations, &policy.errors})
             role->scale.kind = workloads::TensorScale::Kind::power_of_two;
         policy.accumulator.format = arithmetic::parse_format("int32");
         config.accelerator.operators = {policy.weights.format};
         small_machine(config);
     },
     2},
    {"int_of_given_scales_by_a_host", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         using Scale = workloads::TensorScale;
         policy.master_weights = precision("fp32");
         policy.weights = {arithmetic::parse_format("int6"), {}, {Scale::Kind::real, 0.03}};
         policy.activations = {arithmetic::parse_format("int8"), {}, {Scale::Kind::real, 0.0625}};
         policy.accumulator.format = arithmetic::parse_format("int24");
         workloads::PolicyChange measured, plain;
         measured.weights = workloads::Precision{policy.weights.format, {}, {Scale::Kind::power_of_two, 1}};
         plain.weights = precision("e4m3fn");
         plain.accumulator = workloads::Accumulator{};
         training.precision.schedule = {{.when = {.kind = workloads::Trigger::Kind::step, .at = 3}, .set = measured},
                                        {.when = {.kind = workloads::Trigger::Kind::epoch, .at = 2}, .set = plain}};
         config.accelerator.operators = {policy.weights.format, policy.activations.format,
                                         arithmetic::parse_format("e4m3fn"), arithmetic::parse_format("e5m2")};
     }},
    {"mx_fp8", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = policy.activations = policy.errors = precision("mx(e4m3fn,32)");
         policy.gradients = precision("bf16");
         config.accelerator.operators = {policy.weights.format};
         small_machine(config);
     }},
    {"mx_fp4_stochastic", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = precision("mx(e2m1fn,16,ceil)");
         policy.activations = precision("mx(e2m1fn,16)", "sr8");
         policy.errors = precision("mx(e2m1fn,16)", "sr8");
         policy.gradients = precision("bf16");
         policy.accumulator.format = arithmetic::bf16;
         config.accelerator.operators = {policy.weights.format, policy.activations.format};
         small_machine(config);
     },
     2},
    {"mx_activations_alone_on_chip", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         training.precision.base.activations = precision("mx(fix8.6,8)");
         config.accelerator.operators.push_back(training.precision.base.activations.format);
         config.accelerator.scratchpad = {.size_kib = 128, .banks = 8, .resident_kib = 96};
     }},
    {"mx_by_a_host_and_a_schedule", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         training.precision.base.master_weights = precision("fp32");
         workloads::PolicyChange blocks, back;
         blocks.weights = blocks.activations = blocks.errors = precision("mx(e4m3fn,32,even)");
         back.weights = precision("e4m3fn");
         training.precision.schedule = {{.when = {.kind = workloads::Trigger::Kind::step, .at = 3}, .set = blocks},
                                        {.when = {.kind = workloads::Trigger::Kind::epoch, .at = 2}, .set = back}};
         config.accelerator.operators.push_back(blocks.weights->format);
     }},
    {"trees_and_aligned_groups", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Accumulator& accumulator = training.precision.base.accumulator;
         accumulator.order = arithmetic::Order::align;
         accumulator.length = 16;
         accumulator.guard = 2;
         accumulator.rounding = arithmetic::parse_rounding("rtz");
         workloads::PolicyChange tree;
         tree.accumulator = accumulator;
         tree.accumulator->order = arithmetic::Order::tree;
         tree.accumulator->length = 4;
         training.precision.layers["fc2"] = tree;
         small_machine(config);
     }},
    {"weights_in_place", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.precision.base.weights = precision("e5m2", "sr13");
         training.precision.base.master_weights.reset();
         training.precision.base.optimizer_state = precision("fp32");
         training.batch_average = workloads::BatchAverage::in_loss;
     }},
    {"gradients_as_expansions", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         training.precision.base.gradients = precision("exp(bf16,2)");
         training.precision.base.optimizer_state = precision("fp32");
         small_machine(config);
     }},
    {"compensated_update", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         training.optimizer.kahan = true;
         small_machine(config);
     }},
    {"split_products", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = precision("exp(bf16,2)");
         policy.activations = precision("exp(bf16,2)");
         policy.errors = precision("bf16");
         policy.gradients = precision("bf16");
         policy.master_weights.reset();
         small_machine(config);
     }},
    {"split_products_of_all_terms_in_chunks", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         workloads::Policy& policy = training.precision.base;
         policy.weights = precision("exp(bf16,3)");
         policy.activations = precision("exp(e5m2,2)");
         policy.master_weights = precision("exp(bf16,3)");
         policy.split = arithmetic::Split::all;
         policy.accumulator.order = arithmetic::Order::chunk;
         policy.accumulator.length = 16;
         config.accelerator.array.dataflow = platform::Dataflow::weight_stationary;
         config.accelerator.scratchpad = {.size_kib = 24, .banks = 3, .double_buffer = false};
     }},
    {"binary64", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         workloads::Policy& policy = training.precision.base;
         for (workloads::Precision* role : {&policy.weights, &policy.activations, &policy.errors, &policy.gradients,
                                            &policy.optimizer_state, &policy.loss}) {
             *role = precision("fp64");
         }
         policy.master_weights = precision("fp64");
         policy.accumulator.format = arithmetic::fp64;
     }},
    {"schedule_and_dynamic_loss_scale", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.loss_scale = {
             .kind = workloads::LossScaleConfig::Kind::dynamic, .value = 65536, .growth_interval = 3};
         workloads::PolicyChange wider, deeper;
         wider.activations = precision("bf16");
         wider.gradients = precision("bf16");
         deeper.master_weights = precision("exp(bf16,3)");
         deeper.optimizer_state = precision("fp32");
         training.precision.schedule = {{.when = {.kind = workloads::Trigger::Kind::step, .at = 3}, .set = wider},
                                        {.when = {.kind = workloads::Trigger::Kind::epoch, .at = 2}, .set = deeper}};
     }},
    {"measured_triggers", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig& config) {
         measure_and_change(training);
         small_machine(config);
     }},
    {"measured_triggers_on_two_threads", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         measure_and_change(training);
         training.precision.base.gradients = precision("exp(bf16,2)");
         training.precision.base.optimizer_state = precision("fp32");
     },
     2},
    {"measured_triggers_where_the_host_updates", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) { measure_and_change(training); }},
};

class BitIdentity : public testing::TestWithParam<Case> {};

TEST_P(BitIdentity, HoldsAfterEveryOperation) {
    const Case& c = GetParam();
    TrainingConfig training = training_case();
    platform::PlatformConfig config = platform_case(c.kind);
    c.change(training, config);
    expect_identical(on_reference(training, c.kind), on_platform(training, config, c.threads));
}

INSTANTIATE_TEST_SUITE_P(Cases, BitIdentity, testing::ValuesIn(cases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(BitIdentity, ItsMeasuredTriggersFire) {
    TrainingConfig training = training_case();
    measure_and_change(training);
    const workloads::Dataset data = three_classes();
    workloads::ReferenceExecutor executor(training.seed, 1);
    std::vector<std::size_t> rules;
    train(training, network_case(data), data, {}, executor, 1, [&](const workloads::Event& event) {
        if (const auto* change = std::get_if<workloads::PrecisionChanged>(&event)) rules.push_back(change->rule);
        return true;
    });
    EXPECT_EQ(rules, (std::vector<std::size_t>{0, 1, 2, 2}));  // the last one sets two roles
}

TEST(BitIdentity, SeesOneDisturbedRounding) {
    TrainingConfig training = training_case();
    const auto reference = on_reference(training, Kind::accelerator_only);
    training.precision.base.errors.rounding = arithmetic::parse_rounding("rna");
    EXPECT_NE(reference, on_platform(training, platform_case(Kind::accelerator_only)));
}

TEST(BitIdentity, SeesAnotherSeedOfTheRandomBits) {
    TrainingConfig training = training_case();
    const workloads::Dataset data = three_classes();
    const auto bytes = [&](std::uint64_t seed) {
        workloads::ReferenceExecutor executor(seed, 1);
        Witness witness(executor);
        train(training, network_case(data), data, {}, witness, 1, go_on);
        return witness.statements;
    };
    EXPECT_EQ(bytes(1), bytes(1));
    EXPECT_NE(bytes(1), bytes(2));
}

}  // namespace
}  // namespace ulpsim::test

// Bit-centred training: the reference executor and the platform executor agree on every byte of every tensor after every
// operation and every loop.
#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "platform/architectures/fit.hpp"
#include "platform/architectures/simulation.hpp"
#include "tests/integration/training_case.hpp"
#include "tests/support/witness.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::test {
namespace {

using platform::Kind;
using workloads::TrainingConfig;

const workloads::Observer go_on = [](const workloads::Event&) { return true; };

struct Case {
    const char* name;
    Kind kind;
    void (*change)(TrainingConfig& training, platform::PlatformConfig& config);
    unsigned threads = 1;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

/// Six steps an outer iteration over the three whole batches of 70 samples.
TrainingConfig centred_case() {
    TrainingConfig config = training_case();
    config.optimizer = {.kind = "halp", .learning_rate = 0.05, .weight_decay = 1e-3, .batch = 20, .inner_steps = 6};
    config.optimizer.full_gradient.format = arithmetic::fp32;
    workloads::Policy& policy = config.precision.base;
    policy.weights = precision("e4m3fn:sat", "sr8");
    policy.gradients = precision("bf16", "sr8");
    policy.optimizer_state = precision("fp32");
    policy.master_weights.reset();
    return config;
}

void all_in(workloads::Policy& policy, const char* format) {
    for (workloads::Precision* role : {&policy.weights, &policy.activations, &policy.errors, &policy.gradients,
                                       &policy.optimizer_state, &policy.loss})
        *role = precision(format);
}

const Case cases[] = {
    {"host_computes_the_full_gradient", Kind::host_accelerator, [](TrainingConfig&, platform::PlatformConfig&) {}},
    {"two_threads_and_a_small_scratchpad", Kind::host_accelerator,
     [](TrainingConfig&, platform::PlatformConfig& config) {
         config.accelerator.scratchpad = {.size_kib = 16, .banks = 4};
         config.accelerator.array.rows = config.accelerator.array.columns = 8;
     },
     2},
    {"anchor_values_recomputed", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.optimizer.anchor_values = workloads::AnchorValuesAt::recomputed;
     }},
    {"steps_that_go_round", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.optimizer.inner_steps = 10;
         training.optimizer.batch = 5;
         training.batch_average = workloads::BatchAverage::in_loss;
     }},
    {"accelerator_alone_in_bf16", Kind::accelerator_only,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.optimizer.full_gradient.format = arithmetic::bf16;
     }},
    {"stochastic_everywhere", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         workloads::Policy& policy = training.precision.base;
         policy.activations = precision("e4m3fn", "sr5");
         policy.errors = precision("e5m2", "sr12");
         policy.optimizer_state = precision("bf16", "sr16");
         policy.accumulator.format = arithmetic::parse_format("e8m12");
         policy.accumulator.rounding = arithmetic::parse_rounding("sr8");
     }},
    {"offset_in_bf16", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.precision.base.weights = precision("bf16", "sr8");
         training.optimizer.full_gradient.format = arithmetic::fp64;
     }},
    {"svrg_in_binary64", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         all_in(training.precision.base, "fp64");
         training.precision.base.accumulator.format = arithmetic::fp64;
         training.optimizer.kind = "svrg";
         training.optimizer.full_gradient.format = arithmetic::fp64;
     }},
    {"fixed_grid_of_six_bits", Kind::host_accelerator,
     [](TrainingConfig& training, platform::PlatformConfig&) {
         training.optimizer.kind = "lp_svrg";
         training.precision.base.weights = precision("e2m3fn", "sr8");
     }},
};

class CentredIdentity : public testing::TestWithParam<Case> {};

TEST_P(CentredIdentity, HoldsAfterEveryOperationAndLoop) {
    const Case& c = GetParam();
    TrainingConfig training = centred_case();
    platform::PlatformConfig config = platform_case(c.kind);
    c.change(training, config);
    config.accelerator.operators.insert(config.accelerator.operators.end(),
                                        {arithmetic::fp64, arithmetic::parse_format("e2m3fn")});
    const workloads::Dataset data = three_classes();
    const workloads::Network network = network_case(data);
    const workloads::Placement placement = platform::placement(c.kind);
    check(training, network, data, placement);

    workloads::ReferenceExecutor executor(training.seed, 1);
    Witness reference(executor);
    const auto status = train(training, network, data, placement, reference, 1, go_on);
    EXPECT_EQ(status, workloads::Status::completed);

    platform::Simulation simulation(config, {.seed = training.seed, .threads = c.threads});
    std::vector<Witness::Statement> statements;
    simulation.run([&](workloads::Executor& machine) {
        Witness witness(machine);
        train(training, network, data, placement, witness, c.threads, go_on);
        statements = std::move(witness.statements);
    });
    ASSERT_EQ(reference.statements.size(), statements.size());
    ASSERT_GT(statements.size(), 500U);
    for (std::size_t i = 0; i < statements.size(); ++i)
        ASSERT_EQ(reference.statements[i], statements[i])
            << "statement " << i << ": tensor " << statements[i].tensor << " after " << statements[i].op;
}

TEST(CentredMemory, ACacheThatDoesNotFitIsRefusedWithTheBytesThatItNeeds) {
    const TrainingConfig training = centred_case();
    const workloads::Network network = workloads::build({.name = "", .widths = {64, 16, 3}}, 32, 3);
    const platform::PlatformConfig config = platform_case(Kind::host_accelerator);
    const std::uint64_t megabytes = config.dram.size_mib, there = megabytes << 20, samples = there / 80;
    const auto refusal = [&](const TrainingConfig& of) {
        try {
            platform::check_fit(config, of, network, samples);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("fits");
    };
    // A sample: 32 activations and a label; sums of 64 and 16 in the next layer's bytes, 3 of the loss, errors of 64 and 16.
    const std::uint64_t rows = samples / 20 * 20;
    EXPECT_EQ(refusal(training), "platform.dram.size_mib gives " + std::to_string(there) + " bytes; the samples need " +
                                     std::to_string(samples * 36) + " and their anchor values " +
                                     std::to_string(rows * (64 + 16 + 3 * 4 + 64 + 16)) +
                                     " (workload.optimizer.anchor_values: recomputed needs none for all samples)");
    TrainingConfig recomputed = training;
    recomputed.optimizer.anchor_values = workloads::AnchorValuesAt::recomputed;
    EXPECT_EQ(refusal(recomputed), "fits");
}

INSTANTIATE_TEST_SUITE_P(Cases, CentredIdentity, testing::ValuesIn(cases),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace ulpsim::test

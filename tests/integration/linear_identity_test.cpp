// Outer iterations on linear models leave the same bytes on the platform as on the reference executor.
#include <gtest/gtest.h>

#include "platform/architectures/simulation.hpp"
#include "tests/integration/linear_case.hpp"
#include "tests/support/witness.hpp"
#include "workloads/optimizers/method.hpp"

namespace ulpsim::test {
namespace {

using workloads::Place;
using workloads::Placement;

const workloads::Dataset& small_problem() {
    static const workloads::Dataset data =
        workloads::load(workloads::LeastSquaresConfig{.samples = 40, .features = 13, .condition = 5});
    return data;
}

/// 40 samples of 9 features in three classes.
const workloads::Dataset& small_classes() {
    static const workloads::Dataset data = [] {
        workloads::Dataset made{.name = "small_classes", .classes = 3, .train = {}, .test = {}};
        made.train.features = 9;
        for (std::uint64_t i = 0; i < 40; ++i) {
            made.train.labels.push_back(static_cast<std::uint8_t>(i % 3));
            for (std::uint64_t j = 0; j < 9; ++j)
                made.train.values.push_back(
                    static_cast<float>(std::sin(static_cast<double>(i * 31 + j * 7)) + (j % 3 == i % 3 ? 1 : 0)));
        }
        return made;
    }();
    return data;
}

workloads::TrainingConfig small_case(const std::string& kind, const workloads::Policy& policy) {
    workloads::TrainingConfig config = svrg_case("fp64");
    config.epochs = 3;
    config.optimizer.kind = kind;
    config.optimizer.batch = 2;
    config.optimizer.inner_steps = 30;
    config.optimizer.learning_rate = 0.02;
    config.precision.base = policy;
    if (!workloads::has_passes_alone(workloads::method_of(kind)))
        config.health.level = workloads::HealthConfig::Level::histograms;
    return config;
}

using Counted = std::vector<workloads::HealthCounted>;

Counted train(const workloads::TrainingConfig& config, const workloads::Dataset& data, const Placement& placement,
              workloads::Executor& executor) {
    const std::string name = data.is_regression() ? "linear_regression" : "logistic_regression";
    const workloads::Network network =
        workloads::build({.name = name, .widths = {}}, data.train.features, data.classes);
    workloads::check(config, network, data, placement);
    Counted health;
    workloads::train(config, network, data, placement, executor, 1, [&](const workloads::Event& event) {
        if (const auto* counted = std::get_if<workloads::HealthCounted>(&event)) health.push_back(*counted);
        return true;
    });
    return health;
}

void expect_same_health(const Counted& a, const Counted& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t epoch = 0; epoch < a.size(); ++epoch) {
        ASSERT_EQ(a[epoch].tensors.size(), b[epoch].tensors.size());
        ASSERT_GE(a[epoch].tensors.size(), 3U);
        for (std::size_t i = 0; i < a[epoch].tensors.size(); ++i) {
            const workloads::TensorHealth &one = a[epoch].tensors[i], &other = b[epoch].tensors[i];
            EXPECT_EQ(one.role + " of " + one.layer, other.role + " of " + other.layer);
            EXPECT_EQ(one.steps, 30U);
            EXPECT_EQ(one.steps, other.steps);
            EXPECT_EQ(one.counts.values % 30, 0U);
            EXPECT_TRUE(one.counts == other.counts) << one.role;
            EXPECT_TRUE(one.update == other.update) << one.role;
        }
    }
}

void expect_identical(const workloads::TrainingConfig& config, platform::Kind kind,
                      const workloads::Dataset& data = small_problem()) {
    const Placement placement = platform::placement(kind);
    workloads::ReferenceExecutor reference(config.seed, 1);
    Witness expected(reference);
    const Counted expected_health = train(config, data, placement, expected);

    platform::PlatformConfig machine = platform_case(kind);
    machine.accelerator.expansion_unit.lanes = 16;
    if (kind == platform::Kind::host_only) machine.host.cache_kib = 1;
    platform::Simulation simulation(machine, {.seed = config.seed, .threads = 1});
    std::vector<Witness::Statement> statements;
    Counted health;
    simulation.run([&](workloads::Executor& executor) {
        Witness witness(executor);
        health = train(config, data, placement, witness);
        statements = std::move(witness.statements);
    });
    ASSERT_EQ(statements.size(), expected.statements.size());
    EXPECT_EQ(statements, expected.statements);
    EXPECT_GT(statements.size(), 10U);
    ASSERT_EQ(health.size(), workloads::has_passes_alone(workloads::method_of(config.optimizer.kind)) ? 0U : 3U);
    expect_same_health(health, expected_health);
}

workloads::Policy exact_gradients(const char* weights, const char* rounding) {
    return svrg_case(weights, rounding).precision.base;
}

/// Everything narrow, the offset in an 8-bit float.
workloads::Policy narrow() {
    workloads::Policy policy;
    policy.weights = precision("e4m3:sat", "sr8");
    policy.activations = precision("e4m3");
    policy.errors = precision("bf16", "sr4");
    policy.gradients = precision("bf16");
    return policy;
}

TEST(LinearIdentity, OfSvrgWithExpansionsBehindAChannel) {
    expect_identical(small_case("svrg", exact_gradients("exp(bf16,2)", "sr8")), platform::Kind::host_accelerator);
}

TEST(LinearIdentity, OfSvrgOnTheAcceleratorAlone) {
    workloads::Policy policy = narrow();
    policy.weights = precision("e5m10");
    policy.master_weights = precision("exp(bf16,3)");
    workloads::TrainingConfig config = small_case("svrg", policy);
    config.optimizer.full_gradient.format = arithmetic::fp32;
    expect_identical(config, platform::Kind::accelerator_only);
}

/// Samples, residuals, gradients and weights are expansions: their products are split, on rows that a loop selects.
void expect_identical_in(const char* format, arithmetic::Split split) {
    workloads::Policy policy;
    policy.weights = policy.activations = policy.errors = policy.gradients = precision(format);
    policy.optimizer_state = precision("bf16");
    policy.split = split;
    workloads::TrainingConfig config = small_case("svrg", policy);
    config.optimizer.full_gradient.format = policy.weights.format;
    expect_identical(config, platform::Kind::accelerator_only);
}

TEST(LinearIdentity, OfSvrgWithEverythingInTwoTerms) { expect_identical_in("exp(bf16,2)", arithmetic::Split::leading); }

TEST(LinearIdentity, OfSvrgWithEverythingInThreeTerms) { expect_identical_in("exp(bf16,3)", arithmetic::Split::all); }

TEST(LinearIdentity, OfSgd) {
    expect_identical(small_case("sgd", exact_gradients("bf16", "sr8")), platform::Kind::host_accelerator);
}

TEST(LinearIdentity, OfHalpBehindAChannel) {
    expect_identical(small_case("halp", narrow()), platform::Kind::host_accelerator);
}

TEST(LinearIdentity, OfHalpInIntegers) {
    workloads::Policy policy;
    policy.weights = precision("int8", "sr12");
    policy.activations = precision("int8");
    policy.errors = precision("fix16.14");
    policy.gradients = policy.optimizer_state = precision("fix16.12");
    policy.accumulator.format = arithmetic::parse_format("fix36.14");
    expect_identical(small_case("halp", policy), platform::Kind::host_accelerator);
}

TEST(LinearIdentity, OfHalpOnTheAcceleratorAlone) {
    workloads::TrainingConfig config = small_case("halp", narrow());
    config.optimizer.full_gradient.format = arithmetic::fp32;
    expect_identical(config, platform::Kind::accelerator_only);
}

TEST(LinearIdentity, OfLowPrecisionSgdAndSvrg) {
    expect_identical(small_case("lp_svrg", narrow()), platform::Kind::host_accelerator);
}

TEST(LinearIdentity, OfHalpOnClasses) {
    workloads::TrainingConfig config = small_case("halp", narrow());
    config.optimizer.weight_decay = 0.01;
    config.precision.base.loss = precision("bf16", "sr4");
    expect_identical(config, platform::Kind::host_accelerator, small_classes());
}

workloads::TrainingConfig passes(const char* kind, const arithmetic::Format& format) {
    workloads::TrainingConfig config = small_case(kind, exact_gradients("fp64", "rne"));
    config.optimizer.inner_steps = 4;
    config.optimizer.full_gradient.format = format;
    return config;
}

TEST(LinearIdentity, OfConjugateGradientsOnAHostAlone) {
    expect_identical(passes("conjugate_gradients", arithmetic::fp64), platform::Kind::host_only);
}

TEST(LinearIdentity, OfConjugateGradientsOnTheAcceleratorAlone) {
    expect_identical(passes("conjugate_gradients", arithmetic::fp32), platform::Kind::accelerator_only);
}

TEST(LinearIdentity, OfGradientDescentOnAHostAloneAndByClasses) {
    expect_identical(passes("gradient_descent", arithmetic::fp64), platform::Kind::host_only, small_classes());
}

TEST(LinearIdentity, OfSvrgOnAHostAloneWhoseCacheIsSmall) {
    expect_identical(small_case("svrg", exact_gradients("fp64", "rne")), platform::Kind::host_only);
}

TEST(LinearIdentity, OfLowPrecisionSvrgOnClasses) {
    workloads::TrainingConfig config = small_case("lp_svrg", narrow());
    config.optimizer.weight_decay = 0.01;
    expect_identical(config, platform::Kind::accelerator_only, small_classes());
}

}  // namespace
}  // namespace ulpsim::test

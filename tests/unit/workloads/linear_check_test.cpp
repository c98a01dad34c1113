#include <gtest/gtest.h>

#include <functional>

#include "models/arithmetic/error.hpp"
#include "workloads/datasets/dataset.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {
namespace {

Precision role(const char* name) {
    Precision precision;
    precision.format = arithmetic::parse_format(name);
    return precision;
}

/// HALP in integers over ten samples.
TrainingConfig halp() {
    TrainingConfig config;
    config.optimizer.kind = "halp";
    config.optimizer.batch = 1;
    Policy& policy = config.precision.base;
    policy = {};
    policy.weights = policy.activations = role("int8");
    policy.errors = role("fix16.14");
    policy.gradients = policy.optimizer_state = role("fix16.12");
    policy.accumulator.format = arithmetic::parse_format("fix36.14");
    return config;
}

std::string error_of(const std::function<void(TrainingConfig&)>& change, Place update = Place::host) {
    TrainingConfig config = halp();
    change(config);
    const Dataset data = load(LeastSquaresConfig{.samples = 10, .features = 3});
    const Network network = build({.name = "linear_regression", .widths = {}}, 3, 0);
    try {
        check(config, network, data, {.loss = update, .update = update});
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

void expect_refused(const std::function<void(TrainingConfig&)>& change, const std::string& begin,
                    Place update = Place::host) {
    EXPECT_EQ(error_of(change, update).substr(0, begin.size()), begin);
}

TEST(LinearCheck, AcceptsHalpInIntegers) {
    EXPECT_EQ(error_of([](TrainingConfig&) {}), "no error");
}

TEST(LinearCheck, RefusesIntegerSamplesWhereTheAcceleratorComputesTheFullGradient) {
    const std::string begin =
        "precision.activations is int8; allowed: floating-point formats where the accelerator computes the full "
        "gradient";
    expect_refused([](TrainingConfig&) {}, begin, Place::accelerator);
    expect_refused([](TrainingConfig& c) { c.optimizer.full_gradient.at = Place::accelerator; }, begin);
    EXPECT_EQ(error_of([](TrainingConfig& c) { c.optimizer.full_gradient.at = Place::host; }, Place::accelerator),
              "no error");
}

TEST(LinearCheck, RefusesFullGradientsThatNoPlaceComputes) {
    for (const char* name : {"exp(bf16,2)", "mx(e4m3fn,32)", "int8", "fix16.8"})
        expect_refused([&](TrainingConfig& c) { c.optimizer.full_gradient.format = arithmetic::parse_format(name); },
                       "workload.optimizer.full_gradient.format is ");
}

TEST(LinearCheck, AcceptsExpansionsThroughoutOfSvrgOnTheAcceleratorAlone) {
    const auto in_two_terms = [](TrainingConfig& c) {
        Policy& policy = c.precision.base;
        policy = {};
        policy.weights = policy.activations = policy.errors = policy.gradients = role("exp(bf16,2)");
        c.optimizer.kind = "svrg";
        c.optimizer.full_gradient = {.at = Place::accelerator, .format = policy.weights.format};
    };
    EXPECT_EQ(error_of(in_two_terms), "no error");
    expect_refused(
        [&](TrainingConfig& c) {
            in_two_terms(c);
            c.optimizer.full_gradient.at = Place::host;
        },
        "workload.optimizer.full_gradient.format is exp(e8m7,2)");
    expect_refused(
        [&](TrainingConfig& c) {
            in_two_terms(c);
            c.optimizer.kind = "halp";
        },
        "precision.weights or .activations is an expansion");
}

TEST(LinearCheck, RefusesWeightsThatLeaveTheirBoxAsInfinityOrNan) {
    for (const char* name : {"e4m3", "e4m3fn", "e4m3fnuz", "e5m2"})
        expect_refused([&](TrainingConfig& c) { c.precision.base.weights = role(name); }, "precision.weights is ");
    EXPECT_EQ(error_of([](TrainingConfig& c) {
                  c.precision.base.weights = role("e4m3fn:sat");
                  c.precision.base.accumulator.format = arithmetic::fp32;
                  c.precision.base.errors = c.precision.base.gradients = c.precision.base.optimizer_state =
                      role("fp32");
                  c.precision.base.activations = role("bf16");
              }),
              "no error");
}

TEST(LinearCheck, RefusesBatchesThatDoNotDivideTheSamples) {
    expect_refused([](TrainingConfig& c) { c.optimizer.batch = 3; },
                   "workload.optimizer.batch is 3; allowed: what divides the 10 samples");
}

}  // namespace
}  // namespace ulpsim::workloads

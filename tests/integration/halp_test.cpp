// What the methods reach on least squares with few bits (issue 7, item 1; facts: training 1.6), from the shipped roles.
#include <gtest/gtest.h>

#include "tests/integration/linear_case.hpp"

namespace ulpsim::test {
namespace {

using workloads::TrainingConfig;

/// Integers in units of delta, samples in int8, as scenarios/halp has it for a width of 8.
TrainingConfig integer_case(const std::string& kind, const std::string& rounding = "sr12") {
    TrainingConfig config = svrg_case("fp64");
    config.optimizer.kind = kind;
    workloads::Policy policy;
    policy.weights = precision("int8", rounding.c_str());
    policy.activations = precision("int8");
    policy.errors = precision("fix16.14");
    policy.gradients = policy.optimizer_state = precision("fix16.12");
    policy.accumulator.format = arithmetic::parse_format("fix36.14");
    config.precision.base = policy;
    return config;
}

TrainingConfig wide_integer_case(const std::string& kind) {
    TrainingConfig config = integer_case(kind);
    workloads::Policy& policy = config.precision.base;
    policy.weights = precision("int16", "sr12");
    policy.errors = policy.gradients = policy.optimizer_state = precision("fix32.12");
    policy.accumulator.format = arithmetic::parse_format("fix44.12");
    return config;
}

TrainingConfig float_case(const std::string& offset) {
    TrainingConfig config = integer_case("halp");
    workloads::Policy& policy = config.precision.base;
    policy.weights = precision(offset.c_str(), "sr16");
    policy.errors = precision("bf16");
    policy.gradients = policy.optimizer_state = precision("fp32");
    policy.accumulator.format = arithmetic::fp32;
    return config;
}

LinearRun run_for(TrainingConfig config, std::uint64_t epochs, double mu = 1) {
    config.epochs = epochs;
    config.optimizer.mu = mu;
    return run_linear(config);
}

double least_norm(const LinearRun& run, std::size_t first) {
    double least = run.norm(first);
    for (std::size_t epoch = first; epoch <= run.epochs.size(); ++epoch) least = std::min(least, run.norm(epoch));
    return least;
}

TEST(Halp, OfEightBitsPasses1e8Within25OuterIterationsAndGoesOnToTheHostsPrecision) {
    const LinearRun run = run_for(integer_case("halp"), 60, 3);
    EXPECT_EQ(run.status, workloads::Status::completed);
    EXPECT_LT(run.norm(25), 1e-8);
    EXPECT_LT(run.last_norm(), 1e-14);
    EXPECT_EQ(run.recentrings.size(), 60U);
    EXPECT_EQ(run.recentrings.back().step, 120000U);
}

TEST(Halp, OfEightBitsAtAMuOf1IsSlowerThanAtThree) {
    const LinearRun run = run_for(integer_case("halp"), 15);
    EXPECT_GT(run.last_norm(), 1e-5);
    EXPECT_LT(run.last_norm(), 3e-3);
}

TEST(Halp, ClipsWhereMuIsTooLarge) {
    const LinearRun run = run_for(integer_case("halp"), 8, 10);
    EXPECT_GT(run.last_norm(), 2e-2);
    EXPECT_GT(run.epochs[2].outer->clipped.value(), 0.02);
    EXPECT_EQ(run_for(integer_case("halp"), 1, 1).epochs[0].outer->clipped.value(), 0);
}

TEST(Halp, OfSixteenBitsGoesAtTheRateOfExactSvrg) {
    const LinearRun halp = run_for(wide_integer_case("halp"), 10), svrg = run_for(svrg_case("fp64"), 10);
    EXPECT_LT(halp.last_norm(), 10 * svrg.last_norm());
    EXPECT_GT(halp.last_norm(), svrg.last_norm() / 10);
}

TEST(Halp, InSmallFloatsIsTheBetterTheMoreBitsOfMantissaTheyHave) {
    const double e3m4 = run_for(float_case("e3m4:sat"), 15).last_norm(),
                 e4m3 = run_for(float_case("e4m3:sat"), 15).last_norm(),
                 int8 = run_for(integer_case("halp"), 15).last_norm(),
                 e5m2 = run_for(float_case("e5m2:sat"), 15).last_norm();
    EXPECT_LT(e3m4, e4m3);
    EXPECT_LT(e4m3, int8);
    EXPECT_LT(int8, e5m2);
    EXPECT_LT(e5m2, 0.03);
}

TEST(Halp, NeverMovesWithNearestRounding) {
    const LinearRun run = run_for(integer_case("halp", "rne"), 3, 3);
    EXPECT_EQ(run.status, workloads::Status::completed);
    EXPECT_EQ(run.norm(1), run.norm(3));  // to the last bit: the anchor is where it was
    EXPECT_EQ(run.epochs[0].train_loss, run.epochs[2].train_loss);
    EXPECT_EQ(run.epochs[0].outer->still.value(), 1);
}

TEST(Halp, HasStepsThatMoveNothingWhereStepsAreSmallAgainstDelta) {
    // A step of the gradient moves coordinates by alpha * mu * 127 * |g_i| / |g| of delta, at alpha = 1e-4 and mu = 3 about
    // 0.3 for all hundred together, and one of the sample's difference about twice that by then: all rest in e^-0.9 of them.
    TrainingConfig config = integer_case("halp");
    config.optimizer.learning_rate = 1e-4;
    const double few = run_for(config, 1, 3).epochs[0].outer->still.value();
    EXPECT_GT(few, 0.15);
    EXPECT_LT(few, 0.75);
    config.optimizer.learning_rate = 1e-3;
    EXPECT_EQ(run_for(config, 1, 3).epochs[0].outer->still.value(), 0);
}

TEST(Halp, DivergesWhereMuIsTooSmallAndSaysSo) {
    const LinearRun run = run_for(integer_case("halp"), 30, 0.1);
    EXPECT_EQ(run.status, workloads::Status::diverged);
    EXPECT_LT(run.epochs.size(), 20U);  // and the run ends there
}

TEST(LowPrecisionSvrg, OfEightBitsStaysAboveATenth) {
    EXPECT_GT(least_norm(run_for(integer_case("lp_svrg"), 15), 1), 0.1);
}

TEST(LowPrecisionSvrg, OfSixteenBitsHasAFloorTwoOrdersLower) {
    const LinearRun run = run_for(wide_integer_case("lp_svrg"), 14);
    EXPECT_NEAR(run.last_norm(), 1.6e-3, 1.2e-3);
}

TEST(LowPrecisionSvrg, NeverMovesWithNearestRounding) {
    const LinearRun run = run_for(integer_case("lp_svrg", "rne"), 3);
    EXPECT_EQ(run.norm(1), run.norm(3));
}

TEST(Sgd, StaysWhereTheNoiseOfItsGradientsIs) {
    const LinearRun exact = run_for(
        [] {
            TrainingConfig config = svrg_case("fp64");
            config.optimizer.kind = "sgd";
            return config;
        }(),
        10);
    EXPECT_NEAR(exact.last_norm(), 0.23, 0.12);
    EXPECT_NEAR(run_for(integer_case("lp_sgd"), 10).last_norm(), 0.66, 0.3);
}

}  // namespace
}  // namespace ulpsim::test

// SVRG on least squares with exact gradients: where the weights' format lets it come to (facts: training 1.6).
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/linear_case.hpp"

namespace ulpsim::test {
namespace {

/// The mean gradient norm of the last three of so many outer iterations.
double floor_of(workloads::TrainingConfig config, std::uint64_t epochs) {
    config.epochs = epochs;
    const LinearRun run = run_linear(config);
    return (run.norm(epochs - 2) + run.norm(epochs - 1) + run.norm(epochs)) / 3;
}

/// Everything in one format at the accelerator, the full gradient too; sums in fp32 (least_squares_*_all.yaml).
workloads::TrainingConfig all_in(const char* format) {
    workloads::TrainingConfig config = svrg_case("fp32");
    workloads::Policy& policy = config.precision.base;
    policy.weights = policy.activations = policy.errors = policy.gradients = precision(format);
    policy.optimizer_state.format = policy.weights.format.element();
    policy.accumulator.format = arithmetic::fp32;
    policy.master_weights.reset();
    config.optimizer.full_gradient = {.at = workloads::Place::accelerator, .format = policy.weights.format};
    return config;
}

TEST(NoiseFloor, OfFp64IsBelowAnyThatAnExpansionReaches) {
    workloads::TrainingConfig config = svrg_case("fp64");
    config.epochs = 23;
    const LinearRun run = run_linear(config);
    EXPECT_EQ(run.status, workloads::Status::completed);
    EXPECT_LT(run.norm(8), 1e-3);
    EXPECT_LT(run.last_norm(), 1e-9);
}

TEST(NoiseFloor, MovesDownWithEachTermOfTheWeights) {
    const double one = floor_of(svrg_case("bf16"), 6), two = floor_of(svrg_case("exp(bf16,2)"), 12),
                 three = floor_of(svrg_case("exp(bf16,3)"), 18);
    EXPECT_NEAR(one, 1.7, 0.5);
    EXPECT_NEAR(two, 2e-3, 1.5e-3);
    EXPECT_NEAR(three, 4e-6, 3e-6);
    EXPECT_GT(one, 100 * two);
    EXPECT_GT(two, 100 * three);
}

TEST(NoiseFloor, OfANarrowRangeMovesByTheStepAndNotByTerms) {
    const double two = floor_of(svrg_case("exp(e4m3fn,2)"), 5), three = floor_of(svrg_case("exp(e4m3fn,3)"), 5),
                 with_step = floor_of(svrg_case("exp(e4m3fn,3,4)"), 8);
    EXPECT_NEAR(three / two, 1, 0.1);
    EXPECT_LT(with_step, two / 30);
}

TEST(NoiseFloor, OfANarrowRangeIsSeenInTheLostBits) {
    const auto weights_of = [](const char* format) {
        workloads::TrainingConfig config = svrg_case(format);
        config.epochs = 2;
        config.health.level = workloads::HealthConfig::Level::histograms;
        return run_linear(config).health.back().tensors.front();
    };
    const workloads::TensorHealth narrow = weights_of("exp(e4m3fn,3)"), stepped = weights_of("exp(e4m3fn,3,4)"),
                                  wide = weights_of("exp(bf16,3)");
    ASSERT_EQ(narrow.role, "master_weights");
    EXPECT_EQ(narrow.counts.values, 200'000U);
    EXPECT_GT(narrow.counts.last_term_underflowed, narrow.counts.values * 9 / 10);
    EXPECT_GT(narrow.counts.lost_bits, 3 * narrow.counts.values);
    EXPECT_EQ(wide.counts.lost_bits, 0U);
    EXPECT_LT(stepped.counts.lost_bits * 20, narrow.counts.lost_bits);
    // No third term below 2^-9; with the step down to 2^-17.
    const auto lowest = [](const workloads::TensorHealth& tensor) {
        const std::vector<std::uint64_t>& bins = tensor.counts.exponents.at(2);
        const auto first = std::find_if(bins.begin(), bins.end(), [](std::uint64_t count) { return count != 0; });
        return static_cast<int>(first - bins.begin()) + arithmetic::lowest_exponent_bin;
    };
    EXPECT_GE(lowest(narrow), -9);
    EXPECT_EQ(lowest(stepped), -17);
}

/// Where gradients are computed in the expansions too, fp32 sums leave less to the third term.
TEST(NoiseFloor, MovesDownWithEachTermOfEverything) {
    const double one = floor_of(all_in("bf16"), 6), two = floor_of(all_in("exp(bf16,2)"), 12),
                 three = floor_of(all_in("exp(bf16,3)"), 16);
    EXPECT_GT(one, 100 * two);
    EXPECT_GT(two, 20 * three);
}

}  // namespace
}  // namespace ulpsim::test

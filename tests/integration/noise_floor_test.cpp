// SVRG on least squares with exact gradients: where the weights' format lets it come to (facts: training 1.6).
#include <gtest/gtest.h>

#include "tests/integration/linear_case.hpp"

namespace ulpsim::test {
namespace {

/// The mean gradient norm of the last three of so many outer iterations.
double floor_of(const std::string& weights, std::uint64_t epochs) {
    workloads::TrainingConfig config = svrg_case(weights);
    config.epochs = epochs;
    const LinearRun run = run_linear(config);
    return (run.norm(epochs - 2) + run.norm(epochs - 1) + run.norm(epochs)) / 3;
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
    const double one = floor_of("bf16", 6), two = floor_of("exp(bf16,2)", 12), three = floor_of("exp(bf16,3)", 18);
    EXPECT_NEAR(one, 1.7, 0.5);
    EXPECT_NEAR(two, 2e-3, 1.5e-3);
    EXPECT_NEAR(three, 4e-6, 3e-6);
    EXPECT_GT(one, 100 * two);
    EXPECT_GT(two, 100 * three);
}

}  // namespace
}  // namespace ulpsim::test

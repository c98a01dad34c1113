#include "workloads/layers/initialisation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "workloads/training/batches.hpp"

namespace ulpsim::workloads {
namespace {

const DenseLayer hidden{.name = "fc1", .inputs = 784, .outputs = 256, .relu = true};
const DenseLayer last{.name = "fc2", .inputs = 256, .outputs = 10, .relu = false};

/// Uniform in +-limit: mean 0, variance limit^2 / 3, no value outside. The bounds are five standard errors.
void expect_uniform(const std::vector<float>& values, double limit) {
    const auto count = static_cast<double>(values.size());
    double sum = 0, squares = 0, largest = 0;
    for (const float value : values) {
        const auto x = static_cast<double>(value);
        sum += x;
        squares += x * x;
        largest = std::max(largest, std::abs(x));
    }
    EXPECT_NEAR(sum / count, 0, 5 * limit / std::sqrt(3 * count));
    // Variance of x^2 is 4/45 limit^4.
    EXPECT_NEAR(squares / count, limit * limit / 3, 5 * limit * limit * std::sqrt(4.0 / 45 / count));
    EXPECT_LE(largest, limit);
    EXPECT_GT(largest, 0.99 * limit);
}

TEST(Initialisation, IsHeUniformBeforeARelu) { expect_uniform(initial_weights(1, 0, hidden), std::sqrt(6.0 / 784)); }

TEST(Initialisation, IsGlorotUniformWithoutRelu) {
    expect_uniform(initial_weights(1, 1, last), std::sqrt(6.0 / (256 + 10)));
}

TEST(Initialisation, DependsOnSeedAndLayerAlone) {
    EXPECT_EQ(initial_weights(7, 1, last), initial_weights(7, 1, last));
    EXPECT_NE(initial_weights(7, 1, last), initial_weights(8, 1, last));
    EXPECT_NE(initial_weights(7, 1, last), initial_weights(7, 2, last));
}

TEST(Initialisation, DrawsEachElementFromItsPlace) {
    // A layer with more outputs begins with the same draws: an element's draw knows its index and no size.
    DenseLayer taller = hidden;
    taller.outputs = 300;
    const std::vector<float> some = initial_weights(3, 0, hidden), more = initial_weights(3, 0, taller);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), more.begin()));
}

TEST(Permutation, HoldsEverySampleOnce) {
    for (const std::uint64_t count : {1u, 2u, 7u, 1000u}) {
        std::vector<std::uint32_t> order = permutation(5, 1, count);
        std::sort(order.begin(), order.end());
        std::vector<std::uint32_t> expected(count);
        std::iota(expected.begin(), expected.end(), 0u);
        EXPECT_EQ(order, expected) << count;
    }
}

TEST(Permutation, DependsOnSeedAndEpochAlone) {
    EXPECT_EQ(permutation(5, 2, 100), permutation(5, 2, 100));
    EXPECT_NE(permutation(5, 2, 100), permutation(5, 3, 100));
    EXPECT_NE(permutation(5, 2, 100), permutation(6, 2, 100));
}

TEST(Permutation, PutsEverySampleAnywhereEquallyOften) {
    // 6 orders of 3 samples, each 1000 times in 6000 epochs: five standard deviations of a binomial are 144.
    std::map<std::vector<std::uint32_t>, int> seen;
    for (std::uint64_t epoch = 1; epoch <= 6000; ++epoch) ++seen[permutation(1, epoch, 3)];
    ASSERT_EQ(seen.size(), 6u);
    for (const auto& [order, times] : seen) EXPECT_NEAR(times, 1000, 144);
}

TEST(Batches, UseEverySampleAndMakeTheLastBatchSmaller) {
    Samples samples;
    samples.labels.resize(10);
    Batches batches(samples, 1, 4);
    batches.start_epoch(1);
    ASSERT_EQ(batches.steps(), 3u);
    std::set<std::uint32_t> used;
    for (std::uint64_t step = 0; step < 3; ++step) {
        const auto some = batches.samples_of(step);
        EXPECT_EQ(some.size(), step < 2 ? 4u : 2u);
        used.insert(some.begin(), some.end());
    }
    EXPECT_EQ(used.size(), 10u);
}

TEST(Batches, SixtyThousandSamplesAreNineHundredThirtyEightBatchesOf64) {
    Samples samples;
    samples.labels.resize(60000);
    Batches batches(samples, 1, 64);
    batches.start_epoch(1);
    EXPECT_EQ(batches.steps(), 938u);
    EXPECT_EQ(batches.samples_of(937).size(), 32u);
}

}  // namespace
}  // namespace ulpsim::workloads

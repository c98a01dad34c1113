#include <gtest/gtest.h>

#include <cmath>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/normal_deviate.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

std::string error_of(const LeastSquaresConfig& config) {
    try {
        load(config);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

/// v -> A^T A v / N.
std::vector<double> times_hessian(const Samples& samples, const std::vector<double>& v) {
    std::vector<double> product(v.size());
    for (std::uint64_t i = 0; i < samples.count(); ++i) {
        const float* row = samples.values.data() + i * samples.features;
        double dot = 0;
        for (std::size_t j = 0; j < v.size(); ++j) dot += static_cast<double>(row[j]) * v[j];
        for (std::size_t j = 0; j < v.size(); ++j) product[j] += static_cast<double>(row[j]) * dot;
    }
    for (double& value : product) value /= static_cast<double>(samples.count());
    return product;
}

/// The eigenvalue of shift - A^T A / N (shift 0: of A^T A / N) that is largest in magnitude, by power iteration.
double extreme_eigenvalue(const Samples& samples, double shift) {
    std::vector<double> v(samples.features);
    for (std::size_t j = 0; j < v.size(); ++j) v[j] = std::sin(static_cast<double>(j * j + 1));
    double norm = 0;
    for (int i = 0; i < 300; ++i) {
        const std::vector<double> product = times_hessian(samples, v);
        norm = 0;
        for (std::size_t j = 0; j < v.size(); ++j) {
            v[j] = shift == 0 ? product[j] : shift * v[j] - product[j];
            norm += v[j] * v[j];
        }
        norm = std::sqrt(norm);
        for (double& value : v) value /= norm;
    }
    return norm;
}

// Marchenko and Pastur: the eigenvalues of 1000 samples of 100 independent features lie between (1 - sqrt(0.1))^2 = 0.47
// and (1 + sqrt(0.1))^2 = 1.73; facts: training 1.6 drew 0.460 to 1.664.
TEST(LeastSquares, HasTheEigenvaluesOfIndependentFeatures) {
    const Dataset data = load(LeastSquaresConfig{});
    EXPECT_TRUE(data.is_regression());
    EXPECT_EQ(data.train.count(), 1000U);
    EXPECT_EQ(data.train.features, 100U);
    const double largest = extreme_eigenvalue(data.train, 0);
    EXPECT_NEAR(largest, 1.70, 0.07);
    EXPECT_NEAR(2 - extreme_eigenvalue(data.train, 2), 0.47, 0.04);
}

TEST(LeastSquares, FollowsTheConditionNumber) {
    const Dataset data = load(LeastSquaresConfig{.samples = 4000, .features = 8, .condition = 100});
    double first = 0, last = 0;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        first += std::pow(static_cast<double>(data.train.values[i * 8]), 2);
        last += std::pow(static_cast<double>(data.train.values[i * 8 + 7]), 2);
    }
    EXPECT_NEAR(first / last, 100, 12);  // a variance of 4000 samples is known to 2.2 %: five deviations
}

TEST(LeastSquares, HasTargetsThatWeightsOfTheFeaturesExplainButForTheNoise) {
    const Dataset exact = load(LeastSquaresConfig{.samples = 1, .features = 1, .noise = 0}),
                  noisy = load(LeastSquaresConfig{.samples = 4000, .features = 1, .noise = 3});
    const double weight = exact.train.targets[0] / static_cast<double>(exact.train.values[0]);
    EXPECT_LT(std::fabs(weight), 1);
    double squares = 0;
    for (std::uint64_t i = 0; i < 4000; ++i)
        squares += std::pow(noisy.train.targets[i] - weight * static_cast<double>(noisy.train.values[i]), 2);
    EXPECT_NEAR(std::sqrt(squares / 4000), 3, 0.17);  // known to 1.1 %
}

TEST(LeastSquares, DependsOnItsSeedAlone) {
    const LeastSquaresConfig config{.samples = 10, .features = 5};
    EXPECT_EQ(load(config).train.values, load(config).train.values);
    EXPECT_NE(load(config).train.values,
              load(LeastSquaresConfig{.samples = 10, .features = 5, .seed = 2}).train.values);
    // More samples go on where fewer ended.
    const Dataset more = load(LeastSquaresConfig{.samples = 20, .features = 5});
    EXPECT_TRUE(
        std::equal(more.train.values.begin(), more.train.values.begin() + 50, load(config).train.values.begin()));
}

TEST(LeastSquares, NamesTheKeyOfAnImpossibleSize) {
    EXPECT_EQ(error_of({.samples = 0}), "workload.dataset.samples is 0; allowed: 1 to 10000000");
    EXPECT_EQ(error_of({.samples = 10'000'000, .features = 65536}),
              "workload.dataset.samples is 10000000; allowed: 1 to 32768 of 65536 features (2^31 values)");
    EXPECT_EQ(error_of({.condition = 0.5}), "workload.dataset.condition is 0.5; allowed: 1 to 1e+12");
    EXPECT_EQ(error_of({.noise = -1}), "workload.dataset.noise is -1; allowed: 0 to 1e+12");
}

TEST(NormalDeviate, HasTheMomentsOfTheNormalDistribution) {
    constexpr int draws = 100000;
    double moments[5] = {};
    for (std::uint64_t i = 0; i < draws; ++i) {
        const double x = arithmetic::normal_deviate({3, 4}, i);
        for (int power = 1; power <= 4; ++power) moments[power] += std::pow(x, power) / draws;
    }
    // Five standard deviations of each moment: sqrt((E x^2p - (E x^p)^2) / draws).
    EXPECT_NEAR(moments[1], 0, 5 * std::sqrt(1.0 / draws));
    EXPECT_NEAR(moments[2], 1, 5 * std::sqrt(2.0 / draws));
    EXPECT_NEAR(moments[3], 0, 5 * std::sqrt(15.0 / draws));
    EXPECT_NEAR(moments[4], 3, 5 * std::sqrt(96.0 / draws));
}

}  // namespace
}  // namespace ulpsim::workloads

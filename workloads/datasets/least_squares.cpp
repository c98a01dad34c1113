#include <cmath>
#include <sstream>

#include "models/arithmetic/elementary.hpp"
#include "models/arithmetic/error.hpp"
#include "models/arithmetic/normal_deviate.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

// Operation numbers below 2^63 are a run's; initial weights are drawn from 2^63 on, batches from 3 * 2^62 on.
constexpr std::uint64_t first_draw = std::uint64_t{5} << 61;

template <class Value>
void range(const char* key, Value value, Value least, Value most) {
    if (value >= least && value <= most) return;
    std::ostringstream text;
    text << "workload.dataset." << key << " is " << value << "; allowed: " << least << " to " << most;
    throw Error(text.str());
}

double uniform(arithmetic::RandomKey key, std::uint64_t element) {
    return (static_cast<double>(arithmetic::random_word(key, element, 0, arithmetic::Stream::other)) + 0.5) * 0x1p-31 -
           1;
}

std::vector<double> feature_scales(const LeastSquaresConfig& config) {
    std::vector<double> scales(config.features, 1);
    const double slope = -arithmetic::logarithm(config.condition) / (2 * static_cast<double>(config.features - 1));
    for (std::uint64_t j = 1; j < config.features; ++j)
        scales[j] = arithmetic::exponential(slope * static_cast<double>(j));
    return scales;
}

}  // namespace

Dataset load(const LeastSquaresConfig& config) {
    range<std::uint64_t>("samples", config.samples, 1, 10'000'000);
    range<std::uint64_t>("features", config.features, 1, 65536);
    if (constexpr std::uint64_t most = std::uint64_t{1} << 31; config.samples > most / config.features)
        throw Error("workload.dataset.samples is " + std::to_string(config.samples) + "; allowed: 1 to " +
                    std::to_string(most / config.features) + " of " + std::to_string(config.features) +
                    " features (2^31 values)");
    range("condition", config.condition, 1.0, 1e12);
    range("noise", config.noise, 0.0, 1e12);
    const arithmetic::RandomKey values{config.seed, first_draw}, weights{config.seed, first_draw + 1},
        noise{config.seed, first_draw + 2};
    const std::vector<double> scales = feature_scales(config);
    std::vector<double> truth(config.features);
    for (std::uint64_t j = 0; j < config.features; ++j) truth[j] = uniform(weights, j);
    Samples samples{.features = config.features, .values = {}, .labels = {}};
    samples.values.reserve(config.samples * config.features);
    for (std::uint64_t i = 0; i < config.samples; ++i) {
        double target = config.noise * arithmetic::normal_deviate(noise, i);
        for (std::uint64_t j = 0; j < config.features; ++j) {
            const double deviate = arithmetic::normal_deviate(values, i * config.features + j);
            samples.values.push_back(static_cast<float>(scales[j] * deviate));
            target += static_cast<double>(samples.values.back()) * truth[j];
        }
        samples.targets.push_back(target);
    }
    return {.name = "least_squares", .classes = 0, .train = std::move(samples), .test = {}};
}

}  // namespace ulpsim::workloads

#include "workloads/datasets/dataset.hpp"

#include <algorithm>

namespace ulpsim::workloads {
namespace {

// In the order of DatasetConfig's alternatives.
const std::vector<std::string>& names() {
    static const std::vector<std::string> all{"fashion_mnist", "least_squares", "csv", "libsvm", "npy"};
    return all;
}

}  // namespace

std::span<const float> Samples::row(std::uint64_t sample, std::vector<float>& room) const {
    if (codes.empty()) return std::span(values).subspan(sample * features, features);
    room.resize(features);
    std::ranges::transform(std::span(codes).subspan(sample * features, features), room.begin(),
                           [&](std::uint8_t code) { return code_values[code]; });
    return room;
}

Samples Samples::first(std::uint64_t count) const {
    Samples some{.features = features, .values = {}, .labels = {}, .code_values = code_values};
    const auto copy = [&](const auto& from, std::uint64_t each, auto& to) {
        if (!from.empty()) to.assign(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count * each));
    };
    copy(values, features, some.values);
    copy(codes, features, some.codes);
    copy(labels, 1, some.labels);
    copy(targets, 1, some.targets);
    return some;
}

Dataset load(const DatasetConfig& config) {
    return std::visit([](const auto& source) { return load(source); }, config);
}

std::string dataset_name(const DatasetConfig& config) { return names()[config.index()]; }

std::vector<std::string> dataset_names() { return names(); }

}  // namespace ulpsim::workloads

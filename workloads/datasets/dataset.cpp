#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

// In the order of DatasetConfig's alternatives.
const std::vector<std::string>& names() {
    static const std::vector<std::string> all{"fashion_mnist", "least_squares", "csv", "libsvm", "npy"};
    return all;
}

}  // namespace

Dataset load(const DatasetConfig& config) {
    return std::visit([](const auto& source) { return load(source); }, config);
}

std::string dataset_name(const DatasetConfig& config) { return names()[config.index()]; }

std::vector<std::string> dataset_names() { return names(); }

}  // namespace ulpsim::workloads

#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace ulpsim::workloads {

/// A fully connected layer: y = activation(x W^T + b), W is outputs x inputs.
struct DenseLayer {
    std::string name;  ///< fc1, fc2, ...
    std::uint64_t inputs = 0, outputs = 0;
    bool relu = false;
};

/// What the last layer's output is measured by.
enum class Loss : std::uint8_t {
    cross_entropy,  ///< of the softmax, against the class
    squared_error,  ///< half the square of what is missing to the target
};

struct Network {
    std::string name;
    std::vector<DenseLayer> layers;
    Loss loss = Loss::cross_entropy;
    std::uint64_t parameters() const;
    std::uint64_t forward_macs() const;  ///< a sample
};

/// What `workload.network` says: a name, or `layers` written out as output widths (the last one is the classes).
struct NetworkConfig {
    std::string name = "mlp";
    std::vector<std::uint64_t> widths;  ///< not empty: dense layers with ReLU between
};

/// mlp is 784-256-128-10, logistic_regression 784-10, linear_regression one output under the squared error, for data of
/// 0 classes. Throws Error when it does not fit `features` and `classes`.
Network build(const NetworkConfig& config, std::uint64_t features, std::uint64_t classes);
std::vector<std::string> network_names();

}  // namespace ulpsim::workloads

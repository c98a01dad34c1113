#pragma once
#include <cstdint>
#include <vector>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"
#include "workloads/networks/network.hpp"

namespace ulpsim::workloads {

/// Initial weights, outputs x inputs, row-major: uniform in +-sqrt(6 / inputs) before a ReLU (He), in
/// +-sqrt(6 / (inputs + outputs)) otherwise (Glorot), as binary32 values. A pure function of the seed, the layer's
/// position in the network and the element: formats and machines do not enter. Biases start at 0.
std::vector<float> initial_weights(std::uint64_t seed, std::uint64_t layer_index, const DenseLayer& layer);

/// Row-major values packed densely in a format, rounded to nearest even (an expansion: term by term).
std::vector<std::uint8_t> packed(const std::vector<float>& values, std::uint64_t rows, std::uint64_t columns,
                                 const arithmetic::Format& format);

}  // namespace ulpsim::workloads

#include "workloads/layers/initialisation.hpp"

#include <cmath>

#include "models/arithmetic/packing.hpp"
#include "models/arithmetic/random_bits.hpp"
#include "workloads/executor/reserved_numbers.hpp"

namespace ulpsim::workloads {

std::vector<float> initial_weights(std::uint64_t seed, std::uint64_t layer_index, const DenseLayer& layer) {
    const std::uint64_t fan = layer.relu ? layer.inputs : layer.inputs + layer.outputs;
    const double limit = std::sqrt(6 / static_cast<double>(fan));
    const arithmetic::RandomKey key{seed, first_initialisation + layer_index};
    std::vector<float> values(layer.inputs * layer.outputs);
    for (std::uint64_t element = 0; element < values.size(); ++element) {
        const std::uint32_t word = arithmetic::random_bits(key, element, 0, arithmetic::Stream::other, 32);
        const double uniform = (static_cast<double>(word) + 0.5) * 0x1p-31 - 1;  // exact, in (-1, 1)
        values[element] = static_cast<float>(limit * uniform);
    }
    return values;
}

std::vector<std::uint8_t> packed(const std::vector<float>& values, std::uint64_t rows, std::uint64_t columns,
                                 const arithmetic::Format& format) {
    std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(format, rows, columns));
    const arithmetic::Matrix matrix = arithmetic::dense(format, bytes.data(), rows, columns);
    std::vector<double> row(columns);
    for (std::uint64_t i = 0; i < rows; ++i) {
        for (std::uint64_t j = 0; j < columns; ++j) row[j] = static_cast<double>(values[i * columns + j]);
        arithmetic::round_and_pack(format, arithmetic::rne, row.data(), 0, columns, {}, 0,
                                   matrix.bytes + i * matrix.pitch, matrix.plane);
    }
    return bytes;
}

}  // namespace ulpsim::workloads

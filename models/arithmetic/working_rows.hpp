#pragma once
#include <vector>

#include "models/arithmetic/packing.hpp"

namespace ulpsim::arithmetic {

/// Row `row` of one term, in binary64.
inline void unpack_row(const ConstMatrix& matrix, std::uint64_t row, std::uint64_t first, std::uint64_t count,
                       double* values, std::uint64_t term = 0) {
    unpack(matrix.format.element(), matrix.bytes + row * matrix.pitch + term * matrix.plane, first, count, values);
}
inline std::vector<double> unpack_row(const ConstMatrix& matrix, std::uint64_t row, std::uint64_t term = 0) {
    std::vector<double> values(matrix.columns);
    unpack_row(matrix, row, 0, matrix.columns, values.data(), term);
    return values;
}

/// The random bits of one rounding, 0 where it needs none.
inline std::uint32_t draw(Rounding rounding, RandomKey key, std::uint64_t element, std::uint64_t k, Stream stream) {
    return rounding.is_stochastic() ? random_bits(key, element, k, stream, rounding.random_bits) : 0;
}

}  // namespace ulpsim::arithmetic

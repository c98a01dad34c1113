#pragma once
#include "models/arithmetic/kernels/kernels.hpp"
#include "models/arithmetic/packing.hpp"

namespace ulpsim::arithmetic {

/// Elements worked on at a time, so that buffers stay in the first-level cache.
inline constexpr std::uint64_t row_piece = 512;

/// Rounds and encodes at most row_piece values into a row of `format` (one term), from element `first` on. Stochastic
/// bits: stream `other`, addition `k`, of elements first_element, ...
void encode_row(const Format& format, const kernels::Encoder<float>& encoder, const float* values, std::uint64_t first,
                std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row,
                std::uint64_t k = 0);
void encode_row(const Format& format, const kernels::Encoder<double>& encoder, const double* values,
                std::uint64_t first, std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row,
                std::uint64_t k = 0);

/// Calls body(first, count) on pieces of first .. first + count.
template <class Body>
void for_each_piece(std::uint64_t first, std::uint64_t count, Body body) {
    for (std::uint64_t done = 0; done < count; done += row_piece)
        body(first + done, count - done < row_piece ? count - done : row_piece);
}

}  // namespace ulpsim::arithmetic

#pragma once
#include <array>
#include <cstdint>

#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

/// A fixed-point register that holds any sum of up to 2^60 binary64 values and products of two of them, exactly
/// (Kulisch accumulator). Slow, and obviously right: the reference for sums of more than two terms.
class ExactSum {
public:
    /// Terms have no tail (`sticky` is false). NaN, and infinities of both signs, make the sum NaN.
    void add(const Unrounded& term);
    /// The same, but cut towards zero to a multiple of 2^last_place.
    void add_cut(const Unrounded& term, int last_place);
    /// The sum, sticky below 126 bits. A sum of zeros of one sign keeps it; any other zero is +0, or -0 as told.
    Unrounded value(bool zero_is_negative) const;

private:
    static constexpr int lowest_exponent = -2148;  // the smallest product of two binary64 values
    static constexpr int words = (2148 + 2048 + 64) / 64 + 1;

    std::array<std::uint64_t, words> words_{};  // two's complement, least significant first
    bool positive_zero_ = false, negative_zero_ = false, nonzero_ = false;
    bool positive_infinity_ = false, negative_infinity_ = false, nan_ = false;
};

}  // namespace ulpsim::arithmetic

#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>

namespace ulpsim::arithmetic {

/// 2^exponent, -1074 <= exponent <= 1023.
constexpr double power_of_two(int exponent) {
    return std::bit_cast<double>(exponent >= -1022 ? static_cast<std::uint64_t>(exponent + 1023) << 52
                                                   : std::uint64_t{1} << (exponent + 1074));
}

/// A finite double as (-1)^negative * significand * 2^exponent with a significand below 2^53.
struct Binary64Parts {
    bool negative;
    int exponent;
    std::uint64_t significand;
};
constexpr Binary64Parts parts_of(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const int field = static_cast<int>(bits >> 52 & 0x7ff);
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
    return {bits >> 63 != 0, std::max(field, 1) - 1075, field == 0 ? fraction : fraction | std::uint64_t{1} << 52};
}

}  // namespace ulpsim::arithmetic

#include "models/memory/clock.hpp"

#include <cmath>

namespace ulpsim::models {

std::uint64_t picoseconds_of_cycles(std::uint64_t cycles, double clock_mhz) {
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(cycles) * 1e6 / clock_mhz));
}

std::uint64_t picoseconds_of_bytes(std::uint64_t bytes, double bytes_per_second) {
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) * 1e12 / bytes_per_second));
}

}  // namespace ulpsim::models

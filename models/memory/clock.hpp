#pragma once
#include <cstdint>

namespace ulpsim::models {

/// Picoseconds that `cycles` of a clock take, rounded once to the nearest: call it once a burst, not once a cycle (333
/// MHz is no whole number of picoseconds). clock_mhz > 0.
std::uint64_t picoseconds_of_cycles(std::uint64_t cycles, double clock_mhz);

/// Picoseconds that `bytes` take at a rate, rounded up: a resource is not free before its last byte has left.
std::uint64_t picoseconds_of_bytes(std::uint64_t bytes, double bytes_per_second);

}  // namespace ulpsim::models

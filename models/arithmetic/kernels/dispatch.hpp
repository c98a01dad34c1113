#pragma once
#include <cstdint>

namespace ulpsim::arithmetic::kernels {

/// Which instructions the kernels may use. All levels give the same bits.
enum class Level : std::uint8_t {
    plain,   ///< what every CPU of the architecture has
    avx2,    ///< AVX2, FMA and F16C
    avx512,  ///< AVX-512 F, DQ, BW and VL
};

/// The best level of this CPU, or the cap where that is lower.
Level level();
/// For tests and benchmarks: levels above `cap` are not used from now on.
void cap_level(Level cap);

}  // namespace ulpsim::arithmetic::kernels

#if defined(__x86_64__)
#include <immintrin.h>

#include <limits>

#include "models/arithmetic/kernels/kernels.hpp"

#define ULPSIM_INLINE [[gnu::always_inline]] inline
#define ULPSIM_TARGET __attribute__((target("avx2,fma,bmi2")))

namespace ulpsim::arithmetic::kernels {
namespace {

constexpr std::size_t vector_bytes = 32;
using Floats __attribute__((vector_size(32))) = float;

// 12 vectors of accumulators, two of columns, one of a row: 15 of 16 registers.
constexpr std::size_t large_rows = 6, small_rows = 2;

// Each builds on those before it.
// clang-format off
#include "models/arithmetic/kernels/narrowing.inc"
#include "models/arithmetic/kernels/binary64_sum.inc"
// clang-format on

ULPSIM_TARGET ULPSIM_INLINE Floats broadcast(float x) { return _mm256_set1_ps(x); }
ULPSIM_TARGET ULPSIM_INLINE Floats fused(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }

// Each builds on those before it.
// clang-format off
#include "models/arithmetic/kernels/rounding.inc"
#include "models/arithmetic/kernels/code_loops.inc"
#include "models/arithmetic/kernels/product_loops.inc"
#include "models/arithmetic/kernels/update_loops.inc"
// clang-format on

}  // namespace

const Kernels avx2_kernels = with_update_loops(with_tiles(with_code_loops(Kernels{})));

}  // namespace ulpsim::arithmetic::kernels
#endif

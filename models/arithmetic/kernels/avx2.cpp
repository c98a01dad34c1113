#if defined(__x86_64__)
#include <immintrin.h>

#include <limits>
#include <type_traits>

#include "models/arithmetic/kernels/kernels.hpp"

#define ULPSIM_INLINE [[gnu::always_inline]] inline
#define ULPSIM_TARGET __attribute__((target("avx2,fma,f16c,bmi2")))

namespace ulpsim::arithmetic::kernels {
namespace {

constexpr std::size_t vector_bytes = 32;
using Floats __attribute__((vector_size(32))) = float;
using FloatWords __attribute__((vector_size(32))) = std::uint32_t;

constexpr std::size_t large_rows = 12, small_rows = 4;
// 12 accumulators of 16 registers: with two vectors of columns and one of a row for the fused step; with one vector of
// columns, the row, constants and intermediate results for the others.
constexpr Pass fused_pass{6, 2}, step_pass{12, 1}, stochastic_pass{6, 1};

// Each builds on those before it.
// clang-format off
#include "models/arithmetic/kernels/narrowing.inc"
#include "models/arithmetic/kernels/binary64_sum.inc"
// clang-format on

ULPSIM_TARGET ULPSIM_INLINE Floats broadcast(float x) { return _mm256_set1_ps(x); }
ULPSIM_TARGET ULPSIM_INLINE Floats fused(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }

/// The rounding is a mode of the CPU. What it is set for must not be inlined: compilers know nothing of the mode.
class TowardsZero {
public:
    TowardsZero() { _mm_setcsr(before_ | _MM_ROUND_TOWARD_ZERO); }
    ~TowardsZero() { _mm_setcsr(before_); }
    TowardsZero(const TowardsZero&) = delete;
    TowardsZero& operator=(const TowardsZero&) = delete;

private:
    unsigned before_ = _mm_getcsr();
};
ULPSIM_TARGET ULPSIM_INLINE Floats truncated_sum(Floats a, Floats b, Floats c) { return fused(a, b, c); }

/// Rounding a binary32 sum again is wrong only where binary32 made it a midpoint of the format. Then, rarely, the sums
/// are formed in binary64.
[[gnu::noinline, gnu::cold]] ULPSIM_TARGET Floats narrow_sum_slowly(const StepConstants& constants, Floats a, Floats b,
                                                                    Floats c) {
    return binary64_sum(constants, a, b, c);
}
ULPSIM_TARGET ULPSIM_INLINE bool any(__m256i lanes_of_ones) {
    return _mm256_testz_si256(lanes_of_ones, lanes_of_ones) == 0;
}
ULPSIM_TARGET ULPSIM_INLINE __m256i is_midpoint(const StepConstants& constants, __m256i bits) {
    const int last_place = 1 << constants.narrow.shift;
    const __m256i dropped = _mm256_and_si256(bits, _mm256_set1_epi32(last_place - 1));
    return _mm256_cmpeq_epi32(dropped, _mm256_set1_epi32(last_place / 2));
}
/// Subnormal results have other midpoints.
ULPSIM_TARGET ULPSIM_INLINE Floats narrow_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    const Floats sum = fused(a, b, c);
    const __m256i bits = _mm256_castps_si256(sum);
    const __m256i magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7fffffff));
    const __m256i is_small =
        _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(constants.narrow.smallest_normal)), magnitude);
    const __m256i is_zero = _mm256_cmpeq_epi32(magnitude, _mm256_setzero_si256());
    const __m256i doubtful = _mm256_or_si256(is_midpoint(constants, bits), _mm256_andnot_si256(is_zero, is_small));
    if (any(doubtful)) [[unlikely]]
        return narrow_sum_slowly(constants, a, b, c);
    return narrowed<Floats, FloatWords>(constants.narrow, sum);
}
ULPSIM_TARGET ULPSIM_INLINE Floats split_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return narrow_sum(constants, a, b, c);
}
ULPSIM_TARGET ULPSIM_INLINE Floats mantissa_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    const Floats sum = fused(a, b, c);
    if (any(is_midpoint(constants, _mm256_castps_si256(sum)))) [[unlikely]]
        return narrow_sum_slowly(constants, a, b, c);
    return narrowed_mantissa<Floats, FloatWords>(constants.narrow, sum);
}

/// To fp16 and back: subnormals, overflow and specials are the instruction's, and so is the rounding mode.
ULPSIM_TARGET ULPSIM_INLINE Floats by_half(Floats x) {
    return _mm256_cvtph_ps(_mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}
ULPSIM_TARGET ULPSIM_INLINE Floats half_sum(const StepConstants&, Floats a, Floats b, Floats c) {
    return by_half(fused(a, b, c));
}
/// t = the sum cut to 24 bits; t - ab, cut as well, is c just where t is exact. Where |c| >= |ab| it lies between 0 and
/// c, and is less than c in magnitude if anything was cut; where |ab| > |c|, ab having at most 24 bits, t - ab is exact
/// (Fast2Sum with a faithful sum). What was cut makes the last bit odd. An infinite sum cuts nothing, and comparing
/// with the NaN that it leaves says so.
struct OddHalfStep {
    using Guard = TowardsZero;
    explicit OddHalfStep(const StepConstants&) {}
    ULPSIM_TARGET ULPSIM_INLINE Floats operator()(Floats a, Floats b, Floats c) const {
        const __m256 cut = _mm256_fmadd_ps(a, b, c);
        const __m256 rest = _mm256_fnmadd_ps(a, b, cut);
        const __m256i is_inexact = _mm256_castps_si256(_mm256_cmp_ps(rest, c, _CMP_NEQ_OQ));
        const __m256 sticky = _mm256_castsi256_ps(_mm256_srli_epi32(is_inexact, 31));
        return by_half(_mm256_or_ps(cut, sticky));
    }
};

/// E = the power of two of the larger of the sum and the smallest normal value: E 1.5 2^k plus the sum rounds it at the
/// wanted place. The sign of a zero is lost on the way: it is that of the sum.
ULPSIM_TARGET ULPSIM_INLINE Floats gradual_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    const __m256 sum = fused(a, b, c);
    const __m256 power = _mm256_max_ps(_mm256_and_ps(sum, _mm256_castsi256_ps(_mm256_set1_epi32(0x7f800000))),
                                       _mm256_set1_ps(constants.smallest_normal));
    const __m256 magic = _mm256_set1_ps(1.5f * (constants.splitter - 1));
    const __m256 shifted = _mm256_fmadd_ps(power, magic, sum);
    const __m256 rounded = _mm256_fnmadd_ps(power, magic, shifted);
    return _mm256_or_ps(rounded, _mm256_and_ps(sum, _mm256_set1_ps(-0.0f)));
}

ULPSIM_TARGET ULPSIM_INLINE Floats finite_or_zero(Floats x) {
    const FloatWords bits = __builtin_bit_cast(FloatWords, x + 0.0f);
    const auto is_finite = (bits & 0x7fffffffu) < 0x7f800000u;
    return __builtin_bit_cast(Floats, bits & __builtin_bit_cast(FloatWords, is_finite));
}

// What g++ 12 makes of __builtin_convertvector here is several times slower.
template <class Words, class Codes>
ULPSIM_TARGET ULPSIM_INLINE Words widened_codes(Codes codes) {
    if constexpr (sizeof(Codes) == 8)
        return __builtin_bit_cast(Words, _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(__builtin_bit_cast(long long, codes))));
    else if constexpr (sizeof(Codes) == 16)
        return __builtin_bit_cast(Words, _mm256_cvtepu16_epi32(__builtin_bit_cast(__m128i, codes)));
    else
        return codes;
}
/// The low bytes of each half's words come together, then those of both halves.
template <class Codes, class Words>
ULPSIM_TARGET ULPSIM_INLINE Codes narrowed_codes(Words words) {
    constexpr char n = -1;
    if constexpr (sizeof(Codes) == 8) {
        const __m256i low_bytes = _mm256_setr_epi8(0, 4, 8, 12, n, n, n, n, n, n, n, n, n, n, n, n,  //
                                                   0, 4, 8, 12, n, n, n, n, n, n, n, n, n, n, n, n);
        const __m256i bytes = _mm256_shuffle_epi8(__builtin_bit_cast(__m256i, words), low_bytes);
        const __m128i joined_halves =
            _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
        return __builtin_bit_cast(Codes, _mm_cvtsi128_si64(joined_halves));
    } else if constexpr (sizeof(Codes) == 16) {
        const __m256i low_pairs = _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, n, n, n, n, n, n, n, n,  //
                                                   0, 1, 4, 5, 8, 9, 12, 13, n, n, n, n, n, n, n, n);
        const __m256i pairs = _mm256_shuffle_epi8(__builtin_bit_cast(__m256i, words), low_pairs);
        return __builtin_bit_cast(
            Codes, _mm_unpacklo_epi64(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
    } else {
        return words;
    }
}

// Each builds on those before it.
// clang-format off
#include "models/arithmetic/kernels/rounding.inc"
#include "models/arithmetic/kernels/code_loops.inc"
#include "models/arithmetic/kernels/product_loops.inc"
#include "models/arithmetic/kernels/stochastic_loops.inc"
#include "models/arithmetic/kernels/tree_loops.inc"
#include "models/arithmetic/kernels/update_loops.inc"
// clang-format on

}  // namespace

const Kernels avx2_kernels =
    with_update_loops(with_tree_tiles(with_stochastic_tiles(with_tiles(with_code_loops(Kernels{})))));

}  // namespace ulpsim::arithmetic::kernels
#endif

#if defined(__x86_64__)
#include <immintrin.h>

#include <limits>
#include <type_traits>

#include "models/arithmetic/kernels/kernels.hpp"

#define ULPSIM_INLINE [[gnu::always_inline]] inline
#define ULPSIM_TARGET \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi2,prefer-vector-width=512")))

namespace ulpsim::arithmetic::kernels {
namespace {

constexpr std::size_t vector_bytes = 64;
using Floats __attribute__((vector_size(64))) = float;
using FloatWords __attribute__((vector_size(64))) = std::uint32_t;

// 12 accumulators hide the latency of even the longest step, and leave registers for constants.
constexpr std::size_t large_rows = 12, small_rows = 4;
constexpr Pass fused_pass{12, 1}, step_pass{12, 1}, stochastic_pass{12, 1};

// Each builds on those before it.
// clang-format off
#include "models/arithmetic/kernels/narrowing.inc"
// clang-format on

ULPSIM_TARGET ULPSIM_INLINE Floats broadcast(float x) { return _mm512_set1_ps(x); }
ULPSIM_TARGET ULPSIM_INLINE Floats fused(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }

/// a * b + c rounded to odd: of the sum rounded down and the sum rounded up, the odd one; where they are equal (zero is
/// +0 up and -0 down), the upper one.
ULPSIM_TARGET ULPSIM_INLINE Floats odd_floats(Floats a, Floats b, Floats c) {
    const __m512 down = _mm512_fmadd_round_ps(a, b, c, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    const __m512 up = _mm512_fmadd_round_ps(a, b, c, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
    const __mmask16 down_is_odd = _mm512_test_epi32_mask(_mm512_castps_si512(down), _mm512_set1_epi32(1));
    return _mm512_mask_mov_ps(up, down_is_odd, down);
}
ULPSIM_TARGET ULPSIM_INLINE Floats odd_sum(Floats x, Floats y) { return odd_floats(broadcast(1), x, y); }
constexpr int odd_floor = -149;

/// The rounding is in the instruction.
struct TowardsZero {};
ULPSIM_TARGET ULPSIM_INLINE Floats truncated_sum(Floats a, Floats b, Floats c) {
    return _mm512_fmadd_round_ps(a, b, c, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

ULPSIM_TARGET ULPSIM_INLINE Floats narrow_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return narrowed<Floats, FloatWords>(constants.narrow, odd_floats(a, b, c));
}

ULPSIM_TARGET ULPSIM_INLINE Floats mantissa_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return narrowed_mantissa<Floats, FloatWords>(constants.narrow, odd_floats(a, b, c));
}

/// Splitting at the last place of the larger of the sum and the smallest normal value. The sign of a zero is lost on
/// the way: it is that of the sum.
ULPSIM_TARGET ULPSIM_INLINE Floats split_gradually(const StepConstants& constants, Floats sum) {
    constexpr int larger_magnitude_with_the_first_sign = 0b0011;
    const __m512 place =
        _mm512_range_ps(sum, _mm512_set1_ps(constants.smallest_normal), larger_magnitude_with_the_first_sign);
    const __m512 shifted = _mm512_mul_ps(place, _mm512_set1_ps(constants.splitter));
    const __m512 rounded = _mm512_sub_ps(shifted, _mm512_sub_ps(shifted, sum));
    const __m512i sign = _mm512_set1_epi32(static_cast<int>(0x80000000u));
    constexpr int first_or_second_and_third = 0xf8;
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(_mm512_castps_si512(rounded), _mm512_castps_si512(sum), sign,
                                                         first_or_second_and_third));
}
ULPSIM_TARGET ULPSIM_INLINE Floats gradual_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return split_gradually(constants, fused(a, b, c));
}

/// To fp16 and back: subnormals, overflow and specials are the instruction's.
ULPSIM_TARGET ULPSIM_INLINE Floats by_half(Floats x) {
    return _mm512_cvtph_ps(_mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
ULPSIM_TARGET ULPSIM_INLINE Floats half_sum(const StepConstants&, Floats a, Floats b, Floats c) {
    return by_half(fused(a, b, c));
}
struct OddHalfStep {
    struct Guard {};
    explicit OddHalfStep(const StepConstants&) {}
    ULPSIM_TARGET ULPSIM_INLINE Floats operator()(Floats a, Floats b, Floats c) const {
        return by_half(odd_floats(a, b, c));
    }
};
ULPSIM_TARGET ULPSIM_INLINE Floats split_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return split_gradually(constants, odd_floats(a, b, c));
}

ULPSIM_TARGET ULPSIM_INLINE Floats finite_or_zero(Floats x) {
    constexpr int nan_or_infinite = 0x99;
    const __mmask16 is_finite = _knot_mask16(_mm512_fpclass_ps_mask(x, nan_or_infinite));
    return _mm512_maskz_add_ps(is_finite, x, _mm512_setzero_ps());
}

// What g++ 12 makes of __builtin_convertvector here is several times slower.
template <class Words, class Codes>
ULPSIM_TARGET ULPSIM_INLINE Words widened_codes(Codes codes) {
    if constexpr (sizeof(Codes) == 16)
        return __builtin_bit_cast(Words, _mm512_cvtepu8_epi32(__builtin_bit_cast(__m128i, codes)));
    else if constexpr (sizeof(Codes) == 32)
        return __builtin_bit_cast(Words, _mm512_cvtepu16_epi32(__builtin_bit_cast(__m256i, codes)));
    else
        return codes;
}
template <class Codes, class Words>
ULPSIM_TARGET ULPSIM_INLINE Codes narrowed_codes(Words words) {
    if constexpr (sizeof(Codes) == 16)
        return __builtin_bit_cast(Codes, _mm512_cvtepi32_epi8(__builtin_bit_cast(__m512i, words)));
    else if constexpr (sizeof(Codes) == 32)
        return __builtin_bit_cast(Codes, _mm512_cvtepi32_epi16(__builtin_bit_cast(__m512i, words)));
    else
        return words;
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

const Kernels avx512_kernels =
    with_update_loops(with_tree_tiles(with_stochastic_tiles(with_tiles(with_code_loops(Kernels{})))));

}  // namespace ulpsim::arithmetic::kernels
#endif

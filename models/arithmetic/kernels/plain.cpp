#include <limits>
#include <type_traits>

#include "models/arithmetic/kernels/kernels.hpp"

#define ULPSIM_INLINE [[gnu::always_inline]] inline
#define ULPSIM_TARGET

namespace ulpsim::arithmetic::kernels {
namespace {

constexpr std::size_t vector_bytes = 16;
using Floats __attribute__((vector_size(16))) = float;

constexpr std::size_t large_rows = 2, small_rows = 1;
constexpr Pass fused_pass{2, 4}, step_pass{2, 4}, stochastic_pass{2, 4};

// Each builds on those before it.
// clang-format off
#include "models/arithmetic/kernels/narrowing.inc"
#include "models/arithmetic/kernels/binary64_sum.inc"
// clang-format on

ULPSIM_INLINE Floats broadcast(float x) { return Floats{x, x, x, x}; }
/// Rounding to odd at 53 bits, then to nearest at 24, is rounding once (Boldo and Melquiond, 2008).
ULPSIM_INLINE Floats fused(Floats a, Floats b, Floats c) {
    return joined(odd_double(widened<false>(a), widened<false>(b), widened<false>(c)),
                  odd_double(widened<true>(a), widened<true>(b), widened<true>(c)));
}

ULPSIM_INLINE Floats narrow_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return binary64_sum(constants, a, b, c);
}
ULPSIM_INLINE Floats split_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return binary64_sum(constants, a, b, c);
}
ULPSIM_INLINE Floats mantissa_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return binary64_sum(constants, a, b, c);
}

struct TowardsZero {};
/// Rounded to odd it serves as well: what is cut afterwards is the same.
ULPSIM_INLINE Floats truncated_sum(Floats a, Floats b, Floats c) { return odd_floats(a, b, c); }
ULPSIM_INLINE Floats gradual_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return narrow_sum(constants, a, b, c);
}
ULPSIM_INLINE Floats half_sum(const StepConstants& constants, Floats a, Floats b, Floats c) {
    return narrow_sum(constants, a, b, c);
}
struct OddHalfStep {
    struct Guard {};
    StepConstants constants;
    explicit OddHalfStep(const StepConstants& step_constants) : constants(step_constants) {}
    ULPSIM_INLINE Floats operator()(Floats a, Floats b, Floats c) const { return narrow_sum(constants, a, b, c); }
};

ULPSIM_INLINE Floats finite_or_zero(Floats x) {
    using FloatWords __attribute__((vector_size(vector_bytes))) = std::uint32_t;
    const FloatWords bits = __builtin_bit_cast(FloatWords, x + 0.0f);
    const auto is_finite = (bits & 0x7fffffffu) < 0x7f800000u;
    return __builtin_bit_cast(Floats, bits & __builtin_bit_cast(FloatWords, is_finite));
}

/// Compilers widen and narrow vectors of integers well enough without instructions for it.
template <class Words, class Codes>
ULPSIM_INLINE Words widened_codes(Codes codes) {
    return __builtin_convertvector(codes, Words);
}
template <class Codes, class Words>
ULPSIM_INLINE Codes narrowed_codes(Words words) {
    return __builtin_convertvector(words, Codes);
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

const Kernels plain_kernels =
    with_update_loops(with_tree_tiles(with_stochastic_tiles(with_tiles(with_code_loops(Kernels{})))));

const Kernels& kernels() {
    switch (level()) {
#if defined(__x86_64__)
        case Level::avx512:
            return avx512_kernels;
        case Level::avx2:
            return avx2_kernels;
#endif
        default:
            return plain_kernels;
    }
}

}  // namespace ulpsim::arithmetic::kernels

#pragma once
#include <cstddef>
#include <cstdint>

#include "models/arithmetic/kernels/codec.hpp"
#include "models/arithmetic/kernels/dispatch.hpp"

namespace ulpsim::arithmetic::kernels {

/// One addition of an accumulator rounded to nearest even, held in binary32 (see step_choice.hpp for when each is right).
enum class Step : std::uint8_t {
    fused,          ///< binary32 accumulator: the hardware's fused multiply-add
    split,          ///< binary32 sum, rounded by Veltkamp's splitting: no subnormals, no overflow
    tracked_split,  ///< the same, and an overflow is reported
    gradual_split,  ///< binary32 sum, rounded by a splitting that minds subnormals: no overflow
    half,           ///< binary32 sum, converted to fp16 and back
    odd_half,       ///< sum rounded to odd, converted to fp16 and back
    odd_split,      ///< sum rounded to odd, then by a splitting that minds subnormals: no overflow
    odd_mantissa,   ///< sum rounded to odd, then its mantissa: formats with the range of binary32
    odd_integer,    ///< sum rounded to odd, then rounded by integer operations: any narrower format
};
inline constexpr std::size_t steps = 9;
struct StepConstants {
    float splitter = 0;         ///< 2^(23 - Y) + 1
    float smallest_normal = 0;  ///< of the accumulator
    Narrowing<float> narrow{};
    Narrowing<double> wide{};  ///< where the sum is formed in binary64
};

/// One addition of an accumulator rounded by srN or srcN.
enum class StochasticStep : std::uint8_t {
    cut_mantissa,  ///< srN of a sum cut to 24 bits, by its mantissa: no subnormals, no overflow
    cut,           ///< srN of a sum cut to 24 bits: any format
    odd,           ///< srN or srcN of a sum rounded to odd at 24 bits: any format
};
inline constexpr std::size_t stochastic_steps = 3;
/// Place in the tables of Kernels.
template <class AnyStep>
constexpr std::size_t index_of(AnyStep step) {
    return static_cast<std::size_t>(step);
}
struct StochasticConstants {
    Encoder<float> encoder;
    Decoder<float> decoder;
    unsigned draws_a_word,
        draw_bits;   ///< a word serves so many consecutive additions, with a field of so many bits each
    unsigned place;  ///< where the step wants the N bits in a word
};

/// Accumulators that a kernel holds in registers at a time.
struct Pass {
    std::size_t rows, vectors;
};

inline constexpr std::size_t tile_columns = 16;
inline constexpr std::size_t most_tile_rows = 12;

/// c[i][j] = c[i][j] (+) a[k][i] * b[k][j], k ascending, for one tile of binary32 accumulators. a: depth x tile_rows of
/// the level, b: depth x tile_columns, both packed. c: rows `pitch` bytes apart, any alignment. Where `start` is given
/// (tile_columns values), it is what every row holds before. NaN leaves as the canonical one. True if a tracked sum
/// may have overflowed: then c is of no use.
using TileProduct = bool (*)(std::size_t depth, const float* a, const float* b, const float* start, std::uint8_t* c,
                             std::size_t pitch, const StepConstants& constants);
/// The same with random bits: words[group][i][j], most_tile_rows rows a group, one group for draws_a_word additions; the
/// first takes field `draw`.
using StochasticTileProduct = void (*)(std::size_t depth, const float* a, const float* b, const float* start,
                                       std::uint8_t* c, std::size_t pitch, const StochasticConstants& constants,
                                       const std::uint32_t* words, unsigned draw);

/// The same by adjacent-pairs trees over `leaves` (2, 4, 8 or 16) products, the last one ragged, each node rounded as
/// the sums are; `rows` is a multiple of small_tile_rows. Products must be exact in binary32; nothing is tracked.
using TreeTileProduct = void (*)(std::size_t rows, std::size_t leaves, std::size_t depth, const float* a,
                                 const float* b, const float* start, std::uint8_t* c, std::size_t pitch,
                                 const StepConstants& constants);
inline constexpr std::size_t most_leaves = 16;

/// c[i][j] = c[i][j] (+) x[i][j], x dense with tile_columns columns.
using TileSum = void (*)(std::size_t rows, const float* x, std::uint8_t* c, std::size_t pitch,
                         const StepConstants& constants);
using StochasticTileSum = void (*)(std::size_t rows, const float* x, std::uint8_t* c, std::size_t pitch,
                                   const StochasticConstants& constants, const std::uint32_t* words, unsigned draw);

/// Of a weight update rounded to nearest, in one pass.
struct UpdateConstants {
    float unscale, weight_decay, momentum, minus_learning_rate;
    bool unscales_exactly;  ///< every gradient times `unscale` is a value of the state's format
    StepConstants state, element;
};

/// The kernels of one level.
struct Kernels {
    std::size_t tile_rows;                       ///< of full tiles, at most most_tile_rows
    std::size_t small_tile_rows;                 ///< of the last tile where few rows are left; divides tile_rows
    TileProduct tile[steps], small_tile[steps];  ///< by Step
    TileSum add_tile[steps];
    TreeTileProduct tree_tile[steps];  ///< none for tracked_split
    StochasticTileProduct stochastic_tile[stochastic_steps], small_stochastic_tile[stochastic_steps];
    StochasticTileSum add_stochastic_tile[stochastic_steps];

    void (*decode8)(const Decoder<float>&, const std::uint8_t* codes, std::size_t count, float* values);
    void (*decode16)(const Decoder<float>&, const std::uint8_t* codes, std::size_t count, float* values);
    void (*decode32)(const Decoder<float>&, const std::uint8_t* codes, std::size_t count, float* values);
    void (*decode64)(const Decoder<double>&, const std::uint8_t* codes, std::size_t count, double* values);
    /// `random` holds the N bits of each rounding, and is not read by deterministic ones.
    void (*encode8)(const Encoder<float>&, const float*, const std::uint32_t* random, std::size_t, std::uint8_t* codes);
    void (*encode16)(const Encoder<float>&, const float*, const std::uint32_t* random, std::size_t,
                     std::uint8_t* codes);
    void (*encode32)(const Encoder<float>&, const float*, const std::uint32_t* random, std::size_t,
                     std::uint8_t* codes);
    void (*encode64)(const Encoder<double>&, const double*, const std::uint32_t* random, std::size_t,
                     std::uint8_t* codes);
    void (*copy_canonical)(const std::uint8_t* from, std::size_t count, std::uint8_t* to);  ///< binary32, NaN canonical
    /// x > 0 ? x : +0, NaN stays; and mask > 0 ? x : +0.
    void (*relu)(std::size_t count, float* values);
    void (*pass_where_positive)(const float* mask, std::size_t count, float* values);
    float (*largest_magnitude)(const float* values, std::size_t count);  ///< NaN apart
    // Formats of 16 bits with the exponents of binary32 (bf16) are its upper half.
    void (*decode_upper)(const std::uint8_t* codes, std::size_t count, float* values);
    void (*encode_upper)(const float* exact_values, std::size_t count, std::uint8_t* codes);
    /// value * factor rounded to odd in binary64, an exact input for every rounding to at most 51 bits in all.
    void (*scale_to_odd)(double factor, std::size_t count, double* values);

    // Of the weight update. Buffers are aligned and hold a multiple of 16 values.
    void (*multiply_add[steps])(const StepConstants&, float a, const float* x, std::size_t count,
                                float* y);  ///< y = a x + y
    void (*sum_to_odd)(float a, const float* x, std::size_t count,
                       float* y);  ///< y = a x + y rounded to odd at 24 bits
    int odd_floor;                 ///< sums rounded to odd are right where they are 0 or at least 2^odd_floor
    void (*two_sum)(const Narrowing<float>&, std::size_t count, float* high, float* low);
    void (*fast_two_sum)(const Narrowing<float>&, std::size_t count, float* high, float* low);
    /// terms += d for expansions of 3 [0] and 4 [1] terms, `last` being rne; d is lost.
    void (*add_to_terms[2])(const Narrowing<float>&, std::size_t count, float* const* terms, const float* d);
    // Whole updates for a state of binary32 [0] or of a full_range format [1]; how many elements had a gradient that is
    // not zero and did not change.
    std::size_t (*update_values[2])(const UpdateConstants&, std::size_t count, const float* gradient, float* velocity,
                                    float* master);
    std::size_t (*update_pairs[2])(const UpdateConstants&, std::size_t count, const float* gradient, float* velocity,
                                   float* high, float* low, float* weight);
    void (*note_changes)(const float* before, const float* after, std::size_t count, std::uint32_t* changed);
    std::size_t (*count_unchanged)(const float* gradient, const std::uint32_t* changed, std::size_t count);
};

extern const Kernels plain_kernels;
#if defined(__x86_64__)
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;
#endif

/// Those of level().
const Kernels& kernels();

}  // namespace ulpsim::arithmetic::kernels

#pragma once
#include <cstddef>
#include <cstdint>

#include "models/arithmetic/kernels/codec.hpp"
#include "models/arithmetic/kernels/dispatch.hpp"

namespace ulpsim::arithmetic::kernels {

/// One addition of a rounded accumulator, held in binary32 (see step_choice.hpp for when each is right).
enum class Step : std::uint8_t {
    fused,         ///< binary32 accumulator: the hardware's fused multiply-add
    split,         ///< binary32 sum, rounded by Veltkamp's splitting: no subnormals, no overflow
    odd_split,     ///< sum rounded to odd, then by a splitting that minds subnormals: no overflow
    odd_mantissa,  ///< sum rounded to odd, then its mantissa: formats with the range of binary32
    odd_integer,   ///< sum rounded to odd, then rounded by integer operations: any narrower format
};
inline constexpr std::size_t steps = 5;
struct StepConstants {
    float splitter = 0;         ///< 2^(23 - Y) + 1
    float smallest_normal = 0;  ///< of the accumulator
    Narrowing<float> narrow{};
    Narrowing<double> wide{};  ///< where the sum is formed in binary64
};

/// c[i][j] = c[i][j] (+) a[k][i] * b[k][j], k ascending, for one tile of tile_rows x tile_columns binary32
/// accumulators. a: depth x tile_rows, b: depth x tile_columns, both packed. c: rows `pitch` bytes apart, any
/// alignment. Where `start` is given (tile_columns values), it is what every row holds before. NaN leaves as the
/// canonical one.
using TileProduct = void (*)(std::size_t depth, const float* a, const float* b, const float* start, std::uint8_t* c,
                             std::size_t pitch, const StepConstants& constants);

/// c[i][j] = c[i][j] (+) x[i][j], x dense with tile_columns columns.
using TileSum = void (*)(std::size_t rows, const float* x, std::uint8_t* c, std::size_t pitch,
                         const StepConstants& constants);

inline constexpr std::size_t tile_columns = 16;
inline constexpr std::size_t most_tile_rows = 12;

/// The kernels of one level.
struct Kernels {
    std::size_t tile_rows;                       ///< of full tiles, at most most_tile_rows
    std::size_t small_tile_rows;                 ///< of the last tile where few rows are left; divides tile_rows
    TileProduct tile[steps], small_tile[steps];  ///< by Step
    TileSum add_tile[steps];

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

    // Of the weight update and of stochastic sums. Buffers are aligned and hold a multiple of 16 values.
    void (*multiply_add[steps])(const StepConstants&, float a, const float* x, std::size_t count,
                                float* y);  ///< y = a x + y
    void (*sum_to_odd)(float a, const float* x, std::size_t count,
                       float* y);  ///< y = a x + y rounded to odd at 24 bits
    /// y = a x + y rounded by srN, its bits in words >> shift, for the format of both constants.
    void (*stochastic_multiply_add)(const Encoder<float>&, const Decoder<float>&, float a, const float* x,
                                    const std::uint32_t* words, unsigned shift, std::size_t count, float* y);
    int odd_floor;  ///< sums rounded to odd are right where they are 0 or at least 2^odd_floor
    void (*two_sum)(const Narrowing<float>&, std::size_t count, float* high, float* low);
    void (*fast_two_sum)(const Narrowing<float>&, std::size_t count, float* high, float* low);
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

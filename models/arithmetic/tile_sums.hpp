#pragma once
#include <optional>

#include "models/arithmetic/kernels/step_choice.hpp"
#include "models/arithmetic/packing.hpp"
#include "models/arithmetic/random_bits.hpp"

namespace ulpsim::arithmetic {

/// How the additions of one kind of a matrix product are rounded.
struct TileRounding {
    kernels::Step step = kernels::Step::fused;
    kernels::StepConstants constants;
    std::optional<kernels::StochasticStep> stochastic_step;  ///< instead
    kernels::StochasticConstants stochastic_constants;
    RandomStream random;

    static TileRounding nearest(kernels::Step step, const Format& format);
    static TileRounding stochastic(kernels::StochasticStep step, const Format& format, Rounding rounding, RandomKey key,
                                   Stream stream);
};

/// All additions of a matrix product: what a tile needs to know.
struct TileSums {
    TileRounding inner, outer;              ///< outer: with chunks only
    std::uint64_t chunk = 0;                ///< products whose sum starts from +0 and is then added; 0: none
    std::uint64_t tree = 0;                 ///< products that a tree sums; 0: none
    std::optional<TileRounding> untracked;  ///< what redoes a tile in which a tracked sum overflowed
    Coordinates coordinates;                ///< of the whole result

    /// Panels may be cut at multiples of this many products.
    std::uint64_t granule() const { return chunk > 0 ? chunk : tree > 0 ? tree : 1; }
};

/// Part of the accumulators, binary32, in memory or in a buffer.
struct TileBlock {
    std::uint8_t* bytes;
    std::size_t pitch;
    std::uint64_t rows, columns;            ///< that exist
    std::uint64_t first_row, first_column;  ///< in the product
};

/// Adds `depth` products, the first being number k of the whole sum, to a tile of a block at (row, column): a large tile
/// or a small one, cut where the block ends. a, b: panels of the kernels; `start`: tile_columns values that the
/// accumulators hold before, or null for those in the block. With chunks or trees k is a multiple of one.
void add_to_tile(const TileSums& sums, bool small, std::uint64_t k, std::size_t depth, const float* a, const float* b,
                 const float* start, const TileBlock& block, std::uint64_t row, std::uint64_t column);

}  // namespace ulpsim::arithmetic

#pragma once
#include <compare>
#include <cstdint>

#include "models/accelerator/array_timing.hpp"
#include "models/arithmetic/packing.hpp"

namespace ulpsim::platform {

/// Bits that an element takes. The terms of an expansion lie in planes whose rows start at whole bytes, so theirs are
/// rounded up: at most 7 bits a row too many.
inline std::uint64_t tile_bits(const arithmetic::Format& format) {
    if (!format.is_expansion()) return arithmetic::stored_bits(format);
    return (static_cast<std::uint64_t>(format.width()) + 7) / 8 * 8 * format.terms;
}

/// A matrix product to be cut into tiles: what it moves and how wide its numbers are. An operand that stays in the
/// scratchpad has width 0: it takes no room and no traffic.
struct ProductShape {
    models::Gemm gemm;
    std::uint64_t a_bits = 0, b_bits = 0, mask_bits = 0, out_bits = 0;
    std::uint64_t accumulator_bits = 32;
    std::uint64_t k_granule = 1;    ///< k may be cut at multiples of this only
    std::uint64_t other_bytes = 0;  ///< of the scratchpad that the operation takes besides tiles
    std::uint64_t products = 1;     ///< of each element of k: more than one for expansions
    bool transpose_a = false, transpose_b = false;
    models::Dataflow dataflow = models::Dataflow::output_stationary;
    friend auto operator<=>(const ProductShape&, const ProductShape&) = default;
};

/// What the machine offers a tiling, for estimates.
struct TilingMachine {
    models::ArrayParameters array;
    double clock_mhz = 500;
    double bytes_per_second = 1e9;  ///< of bus and DRAM together
    unsigned vector_lanes = 16;
    std::uint64_t tile_bytes = 0;  ///< of the scratchpad, for tiles
    std::uint32_t slots = 2;       ///< of an operand that changes from tile to tile
};

/// Tile sizes, and which loop is inside. The tiles of k are innermost always.
struct Tiling {
    std::uint64_t m = 0, n = 0, k = 0;
    bool rows_inside = true;  ///< for n { for m {...}}; else for m { for n {...}}
    /// The whole operand is loaded once, the whole result (with the mask) kept until it is complete: one contiguous
    /// move instead of one a row of every tile.
    bool whole_a = false, whole_b = false, whole_c = false;
    /// How often the whole of A and of B is loaded.
    std::uint64_t a_loads = 1, b_loads = 1;
};

/// Slots of each operand: `slots` where it changes from tile to tile, one where it does not.
struct TilingSlots {
    std::uint32_t a = 1, b = 1, c = 1;
};
TilingSlots tiling_slots(const models::Gemm& gemm, const Tiling& tiling, std::uint32_t slots);
/// Scratchpad bytes of all slots.
std::uint64_t window_bytes(const ProductShape& shape, const Tiling& tiling, std::uint32_t slots);
/// Memory traffic that the tiling implies.
std::uint64_t load_bytes(const ProductShape& shape, const Tiling& tiling);

/// The tiling with the least estimated time (within a tenth of it: the fewest tiles) among those that split the streamed
/// dimension least. Half of the memory is left for the next operation's loads, unless the whole splits less or is faster by a
/// tenth. Pure.
/// Throws Error when not even the smallest tile fits.
Tiling choose_tiling(const ProductShape& shape, const TilingMachine& machine);

}  // namespace ulpsim::platform

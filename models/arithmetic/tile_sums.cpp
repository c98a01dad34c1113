#include "models/arithmetic/tile_sums.hpp"

#include <algorithm>
#include <cstring>

namespace ulpsim::arithmetic {
namespace {

using kernels::index_of;
using kernels::most_tile_rows;
using kernels::tile_columns;

constexpr std::size_t tile_values = most_tile_rows * tile_columns;

/// Accumulators of one whole tile.
struct Tile {
    bool small;
    std::uint8_t* bytes;
    std::size_t pitch;
    std::uint64_t first_row, first_column;  ///< in the product

    std::size_t rows() const {
        const auto& level = kernels::kernels();
        return small ? level.small_tile_rows : level.tile_rows;
    }
};

/// Groups of random words that are drawn at a time: what they fill stays in the first-level cache.
constexpr std::uint64_t groups_at_a_time = 8;

/// The first words of additions in [k, k + count) for each accumulator of a tile, as the kernels want them.
void draw_words(const TileSums& sums, const TileRounding& rounding, const Tile& tile, std::uint64_t first_word,
                std::uint64_t groups, std::uint32_t* words) {
    std::array<std::uint64_t, most_tile_rows> elements;
    const std::size_t rows = tile.rows();
    for (std::size_t i = 0; i < rows; ++i)
        elements[i] = sums.coordinates.element(tile.first_row + i, tile.first_column);
    for (std::uint64_t group = 0; group < groups; ++group)
        random_lines(rounding.random, elements.data(), rows, static_cast<std::uint32_t>(first_word + group),
                     words + group * tile_values);
}

void add_stochastic_products(const TileSums& sums, const TileRounding& rounding, const Tile& tile, std::uint64_t k,
                             std::size_t depth, const float* a, const float* b, const float* start) {
    const auto& level = kernels::kernels();
    const auto step = index_of(*rounding.stochastic_step);
    const auto run = tile.small ? level.small_stochastic_tile[step] : level.stochastic_tile[step];
    const std::uint64_t draws = rounding.stochastic_constants.draws_a_word;
    alignas(64) std::uint32_t words[groups_at_a_time * tile_values];
    do {
        const std::uint64_t first_word = k / draws, draw = k % draws;
        const std::size_t count = std::min<std::uint64_t>(depth, groups_at_a_time * draws - draw);
        const std::uint64_t groups = (draw + count + draws - 1) / draws;
        draw_words(sums, rounding, tile, first_word, groups, words);
        run(count, a, b, start, tile.bytes, tile.pitch, rounding.stochastic_constants, words,
            static_cast<unsigned>(draw));
        start = nullptr;
        k += count;
        depth -= count;
        a += count * level.tile_rows;
        b += count * tile_columns;
    } while (depth > 0);
}

/// True where a tracked sum may have overflowed.
bool add_products(const TileSums& sums, const TileRounding& rounding, const Tile& tile, std::uint64_t k,
                  std::size_t depth, const float* a, const float* b, const float* start) {
    if (rounding.stochastic_step) {
        add_stochastic_products(sums, rounding, tile, k, depth, a, b, start);
        return false;
    }
    const auto& level = kernels::kernels();
    const auto step = index_of(rounding.step);
    if (sums.tree > 0) {
        level.tree_tile[step](tile.rows(), sums.tree, depth, a, b, start, tile.bytes, tile.pitch, rounding.constants);
        return false;
    }
    const auto run = tile.small ? level.small_tile[step] : level.tile[step];
    return run(depth, a, b, start, tile.bytes, tile.pitch, rounding.constants);
}

void add_chunk(const TileSums& sums, const Tile& tile, std::uint64_t number, const float* inner) {
    const auto& level = kernels::kernels();
    const TileRounding& outer = sums.outer;
    if (!outer.stochastic_step)
        return level.add_tile[index_of(outer.step)](tile.rows(), inner, tile.bytes, tile.pitch, outer.constants);
    const std::uint64_t draws = outer.stochastic_constants.draws_a_word;
    alignas(64) std::uint32_t words[tile_values];
    draw_words(sums, outer, tile, number / draws, 1, words);
    level.add_stochastic_tile[index_of(*outer.stochastic_step)](tile.rows(), inner, tile.bytes, tile.pitch,
                                                                outer.stochastic_constants, words,
                                                                static_cast<unsigned>(number % draws));
}

void add_chunks(const TileSums& sums, const Tile& tile, std::uint64_t k, std::size_t depth, const float* a,
                const float* b) {
    alignas(64) static constexpr float zeros[tile_columns] = {};
    alignas(64) float values[tile_values];
    Tile inner = tile;
    inner.bytes = reinterpret_cast<std::uint8_t*>(values);
    inner.pitch = tile_columns * sizeof(float);
    const std::size_t tile_rows = kernels::kernels().tile_rows;
    for (std::size_t done = 0; done < depth; done += sums.chunk) {
        const std::size_t length = std::min<std::size_t>(sums.chunk, depth - done);
        add_products(sums, sums.inner, inner, k + done, length, a + done * tile_rows, b + done * tile_columns, zeros);
        add_chunk(sums, tile, (k + done) / sums.chunk, values);
    }
}

}  // namespace

TileRounding TileRounding::nearest(kernels::Step step, const Format& format) {
    TileRounding rounding{};
    rounding.step = step;
    rounding.constants = kernels::step_constants(step, format);
    return rounding;
}

TileRounding TileRounding::stochastic(kernels::StochasticStep step, const Format& format, Rounding rounding,
                                      RandomKey key, Stream stream) {
    TileRounding result{};
    result.stochastic_step = step;
    result.stochastic_constants = kernels::stochastic_constants(step, format, rounding);
    result.random = random_stream(key, stream);
    return result;
}

void add_to_tile(const TileSums& sums, bool small, std::uint64_t k, std::size_t depth, const float* a, const float* b,
                 const float* start, const TileBlock& block, std::uint64_t row, std::uint64_t column) {
    Tile tile{small, block.bytes + row * block.pitch + column * sizeof(float), block.pitch, block.first_row + row,
              block.first_column + column};
    const std::uint64_t rows = std::min<std::uint64_t>(tile.rows(), block.rows - row);
    const std::uint64_t columns = std::min<std::uint64_t>(tile_columns, block.columns - column);
    const auto run = [&](const TileRounding& rounding) {
        if (sums.chunk == 0) return add_products(sums, rounding, tile, k, depth, a, b, start);
        add_chunks(sums, tile, k, depth, a, b);
        return false;
    };
    const bool is_whole = rows == tile.rows() && columns == tile_columns;
    if (is_whole && !sums.untracked) {
        run(sums.inner);
        return;
    }
    // By way of a spare tile, where some accumulators do not exist or may be wanted again.
    alignas(64) float spare[tile_values] = {};
    constexpr std::size_t spare_pitch = tile_columns * sizeof(float);
    std::uint8_t* place = tile.bytes;
    tile.bytes = reinterpret_cast<std::uint8_t*>(spare);
    tile.pitch = spare_pitch;
    const auto load = [&] {
        if (start != nullptr) return;
        for (std::uint64_t i = 0; i < rows; ++i)
            std::memcpy(tile.bytes + i * spare_pitch, place + i * block.pitch, columns * sizeof(float));
    };
    load();
    if (run(sums.inner)) {
        load();
        run(*sums.untracked);
    }
    for (std::uint64_t i = 0; i < rows; ++i)
        std::memcpy(place + i * block.pitch, tile.bytes + i * spare_pitch, columns * sizeof(float));
}

}  // namespace ulpsim::arithmetic

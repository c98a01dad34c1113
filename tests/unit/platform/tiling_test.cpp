#include "platform/runtime/tiling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {
namespace {

using models::Dataflow;

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

struct Case {
    ProductShape shape;
    TilingMachine machine;
};

/// Shapes, widths and memories that make every kind of tiling (counted below).
std::vector<Case> cases() {
    const models::Gemm gemms[] = {{64, 256, 784}, {784, 256, 64}, {64, 784, 256}, {64, 10, 128},  {1, 1000, 512},
                                  {33, 17, 65},   {7, 5, 3},      {512, 8, 2000}, {300, 300, 300}};
    std::vector<Case> all;
    unsigned count = 0;
    for (const models::Gemm& gemm : gemms) {
        for (const std::uint64_t tile_bytes : {3072U, 8192U, 16384U, 65536U, 262144U}) {
            for (const Dataflow dataflow :
                 {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary}) {
                const unsigned variant = count++;
                ProductShape s{.gemm = gemm, .a_bits = 8, .b_bits = 8, .out_bits = 16, .dataflow = dataflow};
                s.transpose_a = variant % 3 == 1;
                s.transpose_b = variant % 3 == 2;
                if (variant % 4 == 1) s.mask_bits = 8;
                if (variant % 5 == 2) s.a_bits = 4;
                if (variant % 5 == 3) s.b_bits = 0;  // stays in the scratchpad
                if (variant % 7 == 4) s.k_granule = 24;
                all.push_back({s,
                               {.array = {.rows = 8, .columns = 16},
                                .tile_bytes = tile_bytes,
                                .slots = variant % 6 == 5 ? 1U : 2U}});
            }
        }
    }
    return all;
}

std::optional<Tiling> choice(const Case& c) {
    try {
        return choose_tiling(c.shape, c.machine);
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::string text(const Case& c, const Tiling& t) {
    return std::to_string(c.shape.gemm.m) + " x " + std::to_string(c.shape.gemm.n) + " x " +
           std::to_string(c.shape.gemm.k) + " in " + std::to_string(c.machine.tile_bytes) + " bytes: tiles of " +
           std::to_string(t.m) + " x " + std::to_string(t.n) + " x " + std::to_string(t.k);
}

/// Sizes that a dimension may be cut into, every one of them.
std::vector<std::uint64_t> all_sizes(std::uint64_t extent, std::uint64_t granule) {
    const std::uint64_t unit = std::lcm(std::uint64_t{8}, granule);
    std::vector<std::uint64_t> sizes{extent};
    for (std::uint64_t size = unit; size < extent; size += unit) sizes.push_back(size);
    return sizes;
}

std::uint64_t streamed_parts(const ProductShape& s, const Tiling& t) {
    switch (s.dataflow) {
        case Dataflow::weight_stationary:
            return ceil_div(s.gemm.m, t.m);
        case Dataflow::input_stationary:
            return ceil_div(s.gemm.n, t.n);
        default:
            return ceil_div(s.gemm.k, t.k);
    }
}

TEST(Tiling, AlwaysFitsAndCutsAtMultiplesOfBytesAndGranules) {
    int fitted = 0;
    for (const Case& c : cases()) {
        const std::optional<Tiling> t = choice(c);
        if (!t) continue;
        ++fitted;
        EXPECT_LE(window_bytes(c.shape, *t, c.machine.slots), c.machine.tile_bytes) << text(c, *t);
        for (const auto& [size, extent, granule] :
             {std::tuple{t->m, c.shape.gemm.m, std::uint64_t{c.machine.array.rows}},
              {t->n, c.shape.gemm.n, std::uint64_t{c.machine.array.columns}},
              {t->k, c.shape.gemm.k, c.shape.k_granule}}) {
            EXPECT_GT(size, 0U);
            EXPECT_LE(size, extent);
            if (size != extent) {
                EXPECT_EQ(size % std::lcm(std::uint64_t{8}, granule), 0U) << text(c, *t);
            }
        }
    }
    EXPECT_GT(fitted, 100);
}

TEST(Tiling, SplitsTheStreamedDimensionOnlyWhereNothingElseFits) {
    int whole = 0, split = 0;
    for (const Case& c : cases()) {
        const std::optional<Tiling> chosen = choice(c);
        const ProductShape& s = c.shape;
        std::uint64_t least = 0;  // over all tilings without whole operands, which only take more room
        for (const std::uint64_t m : all_sizes(s.gemm.m, c.machine.array.rows)) {
            for (const std::uint64_t n : all_sizes(s.gemm.n, c.machine.array.columns)) {
                for (const std::uint64_t k : all_sizes(s.gemm.k, s.k_granule)) {
                    const Tiling t{.m = m, .n = n, .k = k};
                    if (least != 0 && streamed_parts(s, t) >= least) continue;
                    if (window_bytes(s, t, c.machine.slots) <= c.machine.tile_bytes) least = streamed_parts(s, t);
                }
            }
        }
        ASSERT_EQ(chosen.has_value(), least != 0) << text(c, chosen.value_or(Tiling{}));
        if (!chosen) continue;
        ++(least == 1 ? whole : split);
        const std::uint64_t parts = streamed_parts(s, *chosen);
        if (least <= 7) {
            EXPECT_EQ(parts, least) << text(c, *chosen);
        } else {
            // Beyond seven parts the search takes steps of a quarter.
            EXPECT_LE(parts, least + least / 4 + 1) << text(c, *chosen);
        }
    }
    EXPECT_GT(whole, 30);
    EXPECT_GT(split, 10);
}

/// Bytes that a walk over the loops of the tiling loads: a tile that is at hand is not loaded again.
std::uint64_t walk(const ProductShape& s, const Tiling& t) {
    using Block = std::array<std::uint64_t, 4>;  // row, rows, column, columns, as stored
    const auto bytes = [](const Block& b, std::uint64_t bits) { return b[1] * ceil_div(b[3] * bits, 8); };
    const auto stored = [](bool transposed, const Block& b) { return transposed ? Block{b[2], b[3], b[0], b[1]} : b; };
    const models::Gemm& g = s.gemm;
    Block a{}, b{}, mask{};
    std::uint64_t sum = 0;
    const auto at_hand = [&](Block& held, const Block& wanted, std::uint64_t bits) {
        if (bits == 0 || held == wanted) return;
        held = wanted;
        sum += bytes(wanted, bits);
    };
    const auto tile = [&](std::uint64_t m, std::uint64_t n) {
        const std::uint64_t rows = std::min(t.m, g.m - m), columns = std::min(t.n, g.n - n);
        for (std::uint64_t k = 0; k < g.k; k += t.k) {
            const std::uint64_t depth = std::min(t.k, g.k - k);
            const Block part_a{m, rows, k, depth}, whole_a{0, g.m, 0, g.k};
            const Block part_b{k, depth, n, columns}, whole_b{0, g.k, 0, g.n};
            at_hand(a, stored(s.transpose_a, t.whole_a ? whole_a : part_a), s.a_bits);
            at_hand(b, stored(s.transpose_b, t.whole_b ? whole_b : part_b), s.b_bits);
        }
        at_hand(mask, t.whole_c ? Block{0, g.m, 0, g.n} : Block{m, rows, n, columns}, s.mask_bits);
    };
    if (t.rows_inside) {
        for (std::uint64_t n = 0; n < g.n; n += t.n)
            for (std::uint64_t m = 0; m < g.m; m += t.m) tile(m, n);
    } else {
        for (std::uint64_t m = 0; m < g.m; m += t.m)
            for (std::uint64_t n = 0; n < g.n; n += t.n) tile(m, n);
    }
    return sum;
}

TEST(Tiling, ItsTrafficIsThatOfAWalkOverItsLoops) {
    int rows_inside = 0, columns_inside = 0, whole_a = 0, whole_b = 0, whole_c = 0, reloaded = 0, depth = 0;
    for (const Case& c : cases()) {
        const std::optional<Tiling> t = choice(c);
        if (!t) continue;
        EXPECT_EQ(load_bytes(c.shape, *t), walk(c.shape, *t)) << text(c, *t);
        ++(t->rows_inside ? rows_inside : columns_inside);
        whole_a += t->whole_a;
        whole_b += t->whole_b;
        whole_c += t->whole_c;
        reloaded += t->a_loads > 1 || t->b_loads > 1;
        depth += t->k < c.shape.gemm.k;
    }
    for (const int count : {rows_inside, columns_inside, whole_a, whole_b, whole_c, reloaded, depth})
        EXPECT_GT(count, 0);  // the cases exercise every kind
}

TEST(Tiling, RowsOfOddWidthsAreMovedAsWholeBytes) {
    // 65 values of 4 bits in a row of A: 33 bytes.
    const ProductShape s{.gemm = {33, 17, 65}, .a_bits = 4, .b_bits = 4, .out_bits = 4};
    const Tiling t{.m = 33, .n = 17, .k = 65};
    EXPECT_EQ(load_bytes(s, t), 33U * 33 + 65 * 9);
    ProductShape transposed = s;
    transposed.transpose_a = transposed.transpose_b = true;
    EXPECT_EQ(load_bytes(transposed, t), 65U * 17 + 17 * 33);
}

TEST(Tiling, OperandsThatStayOnTheChipTakeNoRoomAndNoTraffic) {
    const ProductShape s{.gemm = {64, 64, 64}};
    const Tiling t{.m = 64, .n = 64, .k = 64};
    EXPECT_EQ(load_bytes(s, t), 0U);
    // Accumulators, and a bias of at most 64 bits.
    EXPECT_EQ(window_bytes(s, t, 2), 64U * 64 * 4 + 64 * 8);
}

TEST(Tiling, AProductThatFitsInHalfOfTheMemoryIsOneTile) {
    const ProductShape s{.gemm = {32, 32, 64}, .a_bits = 8, .b_bits = 8, .out_bits = 8};
    const Tiling t = choose_tiling(s, {.array = {.rows = 32, .columns = 32}, .tile_bytes = 64 * 1024});
    EXPECT_EQ(t.m, 32U);
    EXPECT_EQ(t.n, 32U);
    EXPECT_EQ(t.k, 64U);
    EXPECT_LE(window_bytes(s, t, 2), 32U * 1024);
    EXPECT_EQ(load_bytes(s, t), 32U * 64 + 64 * 32);
}

TEST(Tiling, LeavesHalfOfTheMemoryToTheNextOperationUnlessThatCostsSplits) {
    // k whole needs more than half, but less than the whole of the memory.
    const ProductShape s{.gemm = {8, 8, 2000}, .a_bits = 8, .b_bits = 8, .out_bits = 8};
    const TilingMachine machine{.array = {.rows = 8, .columns = 8}, .tile_bytes = 40'000};
    const Tiling t = choose_tiling(s, machine);
    EXPECT_EQ(t.k, 2000U);
    EXPECT_GT(window_bytes(s, t, 2), 20'000U);
}

TEST(Tiling, SaysWhichKeyIsTooSmallForWhat) {
    try {
        choose_tiling({.gemm = {64, 256, 784}, .a_bits = 8, .b_bits = 8, .out_bits = 8},
                      {.array = {.rows = 8, .columns = 8}, .tile_bytes = 256});
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "platform.accelerator.scratchpad.size_kib leaves 256 bytes for tiles; the smallest of a 64 x 256 "
                     "x 784 product need more");
    }
}

}  // namespace
}  // namespace ulpsim::platform

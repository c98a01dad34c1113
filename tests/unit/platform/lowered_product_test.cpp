#include "platform/runtime/lowering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <utility>

#include "models/arithmetic/error.hpp"
#include "tests/unit/platform/bench.hpp"

namespace ulpsim::platform {
namespace {

// ---- products -------------------------------------------------------------------------------------------------------

const std::vector<ProductCase>& product_cases() {
    static const std::vector<ProductCase> cases{
        {"one tile", 16, 24, 32, 65536},
        {"tiles of C", 100, 60, 96, 16384},
        {"k split too", 64, 64, 3000, 16384},
        {"A transposed", 784, 64, 64, 16384, true},
        {"B transposed, masked", 64, 300, 128, 16384, false, true, e4m3fn, true},
        {"both transposed, ragged", 33, 17, 65, 4096, true, true},
        {"4 bits, odd sizes", 61, 53, 77, 4096, false, false, e2m1fn},
        {"4 bits, transposed, masked", 75, 53, 41, 4096, true, true, e2m1fn, true},
        {"chunks of 24", 40, 40, 1000, 8192, false, false, e4m3fn, false, 24},
        {"weight stationary", 500, 40, 300, 16384, false, false, e4m3fn, false, 0, Dataflow::weight_stationary},
        {"input stationary", 40, 500, 300, 16384, false, false, e4m3fn, true, 0, Dataflow::input_stationary},
        {"one row", 1, 1000, 512, 16384},
    };
    return cases;
}

TEST(LoweredProduct, AddsEveryProductOfEveryElementOnceWithKAscending) {
    for (const ProductCase& c : product_cases()) {
        SCOPED_TRACE(c.what);
        Bench bench(c.tile_bytes, true, c.dataflow);
        const std::vector<Command> commands = bench.lower(product(bench, c));
        std::vector<std::uint64_t> next_k(c.m * c.n), converted(c.m * c.n);
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> accumulators;  // of the tile of C at ...
        for (const Command& command : commands) {
            if (const auto* p = std::get_if<models::ProductCommand>(&command.body)) {
                using Start = arithmetic::Product::Start;
                EXPECT_EQ(p->start, p->first_k == 0 ? Start::zero : Start::resume);
                if (c.chunk != 0) {
                    EXPECT_EQ(p->first_k % c.chunk, 0U);
                }
                const std::pair tile{p->position.first_row, p->position.first_column};
                if (p->first_k == 0) accumulators[tile] = p->accumulators.address;
                EXPECT_EQ(accumulators[tile], p->accumulators.address);
                for (std::uint64_t i = 0; i < p->rows; ++i) {
                    for (std::uint64_t j = 0; j < p->columns; ++j) {
                        const std::uint64_t at = (tile.first + i) * c.n + tile.second + j;
                        ASSERT_LT(at, c.m * c.n);
                        ASSERT_EQ(next_k[at], p->first_k);
                        next_k[at] += p->depth;
                    }
                }
                EXPECT_EQ(p->position.total_columns, c.n);
            } else if (const auto* v = std::get_if<models::ConvertCommand>(&command.body)) {
                const std::pair tile{v->position.first_row, v->position.first_column};
                EXPECT_EQ(v->in.address, accumulators[tile]);
                for (std::uint64_t i = 0; i < v->rows; ++i) {
                    for (std::uint64_t j = 0; j < v->columns; ++j) {
                        const std::uint64_t at = (tile.first + i) * c.n + tile.second + j;
                        ASSERT_EQ(next_k[at], c.k) << "converted before its sum is complete";
                        ++converted[at];
                    }
                }
            }
        }
        EXPECT_EQ(next_k, std::vector<std::uint64_t>(c.m * c.n, c.k));
        EXPECT_EQ(converted, std::vector<std::uint64_t>(c.m * c.n, 1));
    }
}

/// The operand's bytes that a tile reads are those of the tensor's block: follows addresses back through the load.
TEST(LoweredProduct, ReadsTheBlocksOfAAndBThatItsPositionSays) {
    for (const ProductCase& c : product_cases()) {
        SCOPED_TRACE(c.what);
        Bench bench(c.tile_bytes, true, c.dataflow);
        const workloads::MatrixProduct op = product(bench, c);
        std::vector<std::uint64_t> origin(resident_bytes + c.tile_bytes, ~std::uint64_t{0});  // memory address
        const auto expect_row = [&](const models::Operand& operand, const TensorState& tensor, std::uint64_t tile_row,
                                    std::uint64_t row, std::uint64_t column) {
            const std::uint64_t at = operand.address + tile_row * operand.pitch;
            EXPECT_EQ(origin[at], tensor.address + row * tensor.pitch() +
                                      column * static_cast<std::uint64_t>(tensor.tensor.format.width()) / 8);
        };
        for (const Command& command : bench.lower(op)) {
            if (command.queue == Queue::load) {
                const auto& m = std::get<models::Move>(command.body);
                for (std::uint64_t row = 0; row < m.rows; ++row)
                    for (std::uint64_t i = 0; i < m.row_bytes; ++i)
                        origin[m.scratchpad + row * m.scratchpad_pitch + i] = m.memory + row * m.memory_pitch + i;
            } else if (const auto* p = std::get_if<models::ProductCommand>(&command.body)) {
                const std::uint64_t m = p->position.first_row, n = p->position.first_column, k = p->first_k;
                const TensorState &a = bench.tensors.at(op.a.id), &b = bench.tensors.at(op.b.id);
                for (std::uint64_t row = 0; row < (c.transpose_a ? p->depth : p->rows); ++row)
                    c.transpose_a ? expect_row(p->a, a, row, k + row, m) : expect_row(p->a, a, row, m + row, k);
                for (std::uint64_t row = 0; row < (c.transpose_b ? p->columns : p->depth); ++row)
                    c.transpose_b ? expect_row(p->b, b, row, n + row, k) : expect_row(p->b, b, row, k + row, n);
            }
        }
    }
}

TEST(LoweredProduct, MovesTheBytesThatItsTilingImplies) {
    bool split = false, reloaded = false;
    for (const bool double_buffer : {true, false}) {
        for (const ProductCase& c : product_cases()) {
            SCOPED_TRACE(c.what);
            Bench bench(c.tile_bytes, double_buffer, c.dataflow);
            const workloads::MatrixProduct op = product(bench, c);
            const auto bits = static_cast<std::uint64_t>(c.format.width());
            const ProductShape shape{.gemm = {c.m, c.n, c.k},
                                     .a_bits = bits,
                                     .b_bits = bits,
                                     .mask_bits = c.mask ? bits : 0,
                                     .out_bits = bits,
                                     .k_granule = std::max<std::uint64_t>(1, c.chunk),
                                     .transpose_a = c.transpose_a,
                                     .transpose_b = c.transpose_b,
                                     .dataflow = c.dataflow};
            const Tiling tiling = choose_tiling(shape, bench.machine);
            const std::vector<Command> commands = bench.lower(op);
            EXPECT_EQ(moved_bytes(commands, Queue::load), load_bytes(shape, tiling));
            EXPECT_EQ(moved_bytes(commands, Queue::store), c.m * arithmetic::row_bytes(c.format, c.n));
            EXPECT_LE(bench.lowering.tile_peak(), window_bytes(shape, tiling, bench.machine.slots));
            split |= tiling.k < c.k;
            reloaded |= tiling.a_loads * tiling.b_loads > 1;
        }
    }
    EXPECT_TRUE(split && reloaded);
}

TEST(LoweredProduct, LoadsABiasOnceAColumnOfTilesAndStartsFromIt) {
    Bench bench(16384);
    workloads::MatrixProduct op = product(bench, {"", 64, 512, 256, 16384});
    std::uint64_t without = 0, with = 0;
    without = moved_bytes(bench.lower(op), Queue::load);
    op.bias = bench.add(1, 512, arithmetic::bf16);
    const std::vector<Command> commands = bench.lower(op);
    with = moved_bytes(commands, Queue::load);
    // Each column of tiles loads its part; all of it once at least, and once a tile of C at most.
    EXPECT_GE(with - without, 512U * 2);
    EXPECT_EQ((with - without) % (512U * 2), 0U);
    for (const Command& command : commands) {
        const auto* p = std::get_if<models::ProductCommand>(&command.body);
        if (p != nullptr && p->first_k == 0) {
            EXPECT_EQ(p->start, arithmetic::Product::Start::bias);
        }
    }
    expect_sound(bench);
}

TEST(LoweredProduct, IsSoundInEveryShapeAndOrder) {
    for (const bool double_buffer : {true, false}) {
        for (const ProductCase& c : product_cases()) {
            SCOPED_TRACE(c.what);
            Bench bench(c.tile_bytes, double_buffer, c.dataflow);
            const workloads::MatrixProduct op = product(bench, c);
            for (int i = 0; i < 2; ++i) bench.lower(op);  // the same output again: write after write, and tile memory
            expect_sound(bench);
        }
    }
}

TEST(LoweredProduct, TensorsThatStayCauseNoMoves) {
    Bench bench(16384);
    workloads::MatrixProduct op;
    op.dot.a = op.dot.b = e4m3fn;
    op.a = bench.add(128, 200, e4m3fn, true);
    op.b = bench.add(200, 96, e4m3fn, true);
    op.bias = bench.add(1, 96, arithmetic::bf16, true);
    op.mask = bench.add(128, 96, e4m3fn, true);
    op.activation = arithmetic::Activation::relu_gradient;
    op.out = bench.add(128, 96, e4m3fn, true);
    for (int i = 0; i < 2; ++i) {
        for (const Command& command : bench.lower(op)) {
            EXPECT_NE(command.queue, Queue::load);
            EXPECT_NE(command.queue, Queue::store);
        }
        std::swap(op.mask, op.out);  // reads what was written, writes what was read
    }
    expect_sound(bench);
}

TEST(LoweredProduct, SaysWhichKeyIsTooSmallForIt) {
    Bench bench(512);
    EXPECT_THROW(bench.lower(product(bench, {"", 64, 64, 64, 512})), Error);
}

}  // namespace
}  // namespace ulpsim::platform

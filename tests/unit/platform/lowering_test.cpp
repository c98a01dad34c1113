#include "platform/runtime/lowering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <utility>

#include "models/arithmetic/error.hpp"
#include "tests/unit/platform/command_check.hpp"

namespace ulpsim::platform {
namespace {

using models::Command;
using models::Dataflow;
using models::Queue;
using models::Tokens;
using workloads::Tensor;

const arithmetic::Format e4m3fn = arithmetic::parse_format("e4m3fn"), e2m1fn = arithmetic::parse_format("e2m1fn"),
                         pair = arithmetic::parse_format("exp(bf16,2)");
constexpr std::uint64_t memory_bytes = 1 << 20, resident_bytes = 256 * 1024;

/// Tensors of a machine without a machine: addresses given out in order. The scratchpad is 256 KiB for tensors that
/// stay, then tiles.
class Bench {
public:
    Bench(std::uint32_t tile_bytes, bool double_buffer = true, Dataflow dataflow = Dataflow::output_stationary)
        : machine{.array = {.rows = 8, .columns = 8, .dataflow = dataflow}, .tile_bytes = tile_bytes},
          lowering(machine, TileMemory(resident_bytes, tile_bytes, double_buffer), tensors),
          tile_bytes_(tile_bytes) {
        machine.slots = double_buffer ? 2 : 1;
    }

    Tensor add(std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format, bool resident = false) {
        TensorState state;
        state.tensor = {.id = next_id_++, .rows = rows, .columns = columns, .format = format};
        state.in_scratchpad = resident;
        std::uint64_t& next = resident ? next_resident_ : next_address_;
        state.address = next;
        next += (state.bytes() + 63) / 64 * 64;
        EXPECT_LE(next, resident ? resident_bytes : memory_bytes) << "the test's tensors";
        tensors.emplace(state.tensor.id, state);
        return state.tensor;
    }
    /// The commands of one Op; all so far are in `program`.
    template <class What>
    std::vector<Command> lower(const What& what) {
        workloads::Op op;
        op.what = what;
        op.number = ++number_;
        std::vector<Command> commands = lowering.lower(op, power::Tag{});
        program.insert(program.end(), commands.begin(), commands.end());
        return commands;
    }
    std::vector<std::string> hazards() const {
        return platform::hazards(program, resident_bytes + tile_bytes_, memory_bytes, resident_bytes);
    }

    TilingMachine machine;
    Tensors tensors;
    Lowering lowering;
    std::vector<Command> program;

private:
    std::uint32_t tile_bytes_, next_id_ = 1;
    std::uint64_t next_address_ = 0, next_resident_ = 0, number_ = 0;
};

/// Every token points to a command that is issued earlier, and queues of any depth run dry.
void expect_progress(const std::vector<Command>& program) {
    Tokens issued{};
    for (std::size_t i = 0; i < program.size(); ++i) {
        for (std::size_t q = 0; q < models::queue_count; ++q)
            ASSERT_LE(program[i].wait[q], issued[q]) << "command " << i;
        ++issued[static_cast<std::size_t>(program[i].queue)];
    }
    for (const std::size_t depth : {1U, 2U, 8U})
        for (std::uint32_t seed = 0; seed < 3; ++seed)
            EXPECT_EQ(retired_by_toy(program, depth, seed), program.size()) << "depth " << depth << ", seed " << seed;
}

void expect_sound(const Bench& bench) {
    expect_progress(bench.program);
    for (const std::string& hazard : bench.hazards()) ADD_FAILURE() << hazard;
}

// ---- the checks themselves can fail
// ----------------------------------------------------------------------------------

TEST(CommandCheck, SeesADeadlockARaceAndAnEarlyRead) {
    const auto move = [](Queue queue, std::uint32_t scratchpad, const Tokens& wait) {
        Command c;
        c.queue = queue;
        c.wait = wait;
        c.body = models::Move{
            .memory_pitch = 64, .scratchpad = scratchpad, .scratchpad_pitch = 64, .rows = 1, .row_bytes = 64};
        return c;
    };
    // A load that waits for a store that waits for it.
    EXPECT_EQ(retired_by_toy({move(Queue::load, 0, {0, 0, 0, 1}), move(Queue::store, 0, {1, 0, 0, 0})}, 8, 1), 0U);
    // A store behind a full queue of loads that wait for it.
    EXPECT_EQ(
        retired_by_toy({move(Queue::load, 0, {0, 0, 0, 1}), move(Queue::load, 0, {}), move(Queue::store, 0, {})}, 1, 1),
        0U);
    const Command load = move(Queue::load, 0, {}), again = move(Queue::load, 0, {0, 0, 0, 1}),
                  store = move(Queue::store, 0, {1, 0, 0, 0}), early = move(Queue::store, 0, {});
    EXPECT_TRUE(hazards({load, store, again}, 64, 64, 0).empty());
    EXPECT_THAT(hazards({load, early}, 64, 64, 0), ::testing::Contains(::testing::HasSubstr("read too early")));
    EXPECT_THAT(hazards({load, store, load}, 64, 64, 0), ::testing::Contains(::testing::HasSubstr("read too early")));
    EXPECT_THAT(hazards({early}, 64, 64, 0), ::testing::Contains(::testing::HasSubstr("nobody wrote")));
    EXPECT_THAT(hazards({move(Queue::load, 1, {})}, 64, 64, 0), ::testing::Contains(::testing::HasSubstr("leaves")));
}

// ---- products
// --------------------------------------------------------------------------------------------------------

struct ProductCase {
    std::string what;
    std::uint64_t m, n, k;
    std::uint32_t tile_bytes;
    bool transpose_a = false, transpose_b = false;
    arithmetic::Format format = e4m3fn;
    bool mask = false;
    std::uint32_t chunk = 0;
    Dataflow dataflow = Dataflow::output_stationary;
};

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

workloads::MatrixProduct product(Bench& bench, const ProductCase& c) {
    workloads::MatrixProduct op;
    op.dot.a = op.dot.b = c.format;
    if (c.chunk != 0) {
        op.dot.order = arithmetic::Order::chunk;
        op.dot.length = c.chunk;
    }
    op.a = c.transpose_a ? bench.add(c.k, c.m, c.format) : bench.add(c.m, c.k, c.format);
    op.b = c.transpose_b ? bench.add(c.n, c.k, c.format) : bench.add(c.k, c.n, c.format);
    op.out = bench.add(c.m, c.n, c.format);
    op.transpose_a = c.transpose_a;
    op.transpose_b = c.transpose_b;
    if (c.mask) {
        op.mask = bench.add(c.m, c.n, c.format);
        op.activation = arithmetic::Activation::relu_gradient;
    }
    return op;
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

// ---- all Ops
// ---------------------------------------------------------------------------------------------------------

workloads::Conversion conversion(const Tensor& in, const Tensor& out) {
    workloads::Conversion op;
    op.in = in;
    op.out = out;
    return op;
}

workloads::ColumnSums column_sums(const Tensor& in, const Tensor& out) {
    workloads::ColumnSums op;
    op.in = in;
    op.out = out;
    return op;
}

workloads::Update update(const Tensor& gradient, const Tensor& master, const Tensor& velocity = {},
                         const Tensor& weight = {}) {
    workloads::Update op;
    op.gradient = gradient;
    op.master = master;
    op.velocity = velocity;
    op.weight = weight;
    return op;
}

/// Two steps of training a two-layer network, each tensor resident where `stays` says so.
void train(Bench& bench, const std::function<bool(int)>& stays) {
    int count = 0;
    const auto add = [&](std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format) {
        return bench.add(rows, columns, format, stays(count++));
    };
    const arithmetic::Format fp32 = arithmetic::fp32;
    constexpr std::uint64_t batch = 32, in = 200, hidden = 72, out = 10;
    const Tensor x = bench.add(batch, in, e4m3fn), labels = bench.add(batch, 1, fp32), metrics = bench.add(4, 2, fp32);
    const Tensor w1 = add(in, hidden, e4m3fn), w2 = add(hidden, out, e4m3fn), b1 = add(1, hidden, arithmetic::bf16);
    const Tensor master1 = add(in, hidden, pair), master2 = add(hidden, out, pair), v1 = add(in, hidden, fp32);
    const Tensor h = add(batch, hidden, e4m3fn), logits = add(batch, out, fp32);
    const Tensor e2 = add(batch, out, e4m3fn), e1 = add(batch, hidden, e4m3fn);
    const Tensor g1 = add(in, hidden, fp32), g2 = add(hidden, out, fp32), gb = add(1, hidden, arithmetic::bf16);
    const Tensor bad = bench.add(1, 1, fp32);
    const auto product = [&](const Tensor& a, const Tensor& b, const Tensor& c) {
        workloads::MatrixProduct op;
        op.dot.a = op.dot.b = e4m3fn;
        op.a = a;
        op.b = b;
        op.out = c;
        return op;
    };
    workloads::MatrixProduct forward1 = product(x, w1, h), gradient2 = product(h, e2, g2),
                             gradient1 = product(x, e1, g1), backward = product(e2, w2, e1);
    forward1.bias = b1;
    forward1.activation = arithmetic::Activation::relu;
    gradient1.transpose_a = gradient2.transpose_a = backward.transpose_b = true;
    backward.activation = arithmetic::Activation::relu_gradient;
    backward.mask = h;
    workloads::SoftmaxCrossEntropy loss;
    loss.logits = logits;
    loss.labels = labels;
    loss.error = e2;
    loss.metrics = metrics;
    workloads::CountNonfinite count_nonfinite;
    count_nonfinite.in = {g1, g2, gb};
    count_nonfinite.out = bad;
    for (loss.slot = 0; loss.slot < 2; ++loss.slot) {
        bench.lower(forward1);
        bench.lower(product(h, w2, logits));
        bench.lower(loss);
        bench.lower(gradient2);
        bench.lower(backward);
        bench.lower(gradient1);
        bench.lower(column_sums(e1, gb));
        bench.lower(count_nonfinite);
        bench.lower(update(g1, master1, v1, w1));
        bench.lower(update(g2, master2));
        bench.lower(conversion(master2, w2));
        bench.lower(update(gb, b1));
    }
}

TEST(Lowering, AStepOfTrainingIsSoundWhereverItsTensorsLie) {
    for (const std::uint32_t tile_bytes : {16384U, 65536U}) {
        for (const bool double_buffer : {true, false}) {
            for (int stay = 0; stay < 4; ++stay) {
                SCOPED_TRACE(std::to_string(tile_bytes) + " bytes, mode " + std::to_string(stay));
                Bench bench(tile_bytes, double_buffer);
                train(bench, [&](int i) { return stay == 3 || (stay > 0 && i % 2 == stay - 1); });
                EXPECT_GT(bench.program.size(), 50U);
                expect_sound(bench);
            }
        }
    }
}

TEST(Lowering, TheTokensItReportsAreThoseOfAllItIssued) {
    Bench bench(16384);
    train(bench, [](int) { return false; });
    Tokens counted{};
    for (const Command& command : bench.program) ++counted[static_cast<std::size_t>(command.queue)];
    EXPECT_EQ(bench.lowering.issued(), counted);
}

TEST(Lowering, ElementwiseOpsCoverEveryElementOnce) {
    for (const auto& [rows, columns] : {std::pair{200U, 72U}, {3U, 20000U}, {1U, 10U}, {777U, 1U}}) {
        for (const bool resident : {false, true}) {
            Bench bench(16384);
            const Tensor in = bench.add(rows, columns, e2m1fn, resident), out = bench.add(rows, columns, e4m3fn);
            std::vector<int> seen(std::size_t{rows} * columns);
            const std::vector<Command> commands = bench.lower(conversion(in, out));
            for (const Command& command : commands) {
                const auto* c = std::get_if<models::ConvertCommand>(&command.body);
                if (c == nullptr) continue;
                for (std::size_t i = 0; i < c->rows; ++i)
                    for (std::size_t j = 0; j < c->columns; ++j)
                        ++seen[(c->position.first_row + i) * columns + c->position.first_column + j];
            }
            EXPECT_EQ(seen, std::vector<int>(seen.size(), 1)) << rows << 'x' << columns;
            EXPECT_EQ(moved_bytes(commands, Queue::load), resident ? 0 : rows * ((columns + 1) / 2));
            EXPECT_EQ(moved_bytes(commands, Queue::store), std::uint64_t{rows} * columns);
            expect_sound(bench);
        }
    }
}

TEST(Lowering, AnOpWhoseTensorsAllStayIsOneCommand) {
    for (const std::uint64_t columns : {10U, 96U}) {
        Bench bench(16384);
        const Tensor gradient = bench.add(1, columns, arithmetic::fp32, true),
                     master = bench.add(1, columns, pair, true);
        EXPECT_EQ(bench.lower(update(gradient, master)).size(), 1U) << columns << " columns";
    }
}

TEST(Lowering, AnUpdateMovesEachOperandOnceEachWayWithAllItsTerms) {
    Bench bench(16384);
    const std::uint64_t n = 300 * 64;
    const workloads::Update op = update(bench.add(300, 64, arithmetic::fp32), bench.add(300, 64, pair),
                                        bench.add(300, 64, arithmetic::fp32), bench.add(300, 64, e4m3fn));
    const std::vector<Command> commands = bench.lower(op);
    EXPECT_EQ(moved_bytes(commands, Queue::load), n * (4 + 2 * 2 + 4));
    EXPECT_EQ(moved_bytes(commands, Queue::store), n * (2 * 2 + 4 + 1));
    expect_sound(bench);
}

// A resident tensor takes no room among the tiles, however large its blocks are.
TEST(Lowering, CountsNonfiniteValuesOfATensorThatStaysAndIsLargerThanTheTiles) {
    Bench bench(16384);
    const Tensor large = bench.add(600, 100, arithmetic::fp32, true), out = bench.add(1, 1, arithmetic::fp32);
    workloads::CountNonfinite op;
    op.in = {large};
    op.out = out;
    std::uint64_t elements = 0;
    for (const Command& command : bench.lower(op)) {
        EXPECT_NE(command.queue, Queue::load);
        if (const auto* c = std::get_if<models::CountCommand>(&command.body)) elements += c->rows * c->columns;
    }
    EXPECT_EQ(elements, 60000U);
    expect_sound(bench);
}

// ---- double buffering
// ------------------------------------------------------------------------------------------------

/// Of the loads that follow a vector command in program order: how many certainly start after it, and how many do not.
std::pair<int, int> loads_behind_and_ahead(const std::vector<Command>& commands) {
    const std::vector<Tokens> certain = certain_at_start(commands);
    constexpr auto vector = static_cast<std::size_t>(Queue::vector), store = static_cast<std::size_t>(Queue::store);
    Tokens issued{};
    int behind = 0, ahead = 0;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const bool waits = certain[i][vector] >= issued[vector] && certain[i][store] >= issued[store];
        if (commands[i].queue == Queue::load && issued[vector] > 0) ++(waits ? behind : ahead);
        ++issued[static_cast<std::size_t>(commands[i].queue)];
    }
    return {behind, ahead};
}

TEST(Lowering, WithoutDoubleBufferingEveryTileWaitsForTheOneBefore) {
    const ProductCase shape{"", 64, 512, 128, 16384};
    for (const bool elementwise : {false, true}) {
        const auto lower = [&](Bench& bench) {
            if (!elementwise) return bench.lower(product(bench, shape));
            const Tensor in = bench.add(300, 200, arithmetic::fp32);
            return bench.lower(conversion(in, bench.add(300, 200, e4m3fn)));
        };
        Bench single(16384, false), twofold(16384, true);
        const auto [behind, ahead] = loads_behind_and_ahead(lower(single));
        EXPECT_GT(behind, 2);
        EXPECT_EQ(ahead, 0);
        EXPECT_GT(loads_behind_and_ahead(lower(twofold)).second, 2);  // they run ahead
    }
}

TEST(Lowering, TheNextOpsLoadsRunAheadWhereItsBytesAreFree) {
    // Two products that share nothing and take less than half of the memory each.
    Bench bench(65536);
    const ProductCase shape{"", 32, 32, 64, 65536};
    bench.lower(product(bench, shape));
    const std::size_t first = bench.program.size();
    bench.lower(product(bench, shape));
    EXPECT_EQ(bench.program[first].queue, Queue::load);
    EXPECT_EQ(bench.program[first].wait, Tokens{});
}

}  // namespace
}  // namespace ulpsim::platform

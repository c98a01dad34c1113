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

// ---- the checks themselves can fail ---------------------------------------------------------------------------------

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

// ---- all Ops --------------------------------------------------------------------------------------------------------

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

// ---- double buffering -----------------------------------------------------------------------------------------------

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

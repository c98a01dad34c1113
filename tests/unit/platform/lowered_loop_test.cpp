// A loop's body, dealt as the sequencer deals it, against the rules of every lowered program and against Op by Op.
#include <gtest/gtest.h>

#include "tests/unit/platform/bench.hpp"

namespace ulpsim::platform {
namespace {

constexpr std::uint64_t blocks = 6, batch = 4;

workloads::Op numbered(std::uint64_t number, workloads::Update what) {
    workloads::Op op;
    op.what = what;
    op.number = number;
    return op;
}

/// v = a row block of x times w; w -= v, twice over, so that iterations depend on each other.
workloads::Body body_of(Bench& bench, bool resident) {
    const Tensor x = bench.add(blocks * batch, 40, e4m3fn), w = bench.add(40, 24, arithmetic::bf16, resident);
    const Tensor v = bench.add(batch, 24, arithmetic::bf16), sum = bench.add(batch, 24, arithmetic::bf16, resident);
    workloads::MatrixProduct product;
    product.dot.a = e4m3fn;
    product.dot.b = arithmetic::bf16;
    product.a = x.selected_rows(batch);
    product.b = w;
    product.out = v;
    workloads::Body body;
    workloads::Op op;
    op.what = product;
    op.number = 100;
    body.ops = {
        op,
        numbered(101, {.gradient = v, .master = sum, .velocity = {}, .weight = {}, .operation = {}, .changes = {}})};
    body.selection.blocks = blocks;
    return body;
}

/// The commands of all iterations, as they are dealt.
std::vector<Command> dealt(const Lowering::Loop& loop) {
    std::vector<Command> commands;
    for (std::uint64_t i = 0; i < loop.command.iterations; ++i)
        for (const Command& command : loop.body)
            commands.push_back(models::in_iteration(command, loop.command, i, i % loop.command.blocks));
    return commands;
}

class LoweredLoop : public ::testing::TestWithParam<std::tuple<std::uint32_t, bool, bool>> {};
INSTANTIATE_TEST_SUITE_P(Machines, LoweredLoop,
                         ::testing::Combine(::testing::Values(3U * 1024, 64U * 1024), ::testing::Bool(),
                                            ::testing::Bool()));

TEST_P(LoweredLoop, HasNoRaceAndMakesProgress) {
    const auto [tile_bytes, double_buffer, resident] = GetParam();
    Bench bench(tile_bytes, double_buffer);
    const workloads::Body body = body_of(bench, resident);
    const std::vector<power::Tag> tags(body.ops.size());
    bench.program = dealt(bench.lowering.lower_loop(body, 9, tags));
    EXPECT_EQ(bench.hazards(), std::vector<std::string>{});
    expect_progress(bench.program);
    Tokens issued{};
    for (const Command& command : bench.program) ++issued[static_cast<std::size_t>(command.queue)];
    EXPECT_EQ(bench.lowering.issued(), issued);
}

TEST_P(LoweredLoop, MovesWhatItsOpsMoveOneByOne) {
    const auto [tile_bytes, double_buffer, resident] = GetParam();
    Bench bench(tile_bytes, double_buffer), plain(tile_bytes, double_buffer);
    const workloads::Body body = body_of(bench, resident);
    body_of(plain, resident);  // the same tensors
    const std::vector<power::Tag> tags(body.ops.size());
    const std::vector<Command> loop = dealt(bench.lowering.lower_loop(body, 9, tags));
    std::vector<Command> one_by_one;
    for (std::uint64_t i = 0; i < 9; ++i) {
        for (const workloads::Op& op : body.ops) {
            const auto some = plain.lowering.lower(workloads::in_iteration(op, body, i, i % blocks), power::Tag{});
            one_by_one.insert(one_by_one.end(), some.begin(), some.end());
        }
    }
    ASSERT_EQ(loop.size(), one_by_one.size());
    for (std::size_t i = 0; i < loop.size(); ++i) {
        const auto* move = std::get_if<models::Move>(&loop[i].body);
        const auto* same = std::get_if<models::Move>(&one_by_one[i].body);
        ASSERT_EQ(loop[i].queue, one_by_one[i].queue) << i;
        if (move != nullptr) {
            EXPECT_EQ(move->memory, same->memory) << i;
        }
        if (const auto* update = std::get_if<models::UpdateCommand>(&loop[i].body)) {
            EXPECT_EQ(update->position, std::get<models::UpdateCommand>(one_by_one[i].body).position) << i;
        }
    }
}

TEST(LoweredLoopAgain, IsTheSameBodySoThatItNeedNotBeSentAgain) {
    Bench bench(64 * 1024);
    workloads::Body body = body_of(bench, false);
    const std::vector<power::Tag> tags(body.ops.size());
    const Lowering::Loop first = bench.lowering.lower_loop(body, 9, tags);
    for (workloads::Op& op : body.ops) op.number += 1000;
    const Lowering::Loop second = bench.lowering.lower_loop(body, 7, tags);
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(second.command.first_number, first.command.first_number + 1000);
}

TEST(LoweredLoopSelection, RefusesRowsPastTheEndAndRowsOnTheChip) {
    Bench bench(64 * 1024);
    workloads::Body body = body_of(bench, true);
    const std::vector<power::Tag> tags(body.ops.size());
    body.selection.blocks = blocks + 1;
    EXPECT_THROW(bench.lowering.lower_loop(body, 9, tags), std::logic_error);
    body.selection.blocks = blocks;
    auto& product = std::get<workloads::MatrixProduct>(body.ops[0].what);
    product.b = product.b.selected_rows(40);
    body.selection.blocks = 1;
    EXPECT_THROW(bench.lowering.lower_loop(body, 9, tags), std::logic_error);
}

}  // namespace
}  // namespace ulpsim::platform

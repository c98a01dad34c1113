#include "models/accelerator/command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ulpsim::models {
namespace {

const arithmetic::Format e4m3fn = arithmetic::parse_format("e4m3fn"), e5m2 = arithmetic::parse_format("e5m2");
constexpr arithmetic::Rounding sr13{arithmetic::RoundingMode::sr, 13};

template <class Body>
Command command(Queue queue, const Body& body) {
    Command c;
    c.queue = queue;
    c.tag = static_cast<power::Tag>(0x1234);
    c.wait = {1, 2, 3, 0xffffffff};
    c.body = body;
    return c;
}

/// What the sequencer makes of the descriptor, through memory that holds nothing else.
template <class Body>
Body through_memory(Queue queue, const Body& body) {
    const Descriptor bytes = encode(command(queue, body));
    const std::vector<std::uint8_t> memory(bytes.begin(), bytes.end());
    const Command seen = decode(memory.data());
    EXPECT_EQ(seen.queue, queue);
    EXPECT_EQ(seen.tag, static_cast<power::Tag>(0x1234));
    EXPECT_EQ(seen.wait, (Tokens{1, 2, 3, 0xffffffff}));
    EXPECT_TRUE(std::holds_alternative<Body>(seen.body));
    return std::get<Body>(seen.body);
}

TEST(Descriptor, IsZeroBehindTheCommand) {
    const Descriptor bytes = encode(command(Queue::load, Move{.memory = ~std::uint64_t{0}}));
    EXPECT_EQ(bytes.size(), descriptor_bytes);
    EXPECT_TRUE(std::all_of(bytes.begin() + sizeof(Command), bytes.end(), [](std::uint8_t b) { return b == 0; }));
}

TEST(Descriptor, KeepsAMove) {
    const Move move{.memory = 0x80'1234'5678,
                    .memory_pitch = 784,
                    .memory_plane = 1 << 20,
                    .scratchpad = 64,
                    .scratchpad_pitch = 98,
                    .scratchpad_plane = 4096,
                    .rows = 33,
                    .row_bytes = 97,
                    .planes = 2};
    const Move seen = through_memory(Queue::store, move);
    EXPECT_EQ(seen.memory, move.memory);
    EXPECT_EQ(seen.memory_pitch, move.memory_pitch);
    EXPECT_EQ(seen.memory_plane, move.memory_plane);
    EXPECT_EQ(seen.scratchpad, move.scratchpad);
    EXPECT_EQ(seen.scratchpad_pitch, move.scratchpad_pitch);
    EXPECT_EQ(seen.scratchpad_plane, move.scratchpad_plane);
    EXPECT_EQ(seen.rows, move.rows);
    EXPECT_EQ(seen.row_bytes, move.row_bytes);
    EXPECT_EQ(seen.planes, move.planes);
}

TEST(Descriptor, KeepsAProduct) {
    ProductCommand product{.a = {1, 2, 3, e4m3fn},
                           .b = {4, 5, 6, e5m2},
                           .accumulators = {7, 8, 9, arithmetic::fp32},
                           .transpose_b = true,
                           .start = arithmetic::Product::Start::resume,
                           .dataflow = Dataflow::best,
                           .rows = 10,
                           .columns = 11,
                           .depth = 12,
                           .first_k = 13,
                           .position = {0x1'0000'0001, 14, 15, 16}};
    product.dot.a = e4m3fn;
    product.dot.b = e5m2;
    product.dot.product = arithmetic::bf16;
    product.dot.order = arithmetic::Order::chunk;
    product.dot.length = 32;
    const ProductCommand seen = through_memory(Queue::array, product);
    EXPECT_EQ(seen.dot, product.dot);
    EXPECT_EQ(seen.b.address, 4U);
    EXPECT_EQ(seen.b.format, e5m2);
    EXPECT_EQ(seen.accumulators.plane, 9U);
    EXPECT_FALSE(seen.transpose_a);
    EXPECT_TRUE(seen.transpose_b);
    EXPECT_EQ(seen.start, arithmetic::Product::Start::resume);
    EXPECT_EQ(seen.dataflow, Dataflow::best);
    EXPECT_EQ(seen.depth, 12U);
    EXPECT_EQ(seen.first_k, 13U);
    EXPECT_EQ(seen.position.operation, 0x1'0000'0001U);
    EXPECT_EQ(seen.position.total_columns, 16U);
}

TEST(Descriptor, KeepsTheVectorUnitsCommands) {
    const ConvertCommand convert = through_memory(
        Queue::vector,
        ConvertCommand{
            .factor = 0.1, .activation = arithmetic::Activation::relu_gradient, .rounding = sr13, .rows = 3});
    EXPECT_EQ(convert.factor, 0.1);
    EXPECT_EQ(convert.activation, arithmetic::Activation::relu_gradient);
    EXPECT_EQ(convert.rounding, sr13);

    const ColumnSumsCommand sums =
        through_memory(Queue::vector, ColumnSumsCommand{.factor = 3, .last = false, .columns = 9, .first_row = 64});
    EXPECT_FALSE(sums.last);
    EXPECT_EQ(sums.first_row, 64U);

    const SoftmaxCommand softmax =
        through_memory(Queue::vector, SoftmaxCommand{.format = arithmetic::fp32, .factor = 1024, .columns = 10});
    EXPECT_EQ(softmax.factor, 1024);
    EXPECT_EQ(softmax.format, arithmetic::fp32);

    const UpdateCommand update = through_memory(Queue::vector, UpdateCommand{.has_weight = true,
                                                                             .learning_rate = 0.05,
                                                                             .momentum = 0.9,
                                                                             .weight_decay = 1e-4,
                                                                             .unscale = 0x1p-10,
                                                                             .rows = 7});
    EXPECT_FALSE(update.has_velocity);
    EXPECT_TRUE(update.has_weight);
    EXPECT_EQ(update.learning_rate, 0.05);
    EXPECT_EQ(update.momentum, 0.9);
    EXPECT_EQ(update.weight_decay, 1e-4);
    EXPECT_EQ(update.unscale, 0x1p-10);
    EXPECT_EQ(update.rows, 7U);

    const CountCommand count = through_memory(Queue::vector, CountCommand{.first = false, .last = true, .columns = 5});
    EXPECT_FALSE(count.first);
    EXPECT_TRUE(count.last);
    EXPECT_EQ(count.columns, 5U);
}

}  // namespace
}  // namespace ulpsim::models

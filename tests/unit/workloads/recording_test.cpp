#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/arithmetic/packing.hpp"
#include "tests/unit/workloads/small_problem.hpp"
#include "workloads/executor/reference_executor.hpp"
#include "workloads/recording/recorder.hpp"

namespace ulpsim::workloads {
namespace {

template <class Value>
Value there_and_back(const Value& value) {
    ByteWriter writer;
    writer.put(value);
    ByteReader reader(writer.bytes());
    const Value read = reader.get<Value>();
    EXPECT_TRUE(reader.empty());
    return read;
}

TEST(Fields, NumbersComeBackAtTheEndsOfTheirRanges) {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}})
        EXPECT_EQ(there_and_back(value), value);
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max()})
        EXPECT_EQ(there_and_back(value), value);
    EXPECT_EQ(there_and_back(std::int16_t{-300}), -300);
    for (const double value : {0.1, -0.0, std::numeric_limits<double>::denorm_min(), HUGE_VAL}) {
        EXPECT_EQ(there_and_back(value), value);
        EXPECT_EQ(std::signbit(there_and_back(value)), std::signbit(value));
    }
    EXPECT_TRUE(std::isnan(there_and_back(std::nan(""))));
}

TEST(Fields, BytesAreAsTheHeaderSays) {
    ByteWriter writer;
    writer.put(std::uint64_t{300});
    writer.put(std::int64_t{-1});
    writer.put(std::string("ab"));
    writer.put(std::optional<bool>());
    writer.put(std::vector<bool>{});
    EXPECT_EQ(writer.bytes(), std::string("\xac\x02\x01\x02"
                                          "ab\0\0",
                                          8));
}

TEST(Fields, AnOpKeepsEveryMember) {
    Op op;
    MatrixProduct product;
    product.a = {.id = 3, .place = Place::host, .rows = 5, .columns = 7, .format = arithmetic::bf16};
    product.dot.product = arithmetic::fp16;
    product.dot.guard = -3;
    product.factor = 1 / 3.0;
    product.activation = arithmetic::Activation::relu_gradient;
    product.rounding = arithmetic::parse_rounding("sr8");
    op.what = product;
    op.number = 12345678901;
    op.phase = "forward";
    op.layer = "fc1";
    const Op read = there_and_back(op);
    const auto& back = std::get<MatrixProduct>(read.what);
    EXPECT_EQ(back.a.id, 3u);
    EXPECT_EQ(back.a.place, Place::host);
    EXPECT_EQ(back.a.columns, 7u);
    EXPECT_EQ(back.a.format, arithmetic::bf16);
    EXPECT_EQ(back.dot, product.dot);
    EXPECT_EQ(back.factor, product.factor);
    EXPECT_EQ(back.activation, product.activation);
    EXPECT_EQ(back.rounding, product.rounding);
    EXPECT_EQ(read.number, op.number);
    EXPECT_EQ(read.phase + read.layer, "forwardfc1");
}

TEST(Fields, PointersAreNotKept) {
    struct WithPointer {
        std::uint64_t before = 0;
        const double* pointer = nullptr;
        std::uint64_t after = 0;
    };
    const double value = 1;
    ByteWriter writer;
    writer.put(WithPointer{3, &value, 4});
    EXPECT_EQ(writer.bytes(), "\x03\x04");
    const WithPointer read = ByteReader(writer.bytes()).get<WithPointer>();
    EXPECT_EQ(read.pointer, nullptr);
    EXPECT_EQ(read.after, 4u);
}

TEST(Fields, WhatIsCutShortIsRefused) {
    ByteWriter writer;
    writer.put(std::string("abc"));
    writer.put(1.0);
    for (std::size_t length = 0; length < writer.bytes().size(); ++length) {
        ByteReader reader(std::string_view(writer.bytes()).substr(0, length));
        EXPECT_THROW((reader.get<std::string>(), reader.get<double>()), std::runtime_error) << length;
    }
    ByteReader nonsense("\x09");
    EXPECT_THROW((nonsense.get<std::variant<bool, double>>()), std::runtime_error);
}

/// Writes every call down as text.
class Witness final : public Executor {
public:
    std::vector<std::string> calls;

    Tensor allocate(Place place, Role, std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format,
                    const std::string& name) override {
        calls.push_back("allocate " + name);
        return {.id = ++allocated_, .place = place, .rows = rows, .columns = columns, .format = format};
    }
    void release(Tensor tensor) override { calls.push_back("release " + std::to_string(tensor.id)); }
    void enqueue(const Op& op) override {
        const auto* loss = std::get_if<SoftmaxCrossEntropy>(&op.what);
        calls.push_back("enqueue " + std::to_string(op.number) + " " + std::to_string(op.what.index()) + " " +
                        op.phase + " " + op.layer + (loss ? " slot " + std::to_string(loss->slot) : ""));
    }
    void program(Place, std::uint64_t iterations, const Body& body) override {
        std::string text = "program " + std::to_string(iterations) + " " + std::to_string(body.selection.blocks) + " " +
                           std::to_string(body.selection.number) + ":";
        for (const Op& op : body.ops) text += " " + std::to_string(op.number) + " " + op.layer;
        calls.push_back(text);
    }
    void write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) override {
        calls.push_back("write " + std::to_string(tensor.id) + " " + std::to_string(tensor.rows) + " " +
                        std::to_string(bytes.size()) + " " + phase);
    }
    std::vector<std::uint8_t> read(Tensor tensor, const std::string& phase) override {
        calls.push_back("read " + std::to_string(tensor.id) + " " + std::to_string(tensor.rows) + " " + phase);
        return std::vector<std::uint8_t>(arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns), 0x3f);
    }
    void wait(const std::string& phase) override { calls.push_back("wait " + phase); }
    std::vector<std::uint8_t> peek(Tensor tensor) override {
        return std::vector<std::uint8_t>(arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns));
    }

private:
    std::uint32_t allocated_ = 0;
};

std::string text_of(const Event& event) {
    if (const auto* step = std::get_if<StepDone>(&event))
        return "step " + std::to_string(step->epoch) + " " + std::to_string(step->step) + " " +
               (step->loss ? std::to_string(*step->loss) : "-");
    if (const auto* epoch = std::get_if<EpochDone>(&event))
        return "epoch " + std::to_string(epoch->epoch) + " " + std::to_string(epoch->train_loss);
    if (const auto* change = std::get_if<PrecisionChanged>(&event)) return change->what;
    if (const auto* scale = std::get_if<LossScaleChanged>(&event)) return "scale " + std::to_string(scale->value);
    return "event " + std::to_string(event.index());
}

/// Calls and events of a training in their common order, and what a stream of it replays.
struct Both {
    std::vector<std::string> recorded, replayed;
    std::string stream;
    Status status = Status::interrupted;
};

Both recorded_and_replayed(const TrainingConfig& config) {
    Both both;
    const Dataset data = small_problem::dataset();
    Witness first;
    Recorder recorder(first, {64, 10, 200}, [&](const std::string& bytes) { both.stream += bytes; });
    const Status status = train(config, small_problem::network(), data, {}, recorder, 1, [&](const Event& event) {
        recorder.event(event);
        first.calls.push_back(text_of(event));
        return true;
    });
    recorder.end(status);
    both.recorded = first.calls;
    Witness second;
    StreamReader reader(both.stream);
    EXPECT_EQ(reader.problem().train_samples, 200u);
    both.status = replay(reader, second, [&](const Event& event) {
        second.calls.push_back(text_of(event));
        return true;
    });
    both.replayed = second.calls;
    EXPECT_EQ(status, both.status);
    return both;
}

TEST(Recording, ReplaysTheSameCallsAndEventsInTheSameOrder) {
    TrainingConfig config = small_problem::config(2);
    PolicyChange change;
    change.activations = Precision{arithmetic::bf16, {}};
    config.precision.schedule.push_back({.when = {.kind = Trigger::Kind::epoch, .at = 2}, .set = change});
    const Both both = recorded_and_replayed(config);
    EXPECT_EQ(both.recorded, both.replayed);
    EXPECT_EQ(std::count(both.replayed.begin(), both.replayed.end(), "activations: e8m7"), 1);
}

TEST(Recording, KeepsTheStepsThatADynamicLossScaleSkipped) {
    TrainingConfig config = small_problem::config(1);
    config.loss_scale = {.kind = LossScaleConfig::Kind::dynamic, .value = 8, .growth_interval = 2};
    const Both both = recorded_and_replayed(config);  // every read gives 0.747 where there should be 0
    EXPECT_EQ(both.recorded, both.replayed);
    EXPECT_EQ(both.replayed.front(), both.recorded.front());
    EXPECT_TRUE(std::any_of(both.replayed.begin(), both.replayed.end(),
                            [](const std::string& call) { return call.starts_with("scale"); }));
    EXPECT_FALSE(std::any_of(both.replayed.begin(), both.replayed.end(),
                             [](const std::string& call) { return call.find(" update fc1") != std::string::npos; }));
}

TEST(Recording, NumbersLoopsAndWhatFollowsThem) {
    std::string stream;
    Witness first, second;
    Recorder recorder(first, {}, [&](const std::string& bytes) { stream += bytes; });
    const auto op = [](std::uint64_t number) {
        return Op{
            .what = Conversion{}, .place = Place::accelerator, .number = number, .phase = "inner", .layer = "fc1"};
    };
    const auto loop = [&](std::uint64_t number) {
        return Body{.ops = {op(number), op(number + 1)},
                    .selection = {.blocks = 5, .random = true, .number = number + 7}};
    };
    recorder.enqueue(op(3));
    recorder.program(Place::accelerator, 10, loop(4));
    recorder.enqueue(op(24));
    recorder.program(Place::accelerator, 10, loop(25));
    recorder.program(Place::accelerator, 10, loop(60));
    recorder.enqueue(op(80));
    recorder.end(Status::completed);
    StreamReader reader(stream);
    replay(reader, second, [](const Event&) { return true; });
    EXPECT_EQ(first.calls, second.calls);
    EXPECT_EQ(second.calls[3], "program 10 5 32: 25 fc1 26 fc1");
}

TEST(Recording, AStepMoreCostsAByteOrTwoACall) {
    const auto size = [](std::uint64_t epochs) { return recorded_and_replayed(small_problem::config(epochs)); };
    const Both two = size(2), six = size(6);
    const std::size_t calls = six.recorded.size() - two.recorded.size();
    // Beside them an event a step and the losses that are read: 8 bytes a step in fp32.
    EXPECT_LT(six.stream.size() - two.stream.size(), 2 * calls + 4 * 13 * 20);
}

TEST(Recording, RefusesAStreamOfAnotherStructureOrWithoutItsEnd) {
    std::string stream = recorded_and_replayed(small_problem::config(1)).stream;
    const auto replayed = [](const std::string& bytes) {
        StreamReader reader(bytes);
        Witness witness;
        return replay(reader, witness, [](const Event&) { return true; });
    };
    EXPECT_THROW(replayed(stream.substr(0, stream.size() - 2)), std::runtime_error);
    EXPECT_THROW(replayed(stream.substr(0, stream.size() / 2)), std::runtime_error);
    stream[5] = static_cast<char>(stream[5] ^ 1);
    EXPECT_THROW(replayed(stream), std::runtime_error);
}

TEST(Recording, ChangesNothingOfWhatItRecords) {
    small_problem::TrainingRun plain(small_problem::config(1));
    ReferenceExecutor executor(1, 1);
    Recorder recorder(executor, {}, [](const std::string&) {});
    std::vector<double> losses;
    train(small_problem::config(1), small_problem::network(), small_problem::dataset(), {}, recorder, 1,
          [&](const Event& event) {
              if (const auto* epoch = std::get_if<EpochDone>(&event)) losses.push_back(epoch->train_loss);
              return true;
          });
    ASSERT_EQ(losses.size(), 1u);
    EXPECT_EQ(losses[0], plain.all_of<EpochDone>()[0].train_loss);
}

}  // namespace
}  // namespace ulpsim::workloads

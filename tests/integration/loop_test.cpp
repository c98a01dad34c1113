// A loop handed to a place leaves the same bytes on the platform as on the reference executor, whatever the machine: the
// inner loop of a variance-reduced method on rows drawn at random, and a sum of tensors.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <functional>

#include "models/arithmetic/random_bits.hpp"
#include "platform/architectures/simulation.hpp"
#include "tests/integration/training_case.hpp"
#include "tests/support/witness.hpp"
#include "workloads/executor/op_sequence.hpp"
#include "workloads/executor/reference_executor.hpp"
#include "workloads/recording/recorder.hpp"

namespace ulpsim::test {
namespace {

using workloads::Place;
using workloads::Role;
using workloads::Tensor;

constexpr std::uint64_t samples = 60, features = 37, iterations = 50, batch = 2;

/// w -= 0.01 (X_b^T (X_b w - t_b) + g) in stochastic rounding, over blocks of two rows; then s = relu(w - 2 g).
void program(workloads::Executor& executor, Place place, bool random, std::uint64_t loops) {
    workloads::OpSequence ops(executor);
    const arithmetic::Format e4m3 = precision("e4m3").format, e5m10 = precision("e5m10").format;
    const auto allocate = [&](Role role, std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format,
                              const std::string& name) {
        const Tensor tensor = executor.allocate(place, role, rows, columns, format, name);
        std::vector<double> values(rows * columns);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = std::floor(std::sin(static_cast<double>(i * 7 + name.size())) * 8) / 8;
        std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(format, rows, columns));
        const std::uint64_t pitch = arithmetic::row_bytes(format, columns);
        for (std::uint64_t row = 0; row < rows; ++row)
            arithmetic::pack(format, values.data() + row * columns, 0, columns, bytes.data() + row * pitch);
        executor.write(tensor, bytes, "boot");
        return tensor;
    };
    const Tensor x = allocate(Role::input, samples, features, e4m3, "x");
    const Tensor t = allocate(Role::label, samples / batch, batch, e5m10, "minus_t");
    const Tensor w = allocate(Role::weight, 1, features, e5m10, "w"),
                 g = allocate(Role::gradient, 1, features, e5m10, "g");
    const Tensor r = allocate(Role::error, 1, batch, e5m10, "r"), v = allocate(Role::gradient, 1, features, e5m10, "v");
    const Tensor s = allocate(Role::activation, 1, features, e4m3, "s");
    for (std::uint64_t loop = 0; loop < loops; ++loop) {
        ops.program(place, iterations, samples / batch, random, [&](workloads::OpSequence& body) {
            workloads::MatrixProduct residual;
            residual.dot.a = e5m10;
            residual.dot.b = e4m3;
            residual.a = w;
            residual.b = x.selected_rows(batch);
            residual.transpose_b = true;
            residual.bias = t.selected_rows(1);
            residual.out = r;
            body.enqueue(place, "inner", "-", residual);
            workloads::MatrixProduct gradient = residual;
            gradient.a = r;
            gradient.transpose_b = false;
            gradient.bias = g;
            gradient.out = v;
            body.enqueue(place, "inner", "-", gradient);
            workloads::Update update{
                .gradient = v, .master = w, .velocity = {}, .weight = {}, .operation = {}, .changes = {}};
            update.operation.learning_rate = 0.01;
            update.operation.master_rounding = arithmetic::parse_rounding("sr8");
            body.enqueue(place, "inner", "-", update);
        });
        ops.enqueue(place, "other", "-",
                    workloads::Combination{.a = w,
                                           .b = g,
                                           .out = s,
                                           .factor = -2,
                                           .activation = arithmetic::Activation::relu,
                                           .mask = {},
                                           .rounding = arithmetic::parse_rounding("sr4")});
    }
    executor.wait("other");
}

std::vector<Witness::Statement> on_reference(Place place, bool random) {
    workloads::ReferenceExecutor executor(7, 1);
    Witness witness(executor);
    program(witness, place, random, 3);
    return witness.statements;
}

void expect_identical(const platform::PlatformConfig& config, Place place, bool random) {
    platform::Simulation simulation(config, {.seed = 7, .threads = 1});
    std::vector<Witness::Statement> statements;
    simulation.run([&](workloads::Executor& executor) {
        Witness witness(executor);
        program(witness, place, random, 3);
        statements = std::move(witness.statements);
    });
    EXPECT_EQ(statements, on_reference(place, random));
    EXPECT_GT(statements.size(), 40U);
}

TEST(Loop, LeavesTheSameBytesOnTheAcceleratorOnly) {
    expect_identical(platform_case(platform::Kind::accelerator_only), Place::accelerator, true);
}

TEST(Loop, LeavesTheSameBytesBehindAChannel) {
    expect_identical(platform_case(platform::Kind::host_accelerator), Place::accelerator, true);
}

TEST(Loop, LeavesTheSameBytesOnTheHost) {
    expect_identical(platform_case(platform::Kind::host_accelerator), Place::host, true);
}

TEST(Loop, LeavesTheSameBytesWithoutDoubleBufferingAndInTurn) {
    platform::PlatformConfig config = platform_case(platform::Kind::accelerator_only);
    config.accelerator.scratchpad = {.size_kib = 16, .banks = 4, .double_buffer = false};
    expect_identical(config, Place::accelerator, false);
}

TEST(Loop, LeavesTheSameBytesWhereWeightsStayOnChip) {
    platform::PlatformConfig config = platform_case(platform::Kind::accelerator_only);
    config.accelerator.scratchpad = {.size_kib = 32, .banks = 4, .resident_kib = 8};
    expect_identical(config, Place::accelerator, true);
}

/// Seconds, traffic and every counted operation of a run in a child process, as text.
std::string cost_of_child(bool values, const std::function<void(workloads::Executor&)>& work) {
    int ends[2];
    if (pipe(ends) != 0) return "no pipe";
    if (fork() == 0) {
        platform::Simulation simulation(platform_case(platform::Kind::host_accelerator), {.seed = 7, .values = values});
        simulation.run(work);
        std::string text =
            std::to_string(simulation.ledger().now_ps()) + " " + std::to_string(simulation.traffic().channel_bytes);
        for (const power::Cell& cell : simulation.ledger().cells())
            text +=
                "\n" + cell.component + " " + cell.operation_text + " " + cell.phase + " " + std::to_string(cell.count);
        _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    close(ends[1]);
    std::string text(65536, ' ');
    std::size_t size = 0;
    for (ssize_t n = 0; (n = read(ends[0], text.data() + size, text.size() - size)) > 0;)
        size += static_cast<std::size_t>(n);
    close(ends[0]);
    text.resize(size);
    return text;
}

void three_loops(workloads::Executor& executor) { program(executor, Place::accelerator, true, 3); }

TEST(Loop, CostsTheSameToTheLastBitWithoutValues) {
    const std::string with = cost_of_child(true, three_loops);
    EXPECT_GT(with.size(), 1000U) << with;
    EXPECT_EQ(with, cost_of_child(false, three_loops));
}

TEST(Loop, CostsTheSameToTheLastBitWhenItIsReplayed) {
    std::string stream;
    workloads::ReferenceExecutor reference(7, 1);
    workloads::Recorder recorder(reference, {}, [&](const std::string& bytes) { stream += bytes; });
    three_loops(recorder);
    recorder.end(workloads::Status::completed);
    const std::string replayed = cost_of_child(false, [&](workloads::Executor& executor) {
        workloads::StreamReader reader(stream);
        workloads::replay(reader, executor, [](const workloads::Event&) { return true; });
    });
    EXPECT_GT(replayed.size(), 1000U) << replayed;
    EXPECT_EQ(replayed, cost_of_child(true, three_loops));
}

TEST(Loop, SendsNothingOverTheChannelInAnIteration) {
    platform::Simulation simulation(platform_case(platform::Kind::host_accelerator), {.seed = 7, .threads = 1});
    simulation.run([&](workloads::Executor& executor) { program(executor, Place::accelerator, true, 3); });
    // Three loops of 50 iterations of at least ten descriptors: the tensors, the body, a few descriptors and doorbells.
    EXPECT_LT(simulation.traffic().channel_messages, 50U);
}

TEST(Loop, SelectsEveryBlockAboutEquallyOften) {
    std::vector<int> hits(10);
    for (std::uint64_t i = 0; i < 10000; ++i) ++hits[arithmetic::random_index({1, 2}, i, hits.size())];
    for (const int count : hits) EXPECT_NEAR(count, 1000, 150);  // five standard deviations
}

}  // namespace
}  // namespace ulpsim::test

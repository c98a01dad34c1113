#include "models/accelerator/accelerator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "models/accelerator/array_timing.hpp"
#include "models/accelerator/vector_timing.hpp"
#include "tests/support/counted.hpp"
#include "tests/unit/accelerator/commands.hpp"

namespace ulpsim::models {
namespace {

using tests::counted;

// ---- the array ------------------------------------------------------------------------------------------------------

TEST(Accelerator, MultipliesTheBytesInItsScratchpadStoredEitherWay) {
    constexpr std::uint32_t m = 5, n = 9, k = 11;
    const std::vector<double> a = integers(m * k, 1), b = integers(k * n, 3);
    std::vector<double> wanted(m * n, 0);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < n; ++j)
            for (std::size_t x = 0; x < k; ++x) wanted[i * n + j] += a[i * k + x] * b[x * n + j];
    const auto transposed = [](const std::vector<double>& values, std::size_t rows) {
        std::vector<double> result;
        const std::size_t columns = values.size() / rows;
        for (std::size_t j = 0; j < columns; ++j)
            for (std::size_t i = 0; i < rows; ++i) result.push_back(values[i * columns + j]);
        return result;
    };
    Machine machine("machine", parameters());
    std::vector<Command> commands;
    std::vector<Operand> results;
    for (std::uint32_t way = 0; way < 4; ++way) {
        const bool at = (way & 1U) != 0, bt = (way & 2U) != 0;
        ProductCommand p = product(m, n, k, at, bt);
        for (Operand* operand : {&p.a, &p.b, &p.accumulators}) operand->address += 1024 * way;
        at ? machine.put(p.a, k, m, transposed(a, m)) : machine.put(p.a, m, k, a);
        bt ? machine.put(p.b, n, k, transposed(b, k)) : machine.put(p.b, k, n, b);
        results.push_back(p.accumulators);
        commands.push_back(command(Queue::array, p));
    }
    run(machine, [&] { machine.submit(commands); });
    machine.accelerator.rethrow();
    for (const Operand& result : results) EXPECT_EQ(machine.get(result, m, n), wanted);
    EXPECT_EQ(machine.execution.macs, 4U * m * n * k);
    EXPECT_EQ(counted<power::Mac>(machine.ledger), 4U * m * n * k);
    EXPECT_EQ(counted<power::Descriptor>(machine.ledger), 4U);
}

TEST(Accelerator, PartsOfKResumeWhereTheAccumulatorsAreAndBiasStartsThem) {
    Machine machine("machine", parameters());
    constexpr std::uint32_t m = 4, n = 4, k = 8;
    ProductCommand whole = product(m, n, k), first = product(m, n, 5), rest = product(m, n, 3);
    machine.put(whole.a, m, k, integers(m * k, 2));
    machine.put(whole.b, k, n, integers(k * n, 5));
    whole.bias = first.bias = operand(60000, n, arithmetic::bf16);
    machine.put(whole.bias, 1, n, {0.5, 1.5, 2.5, 3.5});
    whole.start = first.start = arithmetic::Product::Start::bias;
    rest.start = arithmetic::Product::Start::resume;
    first.a.pitch = rest.a.pitch = whole.a.pitch;
    rest.a.address += 5;
    rest.b.address += 5 * whole.b.pitch;
    rest.first_k = 5;
    whole.accumulators.address = 40000;
    run(machine, [&] {
        machine.submit({command(Queue::array, first), command(Queue::array, rest), command(Queue::array, whole)});
    });
    machine.accelerator.rethrow();
    const std::vector<double> sums = machine.get(whole.accumulators, m, n);
    EXPECT_EQ(machine.get(first.accumulators, m, n), sums);
    EXPECT_EQ(sums[0] - std::floor(sums[0]), 0.5);  // the bias is in it
}

TEST(Accelerator, AProductTakesExactlyTheFormulasCycles) {
    Machine machine("machine", parameters());
    std::vector<Command> commands{command(Queue::array, product(1, 1, 1))};  // from its end the others are timed
    std::vector<std::uint64_t> wanted;
    std::uint64_t all = array_cycles({1, 1, 1}, parameters().array, Dataflow::output_stationary);
    for (const Gemm gemm : {Gemm{16, 16, 16}, {33, 17, 65}, {3, 40, 9}}) {
        for (const Dataflow dataflow :
             {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary}) {
            ProductCommand p = product(static_cast<std::uint32_t>(gemm.m), static_cast<std::uint32_t>(gemm.n),
                                       static_cast<std::uint32_t>(gemm.k));
            p.dataflow = dataflow;
            commands.push_back(command(Queue::array, p));
            wanted.push_back(array_cycles(gemm, parameters().array, dataflow));
            all += wanted.back();
        }
    }
    run(machine, [&] { machine.submit(commands); });
    machine.accelerator.rethrow();
    ASSERT_EQ(machine.log.at[array].size(), wanted.size() + 1);
    for (std::size_t i = 0; i < wanted.size(); ++i)
        EXPECT_EQ(machine.log.at[array][i + 1] - machine.log.at[array][i], wanted[i] * cycle) << i;
    EXPECT_EQ(machine.accelerator.array.cycles(), all);
    EXPECT_EQ(machine.activity("accelerator.array").busy_ps, all * cycle);
    EXPECT_EQ(stalled(machine, "accelerator.array", power::Cause::port), 0U);
}

/// A product of exp(bf16,2) takes what the products of its terms take: a bf16 product three or four times as deep.
TEST(Accelerator, AProductOfExpansionsCostsTheProductsOfItsTerms) {
    constexpr std::uint32_t m = 16, n = 16, k = 20;
    Machine machine("machine", parameters());
    const auto product_of = [&](const char* format, std::uint32_t depth, arithmetic::Split split) {
        ProductCommand p = product(m, n, depth);
        p.dot.a = p.dot.b = arithmetic::parse_format(format);
        p.dot.split = split;
        p.a = operand(0, depth, p.dot.a);
        p.a.plane = m * p.a.pitch;
        p.b = operand(16384, n, p.dot.b);
        p.b.plane = depth * p.b.pitch;
        return p;
    };
    using arithmetic::Split;
    std::vector<Command> commands{command(Queue::array, product(1, 1, 1)),
                                  command(Queue::array, product_of("exp(bf16,2)", k, Split::leading)),
                                  command(Queue::array, product_of("bf16", 3 * k, Split::leading)),
                                  command(Queue::array, product_of("exp(bf16,2)", k, Split::all)),
                                  command(Queue::array, product_of("bf16", 4 * k, Split::leading))};
    const char* layers[] = {"-", "split3", "deep3", "split4", "deep4"};
    for (std::size_t i = 0; i < commands.size(); ++i) commands[i].tag = machine.ledger.tag("forward", layers[i]);
    run(machine, [&] { machine.submit(commands); });
    machine.accelerator.rethrow();
    const auto& at = machine.log.at[array];
    ASSERT_EQ(at.size(), commands.size());
    for (const auto& [split, depth, count] : {std::tuple{1U, 2U, 3U}, {3U, 4U, 4U}}) {
        EXPECT_EQ(at[split] - at[split - 1], at[depth] - at[depth - 1]);
        EXPECT_EQ(counted<power::Mac>(machine.ledger, layers[split]), std::uint64_t{count} * m * n * k);
        EXPECT_EQ(counted<power::Mac>(machine.ledger, layers[depth]), std::uint64_t{count} * m * n * k);
        EXPECT_EQ(counted<power::SramRead>(machine.ledger, layers[split]),
                  counted<power::SramRead>(machine.ledger, layers[depth]));
    }
}

TEST(Accelerator, TooFewBanksStallTheArrayByTheRatio) {
    AcceleratorParameters narrow = parameters();
    narrow.scratchpad_banks = 1;  // 64 bits a cycle; 8 rows and 8 columns eat 128
    Machine machine("machine", narrow);
    run(machine, [&] {
        machine.submit({command(Queue::array, product(1, 1, 1)), command(Queue::array, product(16, 16, 16))});
    });
    const std::uint64_t formula = array_cycles({16, 16, 16}, narrow.array, Dataflow::output_stationary);
    EXPECT_EQ(machine.log.at[array][1] - machine.log.at[array][0], (formula + 4 * 16) * cycle);
    EXPECT_EQ(stalled(machine, "accelerator.array", power::Cause::port), (4 * 16 + 1) * cycle);
    EXPECT_EQ(machine.activity("accelerator.array").busy_ps, machine.accelerator.array.cycles() * cycle);
    EXPECT_EQ(machine.accelerator.array.cycles(),
              formula + array_cycles({1, 1, 1}, narrow.array, Dataflow::output_stationary));
}

// ---- tokens ---------------------------------------------------------------------------------------------------------

TEST(Accelerator, ACommandStartsInTheInstantItsTokensAreThere) {
    // The vector unit waits for two products: not for the first alone, and not a picosecond longer than for the second.
    Machine machine("machine", parameters());
    const std::uint64_t conversion_time = (6 + vector_latency) * cycle;  // 96 elements on 16 lanes
    run(machine, [&] {
        machine.submit({command(Queue::array, product(8, 12, 40)), command(Queue::array, product(8, 12, 100)),
                        command(Queue::vector, conversion(8, 12), {0, 2, 0, 0})});
    });
    machine.accelerator.rethrow();
    const auto& products = machine.log.at[array];
    ASSERT_EQ(products.size(), 2U);
    ASSERT_EQ(machine.log.at[vector].size(), 1U);
    EXPECT_GT(products[1], products[0] + conversion_time);
    EXPECT_EQ(machine.log.at[vector][0], products[1] + conversion_time);
    // It was dealt with the products, so it stalled for as long as both took.
    EXPECT_EQ(stalled(machine, "accelerator.vector_unit", power::Cause::dependency),
              machine.activity("accelerator.array").busy_ps);
}

TEST(Accelerator, ACommandWhoseTokensAreThereDoesNotWaitForOthers) {
    Machine machine("machine", parameters());
    run(machine, [&] {
        machine.submit({command(Queue::array, product(8, 12, 40)), command(Queue::array, product(8, 12, 100)),
                        command(Queue::vector, conversion(8, 12), {0, 1, 0, 0})});
    });
    EXPECT_EQ(machine.log.at[vector][0], machine.log.at[array][0] + (6 + vector_latency) * cycle);
}

TEST(Accelerator, LoadsOverlapTheProductBeforeTheirs) {
    // The same work, with the second load free to run ahead or held back until the first product is done.
    Machine overlapped("overlapped", parameters()), serial("serial", parameters());
    const auto script = [](Machine& machine, const Tokens& second_load) {
        machine.submit({command(Queue::load, move(tensors, 0, 4096)),
                        command(Queue::array, product(32, 32, 128), {1, 0, 0, 0}),
                        command(Queue::load, move(tensors + 8192, 8192, 4096), second_load),
                        command(Queue::array, product(32, 32, 128), {2, 0, 0, 0})});
    };
    overlapped.host.set_script([&] { script(overlapped, {}); });
    serial.host.set_script([&] { script(serial, {0, 1, 0, 0}); });
    sc_core::sc_start();
    const std::uint64_t compute = cycle * array_cycles({32, 32, 128}, parameters().array, Dataflow::output_stationary);
    EXPECT_EQ(serial.log.at[load][0], overlapped.log.at[load][0]);
    const std::uint64_t first_load = serial.log.at[load][0];
    ASSERT_LT(overlapped.log.at[load][1] - first_load, compute);  // the load is the shorter one
    // Overlapped: load, then both products back to back. Serial: load, product, load, product.
    EXPECT_EQ(overlapped.log.at[array][1], first_load + 2 * compute);
    EXPECT_GT(serial.log.at[load][1], first_load + compute);
    EXPECT_EQ(serial.log.at[array][1], serial.log.at[load][1] + compute);
    EXPECT_EQ(stalled(serial, "accelerator.dma_in", power::Cause::dependency), compute);
    EXPECT_EQ(stalled(overlapped, "accelerator.dma_in", power::Cause::dependency), 0U);
}

TEST(Accelerator, BusyStalledAndIdleOfEachUnitAreTheWhole) {
    Machine machine("machine", parameters());
    run(machine, [&] {
        machine.host.sleep_until(1'000'000);
        machine.submit({command(Queue::load, move(tensors, 0, 4096)),
                        command(Queue::array, product(16, 16, 64), {1, 0, 0, 0}),
                        command(Queue::vector, conversion(16, 16), {0, 1, 0, 0}),
                        command(Queue::store, move(tensors, 49152, 512), {0, 0, 1, 0})});
    });
    machine.accelerator.rethrow();
    // All four are dealt when they have been fetched. Before it every unit is idle; from then on a unit is stalled until
    // its tokens are there, busy (or held up by what it accesses) until it retires, and idle to the end.
    ASSERT_EQ(machine.log.fetched.size(), 1U);
    const std::uint64_t dealt = machine.log.fetched[0];
    EXPECT_GT(dealt, 1'000'000U);
    EXPECT_EQ(busy_and_stalled(machine, "accelerator.dma_in"), machine.log.at[load][0] - dealt);
    EXPECT_EQ(busy_and_stalled(machine, "accelerator.array"), machine.log.at[array][0] - dealt);
    EXPECT_EQ(busy_and_stalled(machine, "accelerator.vector_unit"), machine.log.at[vector][0] - dealt);
    EXPECT_EQ(busy_and_stalled(machine, "accelerator.dma_out"), machine.log.at[store][0] - dealt);
    EXPECT_EQ(machine.activity("accelerator.vector_unit").busy_ps, (16 + vector_latency) * cycle);
    EXPECT_EQ(stalled(machine, "accelerator.dma_out", power::Cause::dependency), machine.log.at[vector][0] - dealt);
}

TEST(Accelerator, AFullQueueStallsTheSequencerAndNothingElse) {
    AcceleratorParameters shallow = parameters();
    shallow.queue_depth = 1;
    Machine machine("machine", shallow);
    std::vector<Command> commands;
    for (int i = 0; i < 5; ++i) commands.push_back(command(Queue::array, product(8, 8, 100)));
    commands.push_back(command(Queue::vector, conversion(4, 4)));
    run(machine, [&] { machine.submit(commands); });
    const std::uint64_t compute = cycle * array_cycles({8, 8, 100}, shallow.array, Dataflow::output_stationary);
    const auto& products = machine.log.at[array];
    EXPECT_EQ(products[4] - products[0], 4 * compute);
    // The fifth product is dealt when the fourth retires; only then the conversion, which waits for nothing, is too.
    EXPECT_EQ(stalled(machine, "accelerator.sequencer", power::Cause::queue_full), 4 * compute);
    EXPECT_EQ(machine.log.at[vector][0], products[3] + (1 + vector_latency) * cycle);
}

}  // namespace
}  // namespace ulpsim::models

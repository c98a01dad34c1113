#include "models/accelerator/accelerator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/accelerator/array_timing.hpp"
#include "tests/support/counted.hpp"
#include "tests/unit/accelerator/machine.hpp"

namespace ulpsim::models {
namespace {

using ::testing::HasSubstr;
using tests::counted;

const arithmetic::Format e4m3fn = arithmetic::parse_format("e4m3fn");
constexpr std::uint64_t cycle = 2000;  // 500 MHz
constexpr auto load = static_cast<std::size_t>(Queue::load), array = static_cast<std::size_t>(Queue::array),
               vector = static_cast<std::size_t>(Queue::vector), store = static_cast<std::size_t>(Queue::store);

AcceleratorParameters parameters() {
    return {.clock_mhz = 500,
            .array = {.rows = 8, .columns = 8},
            .expansion = {},
            .scratchpad_bytes = 64 * 1024,
            .operators = {e4m3fn},
            .ring_address = memory};
}

Operand operand(std::uint32_t address, std::uint64_t columns, const arithmetic::Format& format) {
    return {.address = address,
            .pitch = static_cast<std::uint32_t>(arithmetic::row_bytes(format, columns)),
            .format = format};
}

/// An e4m3fn product with fp32 accumulators, A at 0, B at 16 KiB, the accumulators at 32 KiB.
ProductCommand product(std::uint32_t rows, std::uint32_t columns, std::uint32_t depth, bool transpose_a = false,
                       bool transpose_b = false) {
    arithmetic::Dot dot;
    dot.a = dot.b = e4m3fn;
    return {.dot = dot,
            .a = operand(0, transpose_a ? rows : depth, e4m3fn),
            .b = operand(16384, transpose_b ? depth : columns, e4m3fn),
            .accumulators = operand(32768, columns, arithmetic::fp32),
            .transpose_a = transpose_a,
            .transpose_b = transpose_b,
            .rows = rows,
            .columns = columns,
            .depth = depth,
            .position = {.total_columns = columns}};
}

Move move(std::uint64_t address, std::uint32_t scratchpad, std::uint32_t bytes) {
    return {.memory = address,
            .memory_pitch = bytes,
            .scratchpad = scratchpad,
            .scratchpad_pitch = bytes,
            .rows = 1,
            .row_bytes = bytes};
}

ConvertCommand conversion(std::uint32_t rows, std::uint32_t columns) {
    return {.in = operand(32768, columns, arithmetic::fp32),
            .out = operand(49152, columns, arithmetic::bf16),
            .rows = rows,
            .columns = columns,
            .position = {.total_columns = columns}};
}

/// Small integers: every product and sum of them is exact in fp32.
std::vector<double> integers(std::size_t count, int seed) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<int>((i * 7 + static_cast<std::size_t>(seed)) % 9) - 4;
    return values;
}

void run(Machine& machine, const std::function<void()>& script) {
    machine.host.set_script(script);
    sc_core::sc_start();
}

std::uint64_t stalled(const Machine& machine, const std::string& component, power::Cause cause) {
    const power::Activity activity = machine.activity(component);
    const auto found = activity.stalled_ps.find(cause);
    return found == activity.stalled_ps.end() ? 0 : found->second;
}

std::uint64_t busy_and_stalled(const Machine& machine, const std::string& component) {
    const power::Activity activity = machine.activity(component);
    std::uint64_t sum = activity.busy_ps;
    for (const auto& [cause, time] : activity.stalled_ps) sum += time;
    return sum;
}

// ---- the array
// -------------------------------------------------------------------------------------------------------

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

// ---- tokens
// ----------------------------------------------------------------------------------------------------------

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

// ---- DMA
// -------------------------------------------------------------------------------------------------------------

TEST(Accelerator, AStridedMoveAtOddAddressesBringsEveryRowOfEveryPlane) {
    Machine machine("machine", parameters());
    const Move in{.memory = tensors + 3,
                  .memory_pitch = 13,
                  .memory_plane = 1000,
                  .scratchpad = 5,
                  .scratchpad_pitch = 9,
                  .scratchpad_plane = 501,
                  .rows = 6,
                  .row_bytes = 7,
                  .planes = 2};
    Move out = in;
    out.memory += 4096;
    std::vector<std::uint8_t> source(2000), back(2000), wanted(2000);
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::uint8_t>(i * 37 + 1);
    run(machine, [&] {
        machine.host.debug(tlm::TLM_WRITE_COMMAND, tensors, source);
        machine.submit({command(Queue::load, in), command(Queue::store, out, {1, 0, 0, 0})});
    });
    machine.accelerator.rethrow();
    machine.host.debug(tlm::TLM_READ_COMMAND, tensors + 4096, back);
    const std::uint8_t* scratchpad = machine.accelerator.scratchpad.bytes();
    for (std::size_t plane = 0; plane < 2; ++plane) {
        for (std::size_t row = 0; row < 6; ++row) {
            for (std::size_t i = 0; i < 7; ++i) {
                const std::size_t at = 3 + 1000 * plane + 13 * row + i;
                wanted[at] = source[at];
                EXPECT_EQ(scratchpad[5 + 501 * plane + 9 * row + i], source[at]);
            }
        }
    }
    EXPECT_EQ(back, wanted);  // and nothing beside it was written
    EXPECT_EQ(machine.accelerator.dma_in.transactions(), 12U);
    EXPECT_EQ(machine.dram.bytes_written(), 2U * 6 * 7);
}

TEST(Accelerator, RowsThatFollowEachOtherAreOneTransaction) {
    Machine machine("machine", parameters());
    Move rows = move(tensors, 0, 64);
    rows.rows = 32;
    run(machine, [&] { machine.submit({command(Queue::load, rows)}); });
    EXPECT_EQ(machine.accelerator.dma_in.transactions(), 1U);
    EXPECT_EQ(machine.dram.bytes_read(), 2048U + descriptor_bytes);
    // Staging: in and out. The scratchpad: 64-bit words.
    EXPECT_EQ(counted<power::RegisterBit>(machine.ledger), 2U * 8 * 2048);
    std::uint64_t words = 0;
    for (const power::Cell& cell : machine.ledger.cells())
        if (cell.component == "accelerator.scratchpad") words += cell.count;
    EXPECT_EQ(words, 2048U / 8);
}

std::string error_of(const Machine& machine) {
    try {
        machine.accelerator.rethrow();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

TEST(Accelerator, AMoveFromMemoryThatNobodyHasIsReportedThroughRethrow) {
    Machine machine("machine", parameters());
    run(machine, [&] { machine.submit({command(Queue::load, move(memory + memory_bytes - 64, 0, 128))}); });
    EXPECT_THAT(error_of(machine), HasSubstr("dma_in"));
    EXPECT_THAT(error_of(machine), HasSubstr("TLM_ADDRESS_ERROR_RESPONSE"));
    EXPECT_THAT(error_of(machine), HasSubstr(std::to_string(memory + memory_bytes - 64)));
}

TEST(Accelerator, AMovePastTheScratchpadsEndIsReportedThroughRethrow) {
    Machine machine("machine", parameters());
    run(machine, [&] {
        machine.submit({command(Queue::store, move(tensors, 65536 - 64, 64)),
                        command(Queue::store, move(tensors, 65536 - 63, 64))});
    });
    EXPECT_EQ(machine.log.at[store].size(), 1U);  // the first one fits to the byte
    EXPECT_THAT(error_of(machine), HasSubstr("dma_out"));
    EXPECT_THAT(error_of(machine), HasSubstr("scratchpad"));
}

TEST(Accelerator, ARingThatLiesInNoMemoryIsReportedThroughRethrow) {
    AcceleratorParameters lost = parameters();
    lost.ring_address = 0x4000'0000;
    Machine machine("machine", lost);
    run(machine, [&] { machine.submit({command(Queue::array, product(1, 1, 1))}); });
    EXPECT_THAT(error_of(machine), HasSubstr("descriptor fetch"));
}

// ---- vector unit and expansion unit
// ----------------------------------------------------------------------------------

TEST(Accelerator, TheVectorUnitConvertsInTheTimeOfItsSlots) {
    Machine machine("machine", parameters());
    ConvertCommand c = conversion(3, 50);
    c.activation = arithmetic::Activation::relu;
    c.factor = 3;
    machine.put(c.in, 3, 50, integers(150, 4));
    run(machine, [&] { machine.submit({command(Queue::vector, conversion(1, 1)), command(Queue::vector, c)}); });
    machine.accelerator.rethrow();
    std::vector<double> wanted = integers(150, 4);
    for (double& value : wanted) value = std::max(0.0, 3 * value);
    EXPECT_EQ(machine.get(c.out, 3, 50), wanted);
    // 150 elements, 2 slots each (a multiplication that is no power of two), 16 lanes.
    EXPECT_EQ(machine.log.at[vector][1] - machine.log.at[vector][0], (19 + vector_latency) * cycle);
}

TEST(Accelerator, AnUpdateOfExpansionsTakesTheTimeOfTheSlowerUnit) {
    AcceleratorParameters slow = parameters();
    slow.expansion = {.lanes = 4, .base = arithmetic::bf16, .twosum = TwoSum::sequential};
    Machine machine("machine", slow);
    arithmetic::Format master = arithmetic::bf16;
    master.terms = 2;
    UpdateCommand update{.gradient = operand(0, 16, arithmetic::fp32),
                         .master = operand(4096, 16, master),
                         .state = arithmetic::fp32,
                         .learning_rate = 0.5,
                         .rows = 4,
                         .columns = 16,
                         .position = {.total_columns = 16}};
    update.master.plane = 4 * update.master.pitch;
    machine.put(update.gradient, 4, 16, std::vector<double>(64, 2.0));
    run(machine, [&] { machine.submit({command(Queue::vector, conversion(1, 1)), command(Queue::vector, update)}); });
    machine.accelerator.rethrow();
    Operand head = update.master;
    head.format = arithmetic::bf16;
    EXPECT_EQ(machine.get(head, 4, 16), std::vector<double>(64, -1.0));
    // 64 elements on 4 lanes, 10 additions each: far longer than the vector unit's 2 slots on 16 lanes.
    EXPECT_EQ(machine.log.at[vector][1] - machine.log.at[vector][0], (16 * 10 + vector_latency) * cycle);
    EXPECT_EQ(machine.activity("accelerator.expansion_unit").busy_ps, 160 * cycle);
}

// ---- the switch
// ------------------------------------------------------------------------------------------------------

TEST(Accelerator, WithoutValuesTimesAndCountsAreTheSame) {
    Machine values("values", parameters()), sizes("sizes", parameters(), false);
    const auto script = [](Machine& machine) {
        ProductCommand random = product(24, 16, 30);
        random.dot.rounding = {arithmetic::RoundingMode::sr, 13};
        ConvertCommand to_small = conversion(24, 16);
        to_small.out = operand(49152, 16, e4m3fn);
        to_small.rounding = {arithmetic::RoundingMode::sr, 8};
        for (int i = 0; i < 3; ++i) {
            const auto n = static_cast<std::uint32_t>(i);
            machine.submit({command(Queue::load, move(tensors + 5, 0, 720), {0, n, 0, 0}),
                            command(Queue::array, random, {n + 1, 0, n, 0}),
                            command(Queue::vector, to_small, {0, n + 1, 0, n}),
                            command(Queue::store, move(tensors + 4099, 49152, 384), {0, 0, n + 1, 0})});
        }
    };
    std::vector<std::uint8_t> data(2048, 0x38), stored(384), untouched(384);  // ones in e4m3fn
    values.host.set_script([&] {
        values.host.debug(tlm::TLM_WRITE_COMMAND, tensors, data);
        std::fill_n(values.accelerator.scratchpad.bytes() + 16384, 1024, std::uint8_t{0x38});
        script(values);
    });
    sizes.host.set_script([&] {
        sizes.host.debug(tlm::TLM_WRITE_COMMAND, tensors, data);
        script(sizes);
    });
    sc_core::sc_start();
    values.accelerator.rethrow();
    sizes.accelerator.rethrow();

    EXPECT_EQ(values.log.at, sizes.log.at);
    EXPECT_EQ(values.log.at[store].size(), 3U);
    EXPECT_EQ(values.execution.macs, sizes.execution.macs);
    const auto cells = [](const Machine& machine) {
        std::vector<std::string> text;
        for (const power::Cell& cell : machine.ledger.cells())
            text.push_back(cell.component + ' ' + cell.operation_text + ' ' + std::to_string(cell.count));
        return text;
    };
    EXPECT_EQ(cells(values), cells(sizes));
    const auto activity = [](const Machine& machine) {
        std::vector<std::uint64_t> times;
        for (const auto& [component, was] : machine.ledger.activity()) {
            times.push_back(was.busy_ps);
            for (const auto& [cause, time] : was.stalled_ps) times.push_back(time);
        }
        return times;
    };
    EXPECT_EQ(activity(values), activity(sizes));
    // 30 products of ones: the one has computed, the other has not.
    values.host.debug(tlm::TLM_READ_COMMAND, tensors + 4099, stored);
    sizes.host.debug(tlm::TLM_READ_COMMAND, tensors + 4099, untouched);
    EXPECT_EQ(stored, std::vector<std::uint8_t>(384, 0x5f));
    EXPECT_EQ(untouched, std::vector<std::uint8_t>(384, 0));
    EXPECT_EQ(sizes.execution.arithmetic_seconds, 0);
    EXPECT_EQ(sizes.accelerator.scratchpad.bytes()[0], 0);  // nor has a byte come in
}

// ---- ring and registers
// ----------------------------------------------------------------------------------------------

TEST(Accelerator, DescriptorsAreTakenAroundTheRingsEnd) {
    AcceleratorParameters small = parameters();
    small.ring_slots = 4;
    Machine machine("machine", small);
    run(machine, [&] {
        for (int batch = 0; batch < 5; ++batch) {
            std::vector<Command> commands;
            for (std::uint32_t i = 0; i < 3; ++i)
                commands.push_back(command(Queue::array, product(1, 1, 10U * static_cast<unsigned>(batch) + i + 1)));
            const std::uint32_t before = machine.accelerator.sequencer.fetched();
            machine.submit(commands);
            while (machine.accelerator.sequencer.fetched() != before + 3)
                sc_core::wait(machine.accelerator.sequencer.fetched_event());
        }
    });
    machine.accelerator.rethrow();
    EXPECT_EQ(machine.log.at[array].size(), 15U);
    EXPECT_EQ(machine.execution.macs, 3U * (1 + 11 + 21 + 31 + 41) + 5 * 3);  // each descriptor once
    // Batches at slots 0, 3 (around the end), 2 (around), 1 and 0.
    EXPECT_EQ(machine.accelerator.sequencer.transactions(), 7U);
}

TEST(Accelerator, TheRegistersTellWhatHasRetiredAndInterruptWhenAskedTo) {
    Machine machine("machine", parameters());
    std::vector<std::uint8_t> word(8);
    std::uint64_t interrupted = 0;
    run(machine, [&] {
        EXPECT_EQ(machine.write_register(8 + 8 * array, 2), tlm::TLM_OK_RESPONSE);
        machine.submit({command(Queue::array, product(8, 8, 8)), command(Queue::array, product(8, 8, 8)),
                        command(Queue::array, product(8, 8, 8))});
        sc_core::wait(machine.accelerator.retirement.interrupt);
        interrupted = picoseconds(sc_core::sc_time_stamp());
        EXPECT_EQ(machine.host.read(registers + 8 + 8 * array, word).status, tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(word, (std::vector<std::uint8_t>{2, 0, 0, 0, 0, 0, 0, 0}));
        machine.host.sleep_until(10'000'000);
        EXPECT_EQ(machine.log.interrupts, 1);
        machine.write_register(8 + 8 * array, 3);  // was reached long ago: says so at once
    });
    EXPECT_EQ(interrupted, machine.log.at[array].at(1));
    EXPECT_EQ(machine.log.interrupts, 2);
}

TEST(Accelerator, TheRegistersRefuseWhatTheyAreNot) {
    Machine machine("machine", parameters());
    std::vector<std::uint8_t> word(8), half(4);
    run(machine, [&] {
        EXPECT_EQ(machine.host.read(registers, word).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(machine.host.read(registers + 4, word).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(machine.host.write(registers + Sequencer::register_bytes, word).status,
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(machine.host.read(registers + 8, half).status, tlm::TLM_BURST_ERROR_RESPONSE);
    });
    EXPECT_EQ(machine.accelerator.sequencer.fetched(), 0U);
}

TEST(Accelerator, TheArraysInventoryHasWhatRanAndWhatItSupportsBeside) {
    AcceleratorParameters both = parameters();
    both.operators = {e4m3fn, arithmetic::bf16};
    Machine machine("machine", both);
    run(machine, [&] { machine.submit({command(Queue::array, product(8, 8, 8))}); });
    const power::Inventory inventory = machine.accelerator.array.inventory();
    ASSERT_EQ(inventory.operators.size(), 2U);
    EXPECT_EQ(std::get<power::Mac>(inventory.operators[0].operation).dot.a, e4m3fn);
    EXPECT_EQ(std::get<power::Mac>(inventory.operators[1].operation).dot.a, arithmetic::bf16);
    EXPECT_EQ(inventory.operators[0].count, 64U);
    EXPECT_EQ(inventory.register_bits, 64U * (16 + 16 + 32));
    ASSERT_EQ(inventory.clocked_cycles.size(), 1U);
    EXPECT_EQ(inventory.clocked_cycles.begin()->second, machine.accelerator.array.cycles());
}

}  // namespace
}  // namespace ulpsim::models

#include "models/accelerator/accelerator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include <algorithm>
#include <stdexcept>

#include "models/accelerator/array_timing.hpp"
#include "models/accelerator/vector_timing.hpp"
#include "tests/support/counted.hpp"
#include "tests/unit/accelerator/commands.hpp"

namespace ulpsim::models {
namespace {

using ::testing::HasSubstr;
using tests::counted;

// ---- DMA ------------------------------------------------------------------------------------------------------------

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
    run(machine, [&] { machine.ring_doorbell(); });
    EXPECT_THAT(error_of(machine), HasSubstr("descriptor fetch"));
}

// ---- vector unit and expansion unit ---------------------------------------------------------------------------------

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

/// What the vector unit of a machine counted, by name.
std::map<std::string, std::uint64_t> vector_operations(const Machine& machine) {
    std::map<std::string, std::uint64_t> counts;
    for (const power::Cell& cell : machine.ledger.cells())
        if (cell.component == "accelerator.vector_unit") counts[cell.operation_text] += cell.count;
    return counts;
}

TEST(Accelerator, AnUpdateByAPowerOfTwoAddsAndMultipliesNothing) {
    Machine machine("machine", parameters());
    const auto int8 = arithmetic::parse_format("int8"), fix = arithmetic::parse_format("fix16.12");
    const UpdateCommand update{.gradient = operand(0, 16, fix),
                               .master = operand(4096, 16, int8),
                               .state = fix,
                               .learning_rate = 1,
                               .rows = 4,
                               .columns = 16,
                               .position = {.total_columns = 16}};
    run(machine, [&] { machine.submit({command(Queue::vector, update)}); });
    machine.accelerator.rethrow();
    const auto counts = vector_operations(machine);
    EXPECT_EQ(counts.at("add[fix16.12,rne]"), 64u);
    for (const auto& [operation, count] : counts)
        EXPECT_TRUE(!operation.starts_with("fma") && !operation.starts_with("mul")) << operation;
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
    // 64 elements on 4 lanes, 10 additions each: far longer than the vector unit's 2 slots on 16 lanes. The additions of an
    // element follow one another through their pipeline, which is paid for once.
    EXPECT_EQ(machine.log.at[vector][1] - machine.log.at[vector][0],
              (16 * 10 + vector_latency + 10 * vector_latency) * cycle);
    EXPECT_EQ(machine.activity("accelerator.expansion_unit").busy_ps, 160 * cycle);
}

// ---- the switch -----------------------------------------------------------------------------------------------------

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

// ---- ring and registers ---------------------------------------------------------------------------------------------

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

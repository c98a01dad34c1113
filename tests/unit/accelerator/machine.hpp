#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "models/accelerator/accelerator.hpp"
#include "models/interconnect/bus.hpp"
#include "models/memory/dram.hpp"
#include "tests/support/script_initiator.hpp"

namespace ulpsim::models {

inline constexpr std::uint64_t registers = 0x1000'0000, window = 0x2000'0000, memory = 0x8000'0000,
                               memory_bytes = 1 << 20;
inline constexpr std::uint64_t tensors = memory + (1 << 18);  ///< behind the command ring

/// When each command of each queue retired, and when descriptors were fetched, in picoseconds.
class RetirementLog : public sc_core::sc_module {
public:
    std::array<std::vector<std::uint64_t>, queue_count> at;
    std::vector<std::uint64_t> fetched;
    int interrupts = 0;

    RetirementLog(const sc_core::sc_module_name& name, Retirement& retirement, const Sequencer& sequencer)
        : sc_module(name), retirement_(retirement) {
        SC_HAS_PROCESS(RetirementLog);
        SC_METHOD(record);
        dont_initialize();
        for (const sc_core::sc_event& event : retirement.event) sensitive << event;
        SC_METHOD(count_interrupt);
        dont_initialize();
        sensitive << retirement.interrupt;
        SC_METHOD(record_fetch);
        dont_initialize();
        sensitive << sequencer.fetched_event();
        await_next();
    }

private:
    void record() {
        for (std::size_t q = 0; q < queue_count; ++q)
            while (at[q].size() < retirement_.count[q]) at[q].push_back(picoseconds(sc_core::sc_time_stamp()));
        await_next();
    }
    void await_next() {
        for (std::size_t q = 0; q < queue_count; ++q)
            retirement_.awaited[q] = std::min(retirement_.awaited[q], retirement_.count[q] + 1);
    }
    void record_fetch() { fetched.push_back(picoseconds(sc_core::sc_time_stamp())); }
    void count_interrupt() { ++interrupts; }
    Retirement& retirement_;
};

/// A host that runs a script, a bus, one DRAM, and the accelerator: accelerator_only in small.
class Machine {
public:
    explicit Machine(const std::string& name, const AcceleratorParameters& parameters, bool values = true)
        : execution{.values = values},
          host((name + "_host").c_str()),
          bus((name + "_bus").c_str(), {}, ledger.meter("interconnect")),
          dram((name + "_dram").c_str(), {.timing = dram_timing("lpddr4_3200"), .bytes = memory_bytes},
               ledger.meter("dram")),
          accelerator((name + "_accelerator").c_str(), parameters, execution, ledger),
          log((name + "_log").c_str(), accelerator.retirement, accelerator.sequencer),
          ring_slots_(parameters.ring_slots) {
        host.initiator.bind(bus.target);
        accelerator.dma_in.initiator.bind(bus.target);
        accelerator.dma_out.initiator.bind(bus.target);
        accelerator.sequencer.initiator.bind(bus.target);
        bus.map({registers, registers + Sequencer::register_bytes});
        bus.initiator.bind(accelerator.sequencer.registers);
        bus.map({window, window + accelerator.scratchpad.size()});
        bus.initiator.bind(accelerator.scratchpad.target);
        bus.map({memory, memory + memory_bytes});
        bus.initiator.bind(dram.target);
    }

    /// In the host's script: writes descriptors into the ring, which they must fit, and rings the doorbell.
    void submit(const std::vector<Command>& commands) {
        for (const Command& command : commands) {
            const Descriptor bytes = encode(command);
            std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
            host.debug(tlm::TLM_WRITE_COMMAND, memory + submitted_++ % ring_slots_ * descriptor_bytes, data);
        }
        EXPECT_EQ(write_register(0, submitted_), tlm::TLM_OK_RESPONSE);
    }
    /// In the host's script: rings the doorbell for one descriptor, whatever the ring holds, and does not wait.
    void ring_doorbell() {
        std::vector<std::uint8_t> one{1, 0, 0, 0, 0, 0, 0, 0};
        EXPECT_EQ(host.post(registers, one), tlm::TLM_OK_RESPONSE);
    }
    tlm::tlm_response_status write_register(std::uint64_t offset, std::uint64_t value) {
        std::vector<std::uint8_t> data(8);
        std::memcpy(data.data(), &value, 8);
        return host.write(registers + offset, data).status;
    }
    power::Activity activity(const std::string& component) const { return ledger.activity()[component]; }

    /// A value a byte-aligned element of a dense matrix in the scratchpad.
    void put(const Operand& operand, std::uint64_t rows, std::uint64_t columns, const std::vector<double>& values) {
        for (std::uint64_t row = 0; row < rows; ++row)
            arithmetic::pack(operand.format, values.data() + row * columns, 0, columns,
                             accelerator.scratchpad.bytes() + operand.address + row * operand.pitch);
    }
    std::vector<double> get(const Operand& operand, std::uint64_t rows, std::uint64_t columns) {
        std::vector<double> values(rows * columns);
        for (std::uint64_t row = 0; row < rows; ++row)
            arithmetic::unpack(operand.format, accelerator.scratchpad.bytes() + operand.address + row * operand.pitch,
                               0, columns, values.data() + row * columns);
        return values;
    }

    power::Ledger ledger;
    Execution execution;
    tests::ScriptInitiator host;
    Bus bus;
    Dram dram;
    Accelerator accelerator;
    RetirementLog log;

private:
    std::uint32_t ring_slots_, submitted_ = 0;
};

template <class Body>
Command command(Queue queue, const Body& body, const Tokens& wait = {}) {
    Command c;
    c.queue = queue;
    c.wait = wait;
    c.body = body;
    return c;
}

}  // namespace ulpsim::models

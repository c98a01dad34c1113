#include "models/host/cpu.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "models/memory/dram.hpp"
#include "tests/support/counted.hpp"
#include "tests/support/protocol_checker.hpp"

namespace ulpsim::models {
namespace {

using sc_core::sc_time_stamp;
using tests::counted;

constexpr std::uint64_t cycle = 2500;  // 400 MHz

class CpuTest : public ::testing::Test {
protected:
    CpuTest() {
        cpu.initiator.bind(checker.target);
        checker.initiator.bind(memory.target);
    }
    void run(std::function<void()> program) {
        cpu.set_program(std::move(program));
        sc_core::sc_start();
        for (const std::string& violation : checker.violations()) ADD_FAILURE() << violation;
    }
    std::uint64_t now() const { return picoseconds(sc_time_stamp()); }
    power::Activity activity() const { return ledger.activity().at("host"); }

    power::Ledger ledger;
    Cpu cpu{"cpu", cpu_model("cortex_m7"), 400, 2, ledger.meter("host")};
    tests::ProtocolChecker checker{"checker"};
    Dram memory{
        "memory", {.timing = dram_timing("lpddr4_3200"), .channels = 1, .bytes = 1 << 20}, ledger.meter("dram")};
};

TEST_F(CpuTest, WorkIsLocalTimeUntilTheProgramEnds) {
    run([&] {
        cpu.work({.flops_fp32 = 2000}, {});
        EXPECT_EQ(now(), 0U);
    });
    cpu.rethrow();
    EXPECT_EQ(now(), 1000 * cycle);
    EXPECT_EQ(cpu.busy_cycles(), 1000U);
    EXPECT_EQ(counted<power::HostCycle>(ledger), 2000U);  // two cores
    EXPECT_EQ(activity().busy_ps, 1000 * cycle);
}

TEST_F(CpuTest, ControlRunsOnOneCoreAndIsChargedToItsTag) {
    const power::Tag tag = ledger.tag("update", "fc1");
    run([&] { cpu.cycles_of_work(300, tag); });
    EXPECT_EQ(counted<power::HostCycle>(ledger, "fc1"), 300U);
    EXPECT_EQ(now(), 300 * cycle);
}

TEST_F(CpuTest, BytesWrittenAreReadBack) {
    std::vector<std::uint8_t> written(10'000), seen(10'000);
    std::iota(written.begin(), written.end(), std::uint8_t{});
    run([&] {
        cpu.write(12'345, written.data(), written.size(), {});
        cpu.read(12'345, seen.data(), seen.size(), {});
    });
    cpu.rethrow();
    EXPECT_EQ(seen, written);
    EXPECT_EQ(memory.transactions(), 2U);  // a run is one transaction, whatever its length
}

TEST_F(CpuTest, AnAccessStartsWhenTheWorkBeforeItIsDone) {
    std::uint8_t byte = 0;
    run([&] {
        cpu.cycles_of_work(100, {});
        cpu.read(0, &byte, 1, {});
        EXPECT_EQ(now(), 100 * cycle);
    });
    const std::uint64_t latency = (29 + 28 + 8) * 625 + 30'000;  // closed row
    EXPECT_EQ(now(), 100 * cycle + latency);
    EXPECT_EQ(activity().stalled_ps.at(power::Cause::memory), latency);
}

TEST_F(CpuTest, WithoutValuesTimesAndCountsAreTheSame) {
    std::vector<std::uint8_t> data(1000, 3), seen(1000, 8);
    std::vector<std::uint64_t> ends;
    run([&] {
        for (const bool values : {true, false}) {
            cpu.synchronise();
            const std::uint64_t start = now();
            cpu.write(4096, values ? data.data() : nullptr, 1000, ledger.tag("a", values ? "on" : "off"), values);
            cpu.read(4096, values ? data.data() : seen.data(), 1000, ledger.tag("a", values ? "on" : "off"), values);
            cpu.read(4096, values ? data.data() : nullptr, 0, {}, values);
            cpu.synchronise();
            ends.push_back(now() - start);
        }
    });
    cpu.rethrow();
    EXPECT_EQ(seen, std::vector<std::uint8_t>(1000, 8));
    EXPECT_EQ(counted<power::DramReadByte>(ledger, "on"), counted<power::DramReadByte>(ledger, "off"));
    EXPECT_EQ(counted<power::DramWriteByte>(ledger, "on"), counted<power::DramWriteByte>(ledger, "off"));
    ASSERT_EQ(ends.size(), 2U);
    // The first access opened the row. All end before the first refresh.
    EXPECT_EQ(ends[0] - ends[1], 29U * 625);
}

TEST_F(CpuTest, AnErrorResponseNamesTheAccess) {
    std::uint8_t byte = 0;
    run([&] { cpu.read(1 << 20, &byte, 1, {}); });
    EXPECT_THAT([&] { cpu.rethrow(); }, ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr(
                                            "read of 1 bytes at 0x100000 got TLM_ADDRESS_ERROR_RESPONSE")));
}

TEST_F(CpuTest, TheProgramsOwnExceptionComesOutAfterSimulation) {
    run([&] {
        cpu.cycles_of_work(10, {});
        throw Error("batch is 0; allowed: 1 and more");
    });
    EXPECT_THROW(cpu.rethrow(), Error);
    EXPECT_NO_THROW(sc_core::sc_start());  // the kernel is in order
}

TEST_F(CpuTest, WaitingIsIdleAndEndsWithAnInterrupt) {
    sc_core::sc_event done;
    bool ready = false;
    struct Device : sc_core::sc_module {
        std::function<void()> script;
        explicit Device(const sc_core::sc_module_name& name) : sc_module(name) {
            SC_HAS_PROCESS(Device);
            SC_THREAD(run);
        }
        void run() { script(); }
    } device("device");
    device.script = [&] {
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
        done.notify();  // not yet: the program looks and waits on
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
        ready = true;
        done.notify();
    };
    run([&] {
        cpu.cycles_of_work(4, {});
        cpu.wait_until([&] { return ready; }, done, {});
        EXPECT_EQ(now(), 2'000'000U);
    });
    cpu.rethrow();
    EXPECT_EQ(now(), 2'000'000 + 12 * cycle);
    EXPECT_EQ(activity().busy_ps, 16 * cycle);
}

TEST_F(CpuTest, WhatIsReadyCostsNoWait) {
    const sc_core::sc_event never;
    run([&] { cpu.wait_until([] { return true; }, never, {}); });
    EXPECT_EQ(now(), 0U);
    EXPECT_EQ(cpu.busy_cycles(), 0U);
}

TEST_F(CpuTest, TheInventoryNamesModelCoresAndClock) {
    const power::Inventory inventory = cpu.inventory();
    EXPECT_EQ(inventory.host_model, "cortex_m7");
    EXPECT_EQ(inventory.host_cores, 2U);
    EXPECT_EQ(inventory.host_clock_mhz, 400);
    run({});
}

TEST_F(CpuTest, ACpuWithoutCoresOrClockIsRefused) {
    EXPECT_THROW(Cpu("none", cpu_model("cortex_m7"), 400, 0, ledger.meter("none")), Error);
    EXPECT_THROW(Cpu("stopped", cpu_model("cortex_m7"), 0, 1, ledger.meter("stopped")), Error);
}

}  // namespace
}  // namespace ulpsim::models

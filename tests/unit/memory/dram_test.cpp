#include "models/memory/dram.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "models/arithmetic/error.hpp"
#include "tests/support/counted.hpp"
#include "tests/support/protocol_checker.hpp"
#include "tests/support/script_initiator.hpp"

namespace ulpsim::models {
namespace {

using tests::counted;
using tests::ProtocolChecker;
using tests::ScriptInitiator;

constexpr std::uint64_t refi_ps = 6246 * 625;

DramParameters parameters(unsigned channels) {
    return {.timing = dram_timing("lpddr4_3200"), .channels = channels, .bytes = 1 << 20};
}

std::vector<std::uint8_t> pattern(std::size_t bytes) {
    std::vector<std::uint8_t> data(bytes);
    std::iota(data.begin(), data.end(), std::uint8_t{1});
    return data;
}

class DramTest : public ::testing::Test {
protected:
    void build(const DramParameters& dram_parameters) {
        dram = std::make_unique<Dram>("dram", dram_parameters, ledger.meter("dram"));
        master.initiator.bind(checker.target);
        checker.initiator.bind(dram->target);
    }
    void run(const std::function<void()>& script) {
        master.set_script(script);
        sc_core::sc_start();
        expect_no_violations();
    }
    void expect_no_violations() const {
        for (const std::string& violation : checker.violations()) ADD_FAILURE() << violation;
    }

    power::Ledger ledger;
    ScriptInitiator master{"master"};
    ProtocolChecker checker{"checker"};
    std::unique_ptr<Dram> dram;
};

TEST_F(DramTest, BytesWrittenAreReadBackOverFourChannels) {
    build(parameters(4));
    std::vector<std::uint8_t> written = pattern(10'001), seen(10'001), around(2);
    run([&] {
        EXPECT_EQ(master.write(777, written).status, tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(master.read(777, seen).status, tlm::TLM_OK_RESPONSE);
        master.read(775, around);
    });
    EXPECT_EQ(seen, written);
    EXPECT_EQ(around, std::vector<std::uint8_t>(2));
    EXPECT_EQ(dram->bytes_written(), 10'001U);
    EXPECT_EQ(dram->bytes_read(), 10'003U);
    EXPECT_EQ(dram->transactions(), 3U);
}

TEST_F(DramTest, RefusesABurstPastItsEnd) {
    build(parameters(1));
    std::vector<std::uint8_t> data(64);
    run([&] {
        EXPECT_EQ(master.write((1 << 20) - 64, data).status, tlm::TLM_OK_RESPONSE);
        const auto outcome = master.write((1 << 20) - 63, data);
        EXPECT_EQ(outcome.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(outcome.picoseconds, 0U);
        EXPECT_EQ(master.read(~std::uint64_t{0} - 10, data).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
    EXPECT_EQ(dram->transactions(), 1U);
}

TEST_F(DramTest, RefusesByteEnablesStreamingAndForeignCommands) {
    build(parameters(1));
    std::vector<std::uint8_t> data(64);
    run([&] {
        unsigned char enables[] = {0xff};
        Transaction enabled(tlm::TLM_READ_COMMAND, 0, data.data(), 64, {});
        enabled.payload().set_byte_enable_ptr(enables);
        enabled.payload().set_byte_enable_length(1);
        EXPECT_EQ(master.send(enabled.payload()).status, tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        Transaction streaming(tlm::TLM_READ_COMMAND, 0, data.data(), 64, {});
        streaming.payload().set_streaming_width(4);
        EXPECT_EQ(master.send(streaming.payload()).status, tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(master.access(tlm::TLM_IGNORE_COMMAND, 0, data.data(), 64).status, tlm::TLM_COMMAND_ERROR_RESPONSE);
    });
    EXPECT_EQ(dram->bytes_read(), 0U);
}

TEST_F(DramTest, DebugTransportTakesNoTimeAndCountsNothing) {
    build(parameters(4));
    std::vector<std::uint8_t> written = pattern(5000), seen(5000), tail(100);
    run([&] {
        EXPECT_EQ(master.debug(tlm::TLM_WRITE_COMMAND, 3000, written), 5000U);
        EXPECT_EQ(master.debug(tlm::TLM_READ_COMMAND, 3000, seen), 5000U);
        EXPECT_EQ(master.debug(tlm::TLM_READ_COMMAND, (1 << 20) - 40, tail), 40U);
        EXPECT_EQ(master.debug(tlm::TLM_READ_COMMAND, 1 << 20, tail), 0U);
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    });
    EXPECT_EQ(seen, written);
    EXPECT_TRUE(ledger.cells().empty());
}

TEST_F(DramTest, CountsRowsBurstsAndTheTagTheyAreChargedTo) {
    build(parameters(1));
    std::vector<std::uint8_t> data(5000);
    Access about, deep;  // deep: done before the first refresh closes the rows again
    about.tag = ledger.tag("forward", "fc1");
    about.max_outstanding = deep.max_outstanding = 64;
    run([&] {
        master.read(0, data, about);     // 3 rows, 157 bursts
        master.write(6000, data, deep);  // 4 rows, of which one is open; bursts 187 .. 343
        master.read(0, data, deep);      // open rows
    });
    EXPECT_EQ(counted<power::DramActivate>(ledger, "fc1"), 3U);
    EXPECT_EQ(counted<power::DramActivate>(ledger), 3U + 3U);
    EXPECT_EQ(counted<power::DramReadByte>(ledger, "fc1"), 157U * 32);
    EXPECT_EQ(counted<power::DramReadByte>(ledger), 2 * 157U * 32);
    EXPECT_EQ(counted<power::DramWriteByte>(ledger), 157U * 32);
}

TEST_F(DramTest, EveryRefreshIsCountedOnceBusyOrIdle) {
    build(parameters(2));
    std::vector<std::uint8_t> data(200'000);
    run([&] {
        master.read(0, data);
        dram->finish(picoseconds(sc_core::sc_time_stamp()));
        master.sleep_until(50 * refi_ps + 5);
        master.read(0, data);
        master.sleep_until(200 * refi_ps);
    });
    const std::uint64_t during = counted<power::DramRefresh>(ledger);
    EXPECT_GE(during, 100U);
    EXPECT_LT(during, 400U);
    dram->finish(picoseconds(sc_core::sc_time_stamp()));
    dram->finish(picoseconds(sc_core::sc_time_stamp()));
    EXPECT_EQ(counted<power::DramRefresh>(ledger), 2 * 200U);
}

TEST_F(DramTest, ASingleBurstTakesDeviceAndControllerLatency) {
    build(parameters(4));
    std::vector<std::uint8_t> data(32);
    run([&] {
        EXPECT_EQ(master.read(0, data).picoseconds, (29U + 28 + 8) * 625 + 30'000);
        EXPECT_EQ(master.read(32, data).picoseconds, (28U + 8) * 625 + 30'000);
    });
}

TEST_F(DramTest, FourChannelsAreFourTimesAsFastForADeepWindow) {
    DramParameters one = parameters(1), four = parameters(4);
    Dram narrow("narrow", one, ledger.meter("narrow"));
    ScriptInitiator other("other");
    other.initiator.bind(narrow.target);
    build(four);
    std::vector<std::uint8_t> data(1 << 20);
    Access about;
    about.max_outstanding = 256;
    std::uint64_t alone = 0, together = 0;
    other.set_script([&] { alone = other.read(0, data, about).picoseconds; });
    run([&] { together = master.read(0, data, about).picoseconds; });
    EXPECT_NEAR(static_cast<double>(alone) / static_cast<double>(together), 4, 0.1);
}

TEST_F(DramTest, WithoutValuesTimesAndCountsAreTheSameAndNoByteMoves) {
    Dram sizes("sizes", parameters(4), ledger.meter("sizes"));
    ScriptInitiator other("other");
    other.initiator.bind(sizes.target);
    build(parameters(4));
    std::vector<std::uint8_t> data = pattern(9000);
    std::uint8_t nothing = 0;
    std::vector<std::uint64_t> times, sizes_times;
    Access off;
    off.values = false;
    const std::uint64_t addresses[] = {0, 5, 70'000, 16'384, 100};
    other.set_script([&] {
        for (const std::uint64_t address : addresses)
            for (const tlm::tlm_command command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND})
                sizes_times.push_back(other.access(command, address, &nothing, 9000, off).picoseconds);
    });
    run([&] {
        for (const std::uint64_t address : addresses)
            for (const tlm::tlm_command command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND})
                times.push_back(master.access(command, address, data.data(), 9000).picoseconds);
    });
    EXPECT_EQ(times, sizes_times);
    std::map<std::string, std::map<std::string, std::uint64_t>> counts;
    for (const power::Cell& cell : ledger.cells()) counts[cell.component][cell.operation_text] += cell.count;
    EXPECT_EQ(counts["dram"], counts["sizes"]);
    EXPECT_EQ(nothing, 0);
}

TEST_F(DramTest, HalfATebibyteCostsNothingUntilItIsTouched) {
    DramParameters large = parameters(4);
    large.bytes = std::uint64_t{512} << 30;
    build(large);
    std::vector<std::uint8_t> written = pattern(64), seen(64);
    run([&] {
        master.write(large.bytes - 64, written);
        master.read(large.bytes - 64, seen);
    });
    EXPECT_EQ(seen, written);
}

TEST_F(DramTest, ParametersThatMakeNoMemoryAreRefused) {
    DramParameters bad = parameters(0);
    EXPECT_THROW(Dram("a", bad, ledger.meter("a")), Error);
    bad = parameters(1);
    bad.interleave_bytes = 100;
    EXPECT_THROW(Dram("b", bad, ledger.meter("b")), Error);
    bad = parameters(1);
    bad.bytes = 0;
    EXPECT_THROW(Dram("c", bad, ledger.meter("c")), Error);
}

TEST_F(DramTest, TheInventoryNamesModelAndChannels) {
    build(parameters(4));
    const power::Inventory inventory = dram->inventory();
    EXPECT_EQ(inventory.component, "dram");
    EXPECT_EQ(inventory.dram_model, "lpddr4_3200");
    EXPECT_EQ(inventory.dram_channels, 4U);
    run([] {});
}

}  // namespace
}  // namespace ulpsim::models

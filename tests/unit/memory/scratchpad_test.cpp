#include "models/memory/scratchpad.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "models/arithmetic/error.hpp"
#include "tests/support/counted.hpp"
#include "tests/support/protocol_checker.hpp"
#include "tests/support/script_initiator.hpp"

namespace ulpsim::models {
namespace {

using tests::counted;

constexpr ScratchpadParameters sixteen_banks{.bytes = 64 * 1024, .banks = 16, .word_bits = 64, .clock_mhz = 500};

class ScratchpadTest : public ::testing::Test {
protected:
    ScratchpadTest() {
        master.initiator.bind(checker.target);
        checker.initiator.bind(scratchpad.target);
    }
    void run(const std::function<void()>& script) {
        master.set_script(script);
        sc_core::sc_start();
        for (const std::string& violation : checker.violations()) ADD_FAILURE() << violation;
    }
    power::Ledger ledger;
    tests::ScriptInitiator master{"master"};
    tests::ProtocolChecker checker{"checker"};
    Scratchpad scratchpad{"scratchpad", sixteen_banks, ledger.meter("scratchpad")};
};

TEST_F(ScratchpadTest, TheBusSideAndTheUnitsSeeTheSameBytes) {
    std::vector<std::uint8_t> written(1000), seen(1000);
    std::iota(written.begin(), written.end(), std::uint8_t{3});
    run([&] {
        EXPECT_EQ(master.write(100, written).status, tlm::TLM_OK_RESPONSE);
        EXPECT_TRUE(std::equal(written.begin(), written.end(), scratchpad.bytes() + 100));
        scratchpad.bytes()[100] = 99;
        master.read(100, seen);
    });
    written[0] = 99;
    EXPECT_EQ(seen, written);
}

TEST_F(ScratchpadTest, RefusesABurstPastItsEnd) {
    std::vector<std::uint8_t> data(8);
    run([&] {
        EXPECT_EQ(master.read(64 * 1024 - 8, data).status, tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(master.read(64 * 1024 - 7, data).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
}

TEST_F(ScratchpadTest, RefusesByteEnables) {
    std::vector<std::uint8_t> data(8);
    run([&] {
        unsigned char enables[] = {0xff};
        Transaction enabled(tlm::TLM_WRITE_COMMAND, 0, data.data(), 8, {});
        enabled.payload().set_byte_enable_ptr(enables);
        enabled.payload().set_byte_enable_length(1);
        EXPECT_EQ(master.send(enabled.payload()).status, tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    });
}

TEST_F(ScratchpadTest, ABurstTakesACycleAndOneMoreForEachLineOfBanks) {
    std::vector<std::uint8_t> line(128), more(129), shifted(128);
    run([&] {
        EXPECT_EQ(master.read(0, line).picoseconds, 2 * 2000U);
        EXPECT_EQ(master.read(0, more).picoseconds, 3 * 2000U);
        EXPECT_EQ(master.read(4, shifted).picoseconds, 3 * 2000U);  // touches a 17th word
    });
    EXPECT_EQ(counted<power::SramRead>(ledger), 16U + 17 + 17);
}

TEST_F(ScratchpadTest, UnitsCountWholeWords) {
    scratchpad.count_read(1, {});
    scratchpad.count_read(65, {});
    scratchpad.count_write(64, {});
    EXPECT_EQ(counted<power::SramRead>(ledger), 3U);
    EXPECT_EQ(counted<power::SramWrite>(ledger), 1U);
    EXPECT_EQ(scratchpad.bits_per_cycle(), 1024U);
    run([] {});
}

TEST_F(ScratchpadTest, WithoutValuesTimesAndCountsAreTheSameAndNoByteMoves) {
    std::vector<std::uint8_t> data(500, 7);
    std::uint8_t nothing = 0;
    Access off;
    off.values = false;
    run([&] {
        const auto moved = master.write(0, data);
        const auto sizes = master.access(tlm::TLM_WRITE_COMMAND, 1024, &nothing, 500, off);
        EXPECT_EQ(moved.picoseconds, sizes.picoseconds);
        EXPECT_EQ(scratchpad.bytes()[1024], 0);
    });
    EXPECT_EQ(counted<power::SramWrite>(ledger), 2 * 63U);
}

TEST_F(ScratchpadTest, DebugTransportTakesNoTimeAndCountsNothing) {
    std::vector<std::uint8_t> data(10, 5);
    run([&] {
        EXPECT_EQ(master.debug(tlm::TLM_WRITE_COMMAND, 64 * 1024 - 4, data), 4U);
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    });
    EXPECT_EQ(scratchpad.bytes()[64 * 1024 - 1], 5);
    EXPECT_TRUE(ledger.cells().empty());
}

TEST_F(ScratchpadTest, TheInventoryHoldsItsBanks) {
    const power::Inventory inventory = scratchpad.inventory();
    ASSERT_EQ(inventory.srams.size(), 1U);
    EXPECT_EQ(inventory.srams[0].bank_kib, 4U);
    EXPECT_EQ(inventory.srams[0].banks, 16U);
    run([] {});
}

TEST_F(ScratchpadTest, ParametersThatMakeNoMemoryAreRefused) {
    EXPECT_THROW(Scratchpad("a", {.bytes = 0}, ledger.meter("a")), Error);
    EXPECT_THROW(Scratchpad("b", {.bytes = 64, .word_bits = 12}, ledger.meter("b")), Error);
}

}  // namespace
}  // namespace ulpsim::models

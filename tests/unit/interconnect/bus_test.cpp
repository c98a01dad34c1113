#include "models/interconnect/bus.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "models/memory/scratchpad.hpp"
#include "tests/support/counted.hpp"
#include "tests/support/protocol_checker.hpp"
#include "tests/support/script_initiator.hpp"

namespace ulpsim::models {
namespace {

using tests::counted;
using tests::ProtocolChecker;
using tests::ScriptInitiator;

constexpr std::uint64_t cycle = 2000;  // 500 MHz
constexpr BusParameters bus_parameters{.width_bits = 128, .clock_mhz = 500, .latency_cycles = 4};
// Much wider than the bus, so that the bus alone is seen: 1 + 1 cycles up to 8 KiB.
constexpr ScratchpadParameters fast{.bytes = 1 << 20, .banks = 1024, .word_bits = 64, .clock_mhz = 500};

/// Two masters, two memories at 0x1000'0000 and 0x2000'0000; every socket is watched.
class BusTest : public ::testing::Test {
protected:
    BusTest() {
        first.initiator.bind(before_first.target);
        second.initiator.bind(before_second.target);
        before_first.initiator.bind(bus.target);
        before_second.initiator.bind(bus.target);
        bus.map({0x10000000, 0x10100000});
        bus.initiator.bind(before_low.target);
        bus.map({0x20000000, 0x20100000});
        bus.initiator.bind(before_high.target);
        before_low.initiator.bind(low.target);
        before_high.initiator.bind(high.target);
    }
    void run() {
        sc_core::sc_start();
        for (const ProtocolChecker* checker : {&before_first, &before_second, &before_low, &before_high})
            for (const std::string& violation : checker->violations()) ADD_FAILURE() << checker->name() << violation;
    }
    power::Ledger ledger;
    ScriptInitiator first{"first"}, second{"second"};
    ProtocolChecker before_first{"before_first"}, before_second{"before_second"}, before_low{"before_low"},
        before_high{"before_high"};
    Bus bus{"bus", bus_parameters, ledger.meter("bus")};
    Scratchpad low{"low", fast, ledger.meter("low")}, high{"high", fast, ledger.meter("high")};
    std::vector<std::uint8_t> kib = std::vector<std::uint8_t>(1024, 5);
};

TEST_F(BusTest, AddressesReachTheTargetThatTheyAreMappedTo) {
    first.set_script([&] {
        EXPECT_EQ(first.write(0x10000010, kib).status, tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(first.write(0x200ffc00, kib).status, tlm::TLM_OK_RESPONSE);
    });
    run();
    EXPECT_EQ(low.bytes()[0x0f], 0);
    EXPECT_EQ(low.bytes()[0x10], 5);
    EXPECT_EQ(high.bytes()[0xffbff], 0);
    EXPECT_EQ(high.bytes()[0xfffff], 5);
    EXPECT_EQ(bus.transactions(), 2U);
}

TEST_F(BusTest, TheInitiatorFindsItsAddressAsItWas) {
    first.set_script([&] {
        Transaction transaction(tlm::TLM_READ_COMMAND, 0x20000040, kib.data(), 64, {});
        first.send(transaction.payload());
        EXPECT_EQ(transaction.payload().get_address(), 0x20000040U);
    });
    run();
}

TEST_F(BusTest, AnAddressThatNobodyHasAndARunPastARangeAreRefused) {
    first.set_script([&] {
        EXPECT_EQ(first.read(0x0fffffff, kib).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(first.read(0x100ffc01, kib).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(first.read(0x20100000, kib).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(first.debug(tlm::TLM_READ_COMMAND, 0x0fffffff, kib), 0U);
    });
    run();
    EXPECT_TRUE(ledger.cells().empty());
}

TEST_F(BusTest, ATransactionTakesLatencyBeatsAndAnAddressBeatAPage) {
    first.set_script([&] {
        EXPECT_EQ(first.read(0x10000000, kib).picoseconds, (4 + 64 + 1) * cycle);
        EXPECT_EQ(first.read(0x10000008, kib).picoseconds, (4 + 65 + 1) * cycle);  // one beat more, being askew
        EXPECT_EQ(first.read(0x10000e00, kib).picoseconds, (4 + 64 + 2) * cycle);  // crosses a page
    });
    run();
}

TEST_F(BusTest, ASlowTargetEndsTheTransaction) {
    std::vector<std::uint8_t> word(8);
    first.set_script([&] {
        EXPECT_EQ(first.read(0x10000000, word).picoseconds, (4 + 2) * cycle);  // target and bus: 2 cycles each, at once
    });
    run();
}

TEST_F(BusTest, TwoMastersShareTheBandwidth) {
    std::uint64_t alone = 0, last = 0;
    first.set_script([&] {
        alone = first.read(0x10000000, kib).picoseconds;
        first.sleep_until(1'000'000);
        for (int i = 0; i < 10; ++i) first.read(0x10000000, kib);
        last = std::max(last, picoseconds(sc_core::sc_time_stamp()));
    });
    second.set_script([&] {
        second.sleep_until(1'000'000);
        for (int i = 0; i < 10; ++i) second.read(0x20000000, kib);
        last = std::max(last, picoseconds(sc_core::sc_time_stamp()));
    });
    run();
    // 20 transactions of 65 beats one behind the other, and the latency of the last one.
    EXPECT_EQ(alone, 69 * cycle);
    EXPECT_EQ(last - 1'000'000, (20 * 65 + 4) * cycle);
}

TEST_F(BusTest, AMasterThatRanAheadDoesNotDelayAnEarlierRequest) {
    std::uint64_t ahead = 0, late = 0;
    first.set_script([&] {
        Transaction transaction(tlm::TLM_READ_COMMAND, 0x10000000, kib.data(), 1024, {});
        sc_core::sc_time delay(10, sc_core::SC_US);  // its own time; simulated time is still 0
        first.initiator->b_transport(transaction.payload(), delay);
        ahead = picoseconds(delay);
    });
    second.set_script([&] { late = second.read(0x20000000, kib).picoseconds; });
    run();
    EXPECT_EQ(ahead, 10'000'000 + 69 * cycle);
    EXPECT_EQ(late, 69 * cycle);
}

TEST_F(BusTest, ReadsAndWritesDoNotShareAChannel) {
    std::uint64_t read = 0, written = 0;
    first.set_script([&] { read = first.read(0x10000000, kib).picoseconds; });
    second.set_script([&] { written = second.write(0x20000000, kib).picoseconds; });
    run();
    EXPECT_EQ(read, 69 * cycle);
    EXPECT_EQ(written, 69 * cycle);
}

TEST_F(BusTest, CountsTheBytesOfTheTag) {
    Access about;
    about.tag = ledger.tag("forward", "fc1");
    first.set_script([&] {
        first.read(0x10000000, kib, about);
        first.write(0x10000000, kib);
    });
    run();
    EXPECT_EQ(counted<power::BusByte>(ledger, "fc1"), 1024U);
    EXPECT_EQ(counted<power::BusByte>(ledger), 2048U);
}

TEST_F(BusTest, WithoutValuesTimesAreTheSame) {
    std::uint8_t nothing = 0;
    Access off;
    off.values = false;
    first.set_script([&] {
        const auto moved = first.write(0x10000000, kib);
        const auto sizes = first.access(tlm::TLM_WRITE_COMMAND, 0x10000000, &nothing, 1024, off);
        EXPECT_EQ(moved.picoseconds, sizes.picoseconds);
    });
    run();
    EXPECT_EQ(counted<power::BusByte>(ledger), 2048U);
}

TEST_F(BusTest, DebugTransportPassesThroughWithoutTime) {
    first.set_script([&] {
        EXPECT_EQ(first.debug(tlm::TLM_WRITE_COMMAND, 0x20000100, kib), 1024U);
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    });
    run();
    EXPECT_EQ(high.bytes()[0x100], 5);
    EXPECT_TRUE(ledger.cells().empty());
}

TEST_F(BusTest, OverlappingAndEmptyRangesAreRefused) {
    EXPECT_THROW(bus.map({0x100fffff, 0x10200000}), std::logic_error);
    EXPECT_THROW(bus.map({0x30000000, 0x30000000}), std::logic_error);
    EXPECT_NO_THROW(bus.map({0x10100000, 0x10200000}));
    EXPECT_THROW(sc_core::sc_start(), std::exception);  // a range without a target
}

TEST_F(BusTest, AWidthThatIsNoWholeByteIsRefused) {
    EXPECT_THROW(Bus("odd", {.width_bits = 12}, ledger.meter("odd")), Error);
    EXPECT_THROW(Bus("stopped", {.clock_mhz = 0}, ledger.meter("stopped")), Error);
}

}  // namespace
}  // namespace ulpsim::models

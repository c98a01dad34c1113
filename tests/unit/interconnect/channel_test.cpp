#include "models/interconnect/channel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "models/arithmetic/error.hpp"
#include "models/memory/scratchpad.hpp"
#include "tests/support/counted.hpp"
#include "tests/support/protocol_checker.hpp"
#include "tests/support/script_initiator.hpp"

namespace ulpsim::models {
namespace {

using tests::counted;

// Far faster than any link here: a transaction takes 2 cycles of 1 ns.
constexpr ScratchpadParameters fast{.bytes = 1 << 20, .banks = 1 << 17, .word_bits = 64, .clock_mhz = 1000};

class ChannelTest : public ::testing::Test {
protected:
    void build(const ChannelTiming& timing) {
        channel = std::make_unique<Channel>("channel", timing, ledger.meter("channel"));
        master.initiator.bind(near.target);
        near.initiator.bind(channel->target);
        channel->initiator.bind(far.target);
        far.initiator.bind(memory.target);
    }
    void run(const std::function<void()>& script) {
        master.set_script(script);
        sc_core::sc_start();
        for (const std::string& violation : near.violations()) ADD_FAILURE() << violation;
        for (const std::string& violation : far.violations()) ADD_FAILURE() << violation;
    }
    power::Ledger ledger;
    tests::ScriptInitiator master{"master"};
    tests::ProtocolChecker near{"near"}, far{"far"};
    Scratchpad memory{"memory", fast, ledger.meter("memory")};
    std::unique_ptr<Channel> channel;
};

TEST(ChannelTiming, PcieEfficiencyIsThatOfItsPacketOverhead) {
    const ChannelTiming& pcie = channel_timing("pcie3_x1");
    EXPECT_NEAR(128.0 / static_cast<double>(pcie.wire_bytes(128)), 0.842, 0.0005);
    EXPECT_NEAR(pcie.bytes_per_second * 4096 / static_cast<double>(pcie.wire_bytes(4096)), 829e6, 1e6);
    EXPECT_DOUBLE_EQ(channel_timing("pcie3_x4").bytes_per_second, 4 * pcie.bytes_per_second);
}

TEST(ChannelTiming, AQuadSpiReadTakesTheCyclesOfItsFormula) {
    // 8 + 24/4 + 2 + 4 + 2 a byte at 100 MHz: facts: platform 5.
    const ChannelTiming& qspi = channel_timing("qspi");
    for (const std::uint64_t bytes : {64U, 4096U})
        EXPECT_DOUBLE_EQ(static_cast<double>(qspi.wire_bytes(bytes)) / qspi.bytes_per_second,
                         (8 + 24.0 / 4 + 2 + 4 + 2 * static_cast<double>(bytes)) / 100e6);
    const ChannelTiming& spi = channel_timing("spi");
    EXPECT_DOUBLE_EQ(static_cast<double>(spi.wire_bytes(64)) / spi.bytes_per_second, (32 + 8 * 64.0) / 50e6);
}

TEST(ChannelTiming, AStartedPacketHasAWholeOverhead) {
    const ChannelTiming& pcie = channel_timing("pcie3_x1");
    EXPECT_EQ(pcie.wire_bytes(1), 1U + 24);
    EXPECT_EQ(pcie.wire_bytes(129), 129U + 48);
}

TEST(ChannelTiming, AnUnknownModelIsRefusedWithTheKnownOnes) {
    try {
        channel_timing("usb");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "model is usb; allowed: spi, qspi, pcie3_x1, pcie3_x4, chiplet, on_chip");
    }
    EXPECT_THAT(channel_timing_names(),
                ::testing::ElementsAre("spi", "qspi", "pcie3_x1", "pcie3_x4", "chiplet", "on_chip"));
}

TEST_F(ChannelTest, AWriteTakesMessageLatencyAndWire) {
    build(channel_timing("pcie3_x1"));
    std::vector<std::uint8_t> data(12'800, 7);
    run([&] {
        // 100 packets of 152 B at 8 GT/s * 128/130 / 8.
        const double wire_ps = 15'200 / (8e9 * 128 / 130 / 8) * 1e12;
        const auto outcome = master.write(0, data);
        EXPECT_EQ(outcome.status, tlm::TLM_OK_RESPONSE);
        EXPECT_NEAR(static_cast<double>(outcome.picoseconds), 1'000'000 + 400'000 + wire_ps, 1);
    });
    EXPECT_EQ(memory.bytes()[12'799], 7);
    EXPECT_EQ(counted<power::LinkMessage>(ledger), 1U);
    EXPECT_EQ(counted<power::LinkByte>(ledger), 15'200U);
    EXPECT_EQ(channel->messages(), 1U);
    EXPECT_EQ(channel->payload_bytes(), 12'800U);
}

TEST_F(ChannelTest, AReadWaitsForItsRequestToo) {
    build(channel_timing("pcie3_x1"));
    std::vector<std::uint8_t> data(12'800);
    run([&] {
        const std::uint64_t written = master.write(0, data).picoseconds;
        EXPECT_EQ(master.read(0, data).picoseconds, written + 400'000);
    });
}

TEST_F(ChannelTest, ASlowFarSideEndsTheMessage) {
    ChannelTiming timing = channel_timing("pcie3_x4");
    timing.bytes_per_second = 1e15;
    build(timing);
    std::vector<std::uint8_t> data(64);
    run([&] {
        EXPECT_EQ(master.write(0, data).picoseconds, 1'400'000U + 2000);
        EXPECT_EQ(master.read(0, data).picoseconds, 1'800'000U + 2000);
    });
}

TEST_F(ChannelTest, AnErrorOfTheFarSideComesBack) {
    build(channel_timing("spi"));
    std::vector<std::uint8_t> data(64);
    run([&] { EXPECT_EQ(master.read((1 << 20) - 1, data).status, tlm::TLM_ADDRESS_ERROR_RESPONSE); });
}

TEST_F(ChannelTest, DebugTransportPassesThroughWithoutTime) {
    build(channel_timing("spi"));
    std::vector<std::uint8_t> data(64, 9);
    run([&] {
        EXPECT_EQ(master.debug(tlm::TLM_WRITE_COMMAND, 100, data), 64U);
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    });
    EXPECT_EQ(memory.bytes()[163], 9);
    EXPECT_EQ(channel->messages(), 0U);
}

TEST_F(ChannelTest, WithoutValuesTimesAndCountsAreTheSame) {
    build(channel_timing("pcie3_x1"));
    std::vector<std::uint8_t> data(999, 1);
    std::uint8_t nothing = 0;
    Access off;
    off.values = false;
    run([&] {
        const auto moved = master.write(0, data);
        EXPECT_EQ(master.access(tlm::TLM_WRITE_COMMAND, 4096, &nothing, 999, off).picoseconds, moved.picoseconds);
    });
    EXPECT_EQ(memory.bytes()[4096], 0);
    EXPECT_EQ(counted<power::LinkByte>(ledger), 2 * (999U + 8 * 24));
}

/// What a message of 10'000 bytes takes, in figures of the link's own documents.
struct Link {
    const char* model;
    double message_and_latency_ns;
    double wire_ns;
    friend void PrintTo(const Link& link, std::ostream* out) { *out << link.model; }
};

class EveryChannelTest : public ChannelTest, public ::testing::WithParamInterface<Link> {};

TEST_P(EveryChannelTest, AMessageTakesTheTimeOfItsClosedFormula) {
    build(channel_timing(GetParam().model));
    std::vector<std::uint8_t> data(10'000, 3);
    run([&] {
        // The far side's two cycles of 1 ns a word end with the wire or within a cycle of it.
        const double expected_ns = GetParam().message_and_latency_ns + GetParam().wire_ns;
        EXPECT_NEAR(static_cast<double>(master.write(0, data).picoseconds) / 1000, expected_ns, 2.5);
    });
}

INSTANTIATE_TEST_SUITE_P(
    Links, EveryChannelTest,
    ::testing::Values(Link{"spi", 1000, (3 * 32 + 10'000 * 8) / 0.050},         // three transfers of at most 4 KiB
                      Link{"qspi", 1000, (3 * 20 + 10'000 * 2) / 0.100},        // 20 clocks before each, 2 a byte
                      Link{"pcie3_x1", 1400, (10'000 + 79 * 24) * 130 / 128.},  // 79 packets, a byte a ns
                      Link{"pcie3_x4", 1400, (10'000 + 79 * 24) * 130 / 128. / 4},
                      Link{"chiplet", 108, 42 * 16 / 16. + 10'000 / 16.},  // 42 flits, 16 B a ns
                      Link{"on_chip", 116, (3 + 10'000 / 16.) * 2}),       // 3 address beats and 625 of data, 2 ns each
    [](const auto& link) { return std::string(link.param.model); });

/// Two masters in front of one channel, through a module that lets a simple socket serve both.
class SharedChannelTest : public ::testing::Test {
protected:
    struct Fork : sc_core::sc_module {
        tlm_utils::simple_target_socket<Fork, 128> first{"first"}, second{"second"};
        tlm_utils::simple_initiator_socket<Fork, 128> out{"out"};
        explicit Fork(const sc_core::sc_module_name& name) : sc_module(name) {
            first.register_b_transport(this, &Fork::b_transport);
            second.register_b_transport(this, &Fork::b_transport);
        }
        void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
            out->b_transport(payload, delay);
        }
    };
    /// Picoseconds that a write of 4 KiB and a read of 4 KiB, sent at once, take together.
    std::uint64_t both(const char* model) {
        Channel channel("channel", channel_timing(model), ledger.meter("channel"));
        reader.initiator.bind(fork.first);
        writer.initiator.bind(fork.second);
        fork.out.bind(channel.target);
        channel.initiator.bind(memory.target);
        std::vector<std::uint8_t> in(4096), out(4096);
        reader.set_script([&] { reader.read(0, in); });
        writer.set_script([&] { writer.write(0, out); });
        sc_core::sc_start();
        return picoseconds(sc_core::sc_time_stamp());
    }
    power::Ledger ledger;
    tests::ScriptInitiator reader{"reader"}, writer{"writer"};
    Fork fork{"fork"};
    Scratchpad memory{"memory", fast, ledger.meter("memory")};
};

TEST_F(SharedChannelTest, AHalfDuplexLinkCarriesOneDirectionAtATime) {
    EXPECT_EQ(both("qspi"), 1'000'000U + 2 * 82'120'000U);
}

TEST_F(SharedChannelTest, AFullDuplexLinkCarriesBothAtOnce) {
    const double wire_ps = 32 * 152 / (8e9 * 128 / 130 / 8) * 1e12;
    EXPECT_NEAR(static_cast<double>(both("pcie3_x1")), 1'000'000 + 2 * 400'000 + wire_ps, 1);
}

}  // namespace
}  // namespace ulpsim::models

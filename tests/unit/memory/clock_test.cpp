#include "models/memory/clock.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "models/memory/address_range.hpp"
#include "models/memory/dram_timing.hpp"

namespace ulpsim::models {
namespace {

TEST(Clock, AMillionCyclesOfAnAwkwardClockDriftByNothing) {
    EXPECT_EQ(picoseconds_of_cycles(1, 333), 3003U);
    EXPECT_EQ(picoseconds_of_cycles(333'000'000, 333), 1'000'000'000'000U);
}

TEST(Clock, BytesOccupyTheirLastPicosecondWhole) {
    EXPECT_EQ(picoseconds_of_bytes(3, 1e12), 3U);
    EXPECT_EQ(picoseconds_of_bytes(1, 3e12), 1U);
}

TEST(AddressRange, IncludesARunUpToItsEndAndSurvivesAddressesNearTheTop) {
    constexpr AddressRange range{16, 32};
    EXPECT_TRUE(range.includes(16, 16));
    EXPECT_FALSE(range.includes(17, 16));
    EXPECT_FALSE(range.includes(15, 1));
    EXPECT_FALSE(range.includes(32, 1));
    EXPECT_FALSE(range.includes(~std::uint64_t{0}, 2));
    EXPECT_FALSE(range.includes(20, ~std::uint64_t{0}));
}

TEST(AddressRange, NeighboursDoNotOverlap) {
    EXPECT_FALSE((AddressRange{0, 16}.overlaps({16, 32})));
    EXPECT_TRUE((AddressRange{0, 17}.overlaps({16, 32})));
    EXPECT_TRUE((AddressRange{0, 64}.overlaps({16, 32})));
}

TEST(DramTiming, TheLandmarksOfLpddr4AreThoseOfTheTable) {
    const DramTiming& timing = dram_timing("lpddr4_3200");
    EXPECT_DOUBLE_EQ(timing.peak_bytes_per_second(), 6.4e9);
    EXPECT_NEAR((timing.read_latency + timing.burst_clocks) * timing.clock_ns, 22.5, 0.05);
    EXPECT_NEAR((timing.rcd + timing.read_latency + timing.burst_clocks) * timing.clock_ns, 40.6, 0.05);
    EXPECT_NEAR((timing.rp + timing.rcd + timing.read_latency + timing.burst_clocks) * timing.clock_ns, 58.8, 0.05);
    EXPECT_NEAR(static_cast<double>(timing.rfc) / timing.refi, 0.072, 0.0005);
}

TEST(DramTiming, AnUnknownModelIsRefusedWithTheKnownOnes) {
    try {
        dram_timing("ddr9");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "model is ddr9; allowed: lpddr4_3200");
    }
}

}  // namespace
}  // namespace ulpsim::models

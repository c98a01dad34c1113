#include "models/memory/dram_channel.hpp"

#include <gtest/gtest.h>

namespace ulpsim::models {
namespace {

constexpr std::uint64_t clock_ps = 625;  // LPDDR4-3200; nCK of facts: platform 4.1 below
constexpr std::uint64_t burst = 8 * clock_ps, read_latency = 28 * clock_ps, write_latency = 14 * clock_ps;
constexpr std::uint64_t rcd = 29 * clock_ps, rp = 29 * clock_ps, rp_all = 34 * clock_ps, ras = 68 * clock_ps;
constexpr std::uint64_t rfc = 448 * clock_ps, refi = 6246 * clock_ps, wtr = 16 * clock_ps, rtp = 12 * clock_ps;
constexpr std::uint64_t row = 2048, all_banks = 8 * row;

DramChannel channel(std::uint64_t controller = 0) { return DramChannel(dram_timing("lpddr4_3200"), 16, controller); }
constexpr DramWindow alone{.window = 1};
constexpr DramWindow deep{.window = 64};

double share_of_peak(std::uint64_t bytes, std::uint64_t picoseconds) {
    return static_cast<double>(bytes / 32 * burst) / static_cast<double>(picoseconds);
}

TEST(DramChannel, AClosedRowIsOpenedBeforeItIsRead) {
    DramChannel dram = channel();
    const auto run = dram.access(1000, {0, 32}, false, alone);
    EXPECT_EQ(run.data_end, 1000 + rcd + read_latency + burst);
    EXPECT_EQ(run.activates, 1U);
    EXPECT_EQ(run.bursts, 1U);
}

TEST(DramChannel, AnOpenRowIsReadAtOnce) {
    DramChannel dram = channel();
    dram.access(0, {0, 32}, false, alone);
    const auto run = dram.access(100'000, {64, 96}, false, alone);
    EXPECT_EQ(run.data_end, 100'000 + read_latency + burst);
    EXPECT_EQ(run.activates, 0U);
}

TEST(DramChannel, AnotherRowOfTheBankIsPrechargedFirst) {
    DramChannel dram = channel();
    dram.access(0, {0, 32}, false, alone);
    const auto run = dram.access(100'000, {all_banks, all_banks + 32}, false, alone);
    EXPECT_EQ(run.data_end, 100'000 + rp + rcd + read_latency + burst);
    EXPECT_EQ(run.activates, 1U);
}

TEST(DramChannel, APrechargeWaitsUntilTheRowHasBeenOpenLongEnough) {
    for (const bool early : {true, false}) {
        DramChannel dram = channel();
        dram.access(0, {0, 32}, false, alone);  // activated at 0, so precharge from max(ras, rcd + rtp) = ras on
        const std::uint64_t arrival = early ? ras - 1 : ras + 1;
        const auto run = dram.access(arrival, {all_banks, all_banks + 32}, false, alone);
        EXPECT_EQ(run.data_end, std::max(arrival, ras) + rp + rcd + read_latency + burst);
    }
    static_assert(rcd + rtp < ras);
}

TEST(DramChannel, AReadBehindAWriteWaitsForTheBusToTurn) {
    DramChannel dram = channel();
    const auto written = dram.access(0, {0, 32}, true, alone);
    EXPECT_EQ(written.data_end, rcd + write_latency + burst);
    const auto read = dram.access(written.data_end, {32, 64}, false, alone);
    EXPECT_EQ(read.data_end, written.data_end + wtr + read_latency + burst);
}

TEST(DramChannel, ActivatesAreTheRowsARunTouches) {
    for (const std::uint64_t first : {0U, 32U, 2016U, 2047U})
        for (const std::uint64_t bytes : {1U, 32U, 33U, 2048U, 2049U, 16384U, 20000U}) {
            DramChannel dram = channel();
            const auto run = dram.access(0, {first, first + bytes}, false, deep);
            const std::uint64_t rows = (first + bytes - 1) / row - first / row + 1;
            EXPECT_EQ(run.activates, rows) << first << " " << bytes;
            EXPECT_EQ(run.bursts, (first + bytes - 1) / 32 - first / 32 + 1) << first << " " << bytes;
        }
}

TEST(DramChannel, RowsOfOneBankAreNotHiddenBehindEachOther) {
    // Two rows of one bank, a burst each: the second waits for tRAS, precharge and activate.
    DramChannel dram = channel();
    dram.access(0, {0, 32}, false, deep);
    const auto run = dram.access(0, {all_banks, all_banks + 32}, false, deep);
    EXPECT_EQ(run.data_end, ras + rp + rcd + read_latency + burst);
}

TEST(DramChannel, ActivatesKeepTheirDistanceAndNoMoreThanFourFallIntoAWindow) {
    DramTiming timing = dram_timing("lpddr4_3200");
    timing.faw = 100;  // in LPDDR4-3200 itself four times tRRD, so it never binds
    DramChannel dram(timing, 16, 0);
    const std::uint64_t activated[] = {0, 16, 32, 48, 100, 116};
    for (std::uint64_t bank = 0; bank < 6; ++bank) {
        const auto run = dram.access(0, {bank * row, bank * row + 32}, false, deep);
        EXPECT_EQ(run.data_end, activated[bank] * clock_ps + rcd + read_latency + burst) << bank;
    }
}

TEST(DramChannel, OneOutstandingBurstReachesTheShareOfPeakThatAnInOrderCoreSees) {
    // facts: platform 4.2: 17 to 28 % sequential. Here one burst a round trip of RL + BL/2: 8 / 36 = 22 %.
    DramChannel dram = channel();
    const std::uint64_t bytes = 1 << 20;
    const auto run = dram.access(0, {0, bytes}, false, alone);
    EXPECT_GT(share_of_peak(bytes, run.data_end), 0.17);
    EXPECT_LT(share_of_peak(bytes, run.data_end), 0.28);
}

TEST(DramChannel, ManyOutstandingBurstsComeNearThePeakLessRefresh) {
    // 7.2 % are refresh itself. Draining and reopening rows around one costs at most rtp + rp_all + rcd a tREFI on
    // top: 1.2 %.
    DramChannel dram = channel();
    const std::uint64_t bytes = 4 << 20;
    const auto run = dram.access(0, {0, bytes}, false, deep);
    const double lost = 1 - share_of_peak(bytes, run.data_end);
    const double refresh = static_cast<double>(rfc) / refi;
    EXPECT_NEAR(refresh, 0.0717, 0.0001);
    EXPECT_GT(lost, refresh - 0.001);
    EXPECT_LT(lost, refresh + static_cast<double>(rtp + rp_all + rcd) / refi);
    EXPECT_NEAR(static_cast<double>(run.refreshes), static_cast<double>(run.data_end / refi), 1);
}

TEST(DramChannel, BandwidthFollowsLittlesLawUntilTheBusIsFull) {
    const std::uint64_t controller = 30'000, bytes = 1 << 17, bursts = bytes / 32;
    const std::uint64_t round_trip = read_latency + burst + controller;
    for (const unsigned window : {1U, 2U, 4U, 8U}) {
        DramChannel dram = channel(controller);
        const auto run = dram.access(0, {0, bytes}, false, {.window = window});
        const double by_law = static_cast<double>(bursts * round_trip / window);
        const double refreshed = static_cast<double>(run.refreshes * (rfc + rp_all + rcd));
        // A row that opens behind a full window costs up to rp + rcd: within 2 % here.
        EXPECT_NEAR(static_cast<double>(run.data_end), by_law + refreshed, 0.1 * by_law) << window;
    }
}

TEST(DramChannel, AWindowSmallerThanAStripeDoesNotUseFourChannelsAtOnce) {
    // 16 bursts in stripes of 32 lie in 1 + 15/32 channels on average.
    const std::uint64_t bytes = 1 << 16, bursts = bytes / 32;
    DramChannel narrow = channel(), wide = channel();
    const DramWindow window{.window = 16, .channels = 4, .bursts_per_stripe = 32};
    const auto part = narrow.access(0, {0, bytes}, false, window);
    const double expected = 4.0 * static_cast<double>(bursts) * burst * 32 / 47;
    EXPECT_NEAR(static_cast<double>(part.data_end) - static_cast<double>(part.refreshes) * rfc, expected,
                0.03 * expected);
    const auto all = wide.access(0, {0, bytes}, false, {.window = 256, .channels = 4, .bursts_per_stripe = 32});
    EXPECT_LT(all.data_end, part.data_end / 2);
}

TEST(DramChannel, ARefreshBlocksUntilItsEndAndClosesTheRows) {
    DramChannel dram = channel();
    dram.access(0, {0, 32}, false, alone);
    DramChannel before = dram, during = dram, after = dram;
    EXPECT_EQ(before.access(refi - 1, {0, 32}, false, alone).data_end, refi - 1 + read_latency + burst);
    const auto run = during.access(refi, {0, 32}, false, alone);
    EXPECT_EQ(run.data_end, refi + rfc + rcd + read_latency + burst);
    EXPECT_EQ(run.activates, 1U);
    EXPECT_EQ(run.refreshes, 1U);
    EXPECT_EQ(after.access(refi + rfc + 5, {0, 32}, false, alone).data_end,
              refi + rfc + 5 + rcd + read_latency + burst);
}

TEST(DramChannel, IdleTimeIsRefreshedToo) {
    DramChannel dram = channel();
    EXPECT_EQ(dram.refresh_until(refi - 1), 0U);
    EXPECT_EQ(dram.refresh_until(refi), 1U);
    EXPECT_EQ(dram.refresh_until(1000 * refi + 7), 999U);
    EXPECT_EQ(dram.refresh_until(1000 * refi + 7), 0U);
}

TEST(DramChannel, AskingForRefreshesInBetweenChangesNoTime) {
    DramChannel asked = channel(), quiet = channel();
    std::uint64_t time = 0;
    for (int i = 0; i < 50; ++i) {
        const std::uint64_t first = static_cast<std::uint64_t>(i) * 7919 % 65536;
        const AddressRange range{first, first + 3000};
        for (int part = 1; part <= 3; ++part) asked.refresh_until(time + static_cast<std::uint64_t>(part) * 900'000);
        time += 2'900'000;
        ASSERT_EQ(asked.access(time, range, i % 3 == 0, alone).data_end,
                  quiet.access(time, range, i % 3 == 0, alone).data_end);
    }
}

TEST(DramChannel, ASlowRunLeavesTheBusToOthers) {
    DramChannel dram = channel(30'000);
    const auto slow = dram.access(0, {0, 2048}, false, alone);
    const auto other = dram.access(1'000'000, {0, 2048}, false, deep);
    EXPECT_GT(slow.data_end, 3'000'000U);
    EXPECT_EQ(other.data_end, 1'000'000 + read_latency + 64 * burst);
}

TEST(DramChannel, AFastRunKeepsTheBus) {
    DramChannel dram = channel();
    const auto first = dram.access(0, {0, 2048}, false, deep);
    const auto second = dram.access(0, {0, 2048}, false, deep);
    EXPECT_EQ(second.data_end, first.data_end + 64 * burst);
}

}  // namespace
}  // namespace ulpsim::models

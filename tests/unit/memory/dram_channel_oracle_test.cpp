// The closed form of DramChannel against the bank-state model of facts: platform 4.2 taken literally, a burst at a
// time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "models/memory/dram_channel.hpp"

namespace ulpsim::models {
namespace {

class BurstByBurst {
public:
    BurstByBurst(const DramTiming& timing, std::uint64_t look_ahead, double controller_ns)
        : t_(timing),
          look_ahead_(look_ahead),
          controller_(controller_ns),
          row_(timing.banks, -1),
          pre_(timing.banks, 0) {}

    /// Nanoseconds at which the last byte is on the bus.
    double access(double arrival, std::uint64_t first, std::uint64_t bursts, bool write, std::uint64_t window) {
        const double latency = ns(write ? t_.write_latency : t_.read_latency), length = ns(t_.burst_clocks);
        std::vector<double> start;
        for (std::uint64_t i = 0; i < bursts; ++i) {
            double known = arrival;
            if (i >= window) known = std::max(known, start[i - window] + length + controller_);
            if (i >= look_ahead_) known = std::max(known, start[i - look_ahead_]);
            const double bus = !start.empty()     ? start.back() + length
                               : wrote_ && !write ? bus_ + ns(t_.wtr) + ns(t_.read_latency)
                                                  : bus_;
            refresh(std::max(known, bus - latency));
            const std::uint64_t line = (first + i) * t_.burst_bytes / t_.row_bytes;
            const double data = std::max(column(line, known) + latency, bus);
            double& pre = pre_[line % t_.banks];
            pre = std::max(pre, write ? data + length + ns(t_.wr) : data - latency + ns(t_.rtp));
            start.push_back(data);
        }
        wrote_ = write;
        return bus_ = start.back() + length;
    }
    std::uint64_t activates = 0, refreshes = 0;

private:
    double ns(double clocks) const { return clocks * t_.clock_ns; }
    void refresh(double time) {
        for (; next_ * ns(t_.refi) <= time; ++next_, ++refreshes) {
            double begin = std::max(next_ * ns(t_.refi), blocked_);
            for (std::size_t b = 0; b < row_.size(); ++b) {
                if (row_[b] >= 0) begin = std::max(begin, pre_[b] + ns(t_.rp_all));
                row_[b] = -1;
            }
            blocked_ = begin + ns(t_.rfc);
        }
    }
    double column(std::uint64_t line, double known) {
        const std::size_t bank = line % t_.banks;
        const auto row = static_cast<std::int64_t>(line / t_.banks);
        double ready = std::max(known, blocked_);
        if (row_[bank] == row) return std::max(ready, opened_[bank]);
        if (row_[bank] >= 0) ready = std::max(ready, pre_[bank]) + ns(t_.rp);
        if (!acts_.empty()) ready = std::max(ready, acts_.back() + ns(t_.rrd));
        if (acts_.size() >= 4) ready = std::max(ready, acts_[acts_.size() - 4] + ns(t_.faw));
        acts_.push_back(ready);
        row_[bank] = row;
        opened_[bank] = ready + ns(t_.rcd);
        pre_[bank] = ready + ns(t_.ras);
        ++activates;
        return opened_[bank];
    }
    DramTiming t_;
    std::uint64_t look_ahead_;
    double controller_, bus_ = 0, blocked_ = 0, next_ = 1;
    bool wrote_ = false;
    std::vector<std::int64_t> row_;
    std::vector<double> pre_, acts_, opened_ = std::vector<double>(8);
};

struct Difference {
    double of_time;       // relative
    double of_activates;  // in activates
    double activates;
};

/// Runs as one initiator issues them, each after the last: difference of the closed form.
Difference compare(std::uint32_t seed, std::uint64_t bytes, std::uint64_t span, unsigned window, int writes_percent) {
    const DramTiming& timing = dram_timing("lpddr4_3200");
    DramChannel closed(timing, 16, 30'000);
    BurstByBurst exact(timing, 16, 30);
    std::mt19937 random{seed};
    std::uint64_t now = 0, activates = 0;
    double exact_now = 0;
    for (int i = 0; i < 300; ++i) {
        const std::uint64_t first = random() % (span / 32);
        const bool write = static_cast<int>(random() % 100) < writes_percent;
        const auto run = closed.access(now, {first * 32, first * 32 + bytes}, write, {.window = window});
        now = run.data_end + 30'000;
        activates += run.activates;
        exact_now = exact.access(exact_now, first, (bytes + 31) / 32, write, window) + 30;
    }
    return {static_cast<double>(now) / 1000 / exact_now - 1,
            static_cast<double>(activates) - static_cast<double>(exact.activates),
            static_cast<double>(exact.activates)};
}

TEST(DramChannel, AgreesWithTheModelTakenBurstByBurst) {
    for (const std::uint64_t bytes : {32U, 256U, 1000U, 4096U, 20000U})
        for (const std::uint64_t span : {4096U, 1U << 16, 1U << 24})
            for (const unsigned window : {1U, 2U, 8U, 16U, 64U})
                for (const int writes : {0, 50, 100}) {
                    const Difference difference = compare(7, bytes, span, window, writes);
                    const auto where = [&] {
                        return std::to_string(bytes) + " B, span " + std::to_string(span) + ", window " +
                               std::to_string(window) + ", writes " + std::to_string(writes) + " %";
                    };
                    // Where a window stalls inside a row is averaged; a refresh may then find another row open.
                    EXPECT_LT(std::abs(difference.of_time), 0.015) << where();
                    EXPECT_LE(std::abs(difference.of_activates), 3 + 0.01 * difference.activates) << where();
                }
}

}  // namespace
}  // namespace ulpsim::models

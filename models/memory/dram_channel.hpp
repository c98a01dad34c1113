#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/memory/address_range.hpp"
#include "models/memory/dram_timing.hpp"

namespace ulpsim::models {

/// How fast a transaction's initiator asks: at most `window` bursts are in flight over all channels that it runs
/// through.
struct DramWindow {
    unsigned window = 1;                   ///< outstanding bursts, at least 1
    unsigned channels = 1;                 ///< that the transaction touches
    std::uint64_t bursts_per_stripe = 32;  ///< consecutive bursts that lie in one channel
};

/// State and time of one DRAM channel: open rows, data bus, refresh. Pure, no SystemC; all times in picoseconds.
///
/// Source: the bank-state model of facts: platform 4.2, solved in closed form over a contiguous run, so that a run
/// costs a step a row and not a step a burst. Local addresses are mapped row | bank | column, so a run goes through the
/// banks.
///
/// Coarse  A run of several channels is taken as spread evenly over them; its window covers 1 + (window - 1) / stripe
///         of them on average. A run that its window slows down leaves the gaps to others, who see the channel as
///         though the run had been dense. Runs of different transactions are served in order of call.
class DramChannel {
public:
    struct Run {
        std::uint64_t data_end = 0;  ///< last byte on the bus; the way back through the controller is not in it
        std::uint64_t bursts = 0, activates = 0, refreshes = 0;
    };

    /// `look_ahead`: bursts among which the controller chooses (at least 1); `controller`: latency outside the device,
    /// which counts in the round trip that a window waits for. Throws std::logic_error for a timing whose bursts, bursts a
    /// row or banks are no powers of two.
    DramChannel(const DramTiming& timing, unsigned look_ahead, std::uint64_t controller);

    /// Bursts that hold the local addresses of `run` (not empty), asked for at `arrival`.
    Run access(std::uint64_t arrival, const AddressRange& run, bool write, const DramWindow& window);

    /// Does the refreshes that fell due by `time`; returns how many. Asking in between changes no later time.
    std::uint64_t refresh_until(std::uint64_t time) { return time < next_refresh_ ? 0 : refresh_all(time); }

    std::uint64_t burst_time() const { return clocks(timing_.burst_clocks); }

private:
    struct Bank {
        bool open = false;
        std::uint64_t row = 0, column_from = 0, precharge_from = 0;
    };

    std::uint64_t clocks(unsigned count) const { return count * clock_; }
    std::uint64_t bus_ready(bool write) const;
    std::uint64_t refresh_all(std::uint64_t time);
    std::uint64_t open_row(std::uint64_t row_index, std::uint64_t known, Run& run);
    void give_back(std::uint64_t arrival, std::uint64_t slack);

    DramTiming timing_;
    std::uint64_t clock_, controller_;
    unsigned look_ahead_;
    unsigned burst_shift_, row_shift_, bank_shift_;  // bursts, bursts of a row and banks are powers of two
    std::vector<Bank> banks_;
    std::uint64_t bus_free_ = 0, activate_from_ = 0, blocked_until_ = 0, next_refresh_;
    std::array<std::uint64_t, 4> four_activates_{};  ///< when each of the last four frees its place in tFAW
    std::size_t oldest_activate_ = 0;
    bool wrote_last_ = false;
};

}  // namespace ulpsim::models

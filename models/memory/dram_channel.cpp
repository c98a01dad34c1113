#include "models/memory/dram_channel.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

namespace ulpsim::models {
namespace {

/// When burst i of a channel's share could have its data, relative to burst 0, if no row ever had to be opened: the
/// solution of d(i) = max(d(i-1) + gap, d(i-window) + round_trip) over the whole transaction (Little's law in the long
/// run).
class Pace {
public:
    Pace(const DramWindow& window, std::uint64_t round_trip, std::uint64_t burst)
        : window_(window.window), channels_(window.channels), round_trip_(round_trip), burst_(burst) {
        // The window covers so many channels on average, in units of 1 / bursts_per_stripe.
        stripe_ = window.bursts_per_stripe;
        covered_ = std::min(stripe_ + window_ - 1, stripe_ * channels_);
        dense_ = gaps(window_) >= round_trip_;
    }
    std::uint64_t offset(std::uint64_t i) const {
        if (i == 0) return 0;
        const std::uint64_t j = i * channels_;
        const std::uint64_t global = dense_ ? gaps(j) : j / window_ * round_trip_ + gaps(j % window_);
        return std::max(i * burst_, global);
    }

private:
    std::uint64_t gaps(std::uint64_t bursts) const { return bursts * burst_ * stripe_ / covered_; }
    std::uint64_t window_, channels_, round_trip_, burst_, stripe_, covered_;
    bool dense_;
};

unsigned shift_of(std::uint64_t value, const char* what) {
    if (!std::has_single_bit(value))
        throw std::logic_error(std::string(what) + " of a DRAM model is " + std::to_string(value) +
                               ", no power of two");
    return static_cast<unsigned>(std::countr_zero(value));
}

/// Smallest number of first .. last - 1 that has the property, else `last`; once one has it, all behind it have.
template <typename Property>
std::uint64_t first_where(std::uint64_t first, std::uint64_t last, const Property& property) {
    if (first >= last || !property(last - 1)) return last;
    while (first + 1 < last) {
        const std::uint64_t middle = first + (last - first - 1) / 2;
        if (property(middle))
            last = middle + 1;
        else
            first = middle + 1;
    }
    return first;
}

}  // namespace

DramChannel::DramChannel(const DramTiming& timing, unsigned look_ahead, std::uint64_t controller)
    : timing_(timing),
      clock_(static_cast<std::uint64_t>(std::llround(timing.clock_ns * 1000))),
      controller_(controller),
      look_ahead_(look_ahead),
      burst_shift_(shift_of(timing.burst_bytes, "burst_bytes")),
      row_shift_(shift_of(timing.row_bytes / timing.burst_bytes, "row_bytes / burst_bytes")),
      bank_shift_(shift_of(timing.banks, "banks")),
      banks_(timing.banks),
      next_refresh_(clocks(timing.refi)) {}

DramChannel::Run DramChannel::access(std::uint64_t arrival, const AddressRange& range, bool write,
                                     const DramWindow& window) {
    const std::uint64_t first = range.first >> burst_shift_;
    const std::uint64_t last = ((range.last - 1) >> burst_shift_) + 1;
    const std::uint64_t latency = clocks(write ? timing_.write_latency : timing_.read_latency);
    const std::uint64_t share = std::max(1U, window.window / window.channels);
    const Pace pace(window, latency + burst_time() + controller_, burst_time());

    Run run;
    run.bursts = last - first;
    std::uint64_t base = std::max(arrival + latency, bus_ready(write));  // data of burst 0, later by every stall
    const auto slot = [&](std::uint64_t i) { return base + pace.offset(i); };
    std::uint64_t end_offset = 0;  // of the last burst of the part of a row that was looked at
    for (std::uint64_t burst = first; burst < last;) {
        const std::uint64_t row_index = burst >> row_shift_;
        const std::uint64_t i = burst - first;
        const std::uint64_t offset = pace.offset(i);
        run.refreshes += refresh_until(base + offset - latency);

        std::uint64_t known = arrival;  // when the controller has heard of the row
        if (i >= share) known = std::max(known, slot(i - share) + burst_time() + controller_);
        if (i >= look_ahead_) known = std::max(known, slot(i - look_ahead_));
        base = std::max(open_row(row_index, known, run) + latency, base + offset) - offset;

        // Mostly the whole part of the row comes before the next refresh.
        const std::uint64_t row_end = std::min(last, (row_index + 1) << row_shift_) - first;
        std::uint64_t next = row_end;
        end_offset = pace.offset(row_end - 1);
        if (base + end_offset - latency >= next_refresh_) {
            next = first_where(i + 1, row_end, [&](std::uint64_t n) { return slot(n) - latency >= next_refresh_; });
            end_offset = pace.offset(next - 1);
        }
        Bank& bank = banks_[row_index & (timing_.banks - 1)];
        const std::uint64_t last_data = base + end_offset;
        const std::uint64_t recovered =
            write ? last_data + burst_time() + clocks(timing_.wr) : last_data - latency + clocks(timing_.rtp);
        bank.precharge_from = std::max(bank.precharge_from, recovered);
        burst = first + next;
    }
    run.data_end = base + end_offset + burst_time();
    bus_free_ = base + run.bursts * burst_time();
    wrote_last_ = write;
    give_back(arrival, run.data_end - bus_free_);
    return run;
}

/// First time at which the data bus can carry this direction.
std::uint64_t DramChannel::bus_ready(bool write) const {
    if (wrote_last_ && !write) return bus_free_ + clocks(timing_.wtr) + clocks(timing_.read_latency);
    return bus_free_;
}

/// First time at which a column of the row can be addressed.
std::uint64_t DramChannel::open_row(std::uint64_t row_index, std::uint64_t known, Run& run) {
    Bank& bank = banks_[row_index & (timing_.banks - 1)];
    const std::uint64_t row = row_index >> bank_shift_;
    std::uint64_t activate = std::max(known, blocked_until_);
    if (bank.open && bank.row == row) return std::max(activate, bank.column_from);
    if (bank.open) activate = std::max(activate, bank.precharge_from) + clocks(timing_.rp);
    activate = std::max({activate, activate_from_, four_activates_[oldest_activate_]});

    activate_from_ = activate + clocks(timing_.rrd);
    four_activates_[oldest_activate_] = activate + clocks(timing_.faw);
    oldest_activate_ = (oldest_activate_ + 1) % four_activates_.size();
    bank = Bank{true, row, activate + clocks(timing_.rcd), activate + clocks(timing_.ras)};
    ++run.activates;
    return bank.column_from;
}

std::uint64_t DramChannel::refresh_all(std::uint64_t time) {
    const std::uint64_t count = (time - next_refresh_) / clocks(timing_.refi) + 1;
    const std::uint64_t last_due = next_refresh_ + (count - 1) * clocks(timing_.refi);
    std::uint64_t quiet = blocked_until_;
    for (Bank& bank : banks_) {
        if (bank.open) quiet = std::max(quiet, bank.precharge_from + clocks(timing_.rp_all));
        bank.open = false;
    }
    // Refreshes queue behind the traffic that postponed them; in an idle channel each is done when due.
    blocked_until_ = std::max(last_due + clocks(timing_.rfc), quiet + count * clocks(timing_.rfc));
    next_refresh_ = last_due + clocks(timing_.refi);
    return count;
}

/// Moves what a slow run left in the future to where a dense one would have left it.
void DramChannel::give_back(std::uint64_t arrival, std::uint64_t slack) {
    if (slack == 0) return;
    const auto earlier = [&](std::uint64_t& time) {
        if (time > arrival) time = std::max(arrival, time - std::min(time, slack));
    };
    for (Bank& bank : banks_) {
        earlier(bank.column_from);
        earlier(bank.precharge_from);
    }
    for (std::uint64_t& time : four_activates_) earlier(time);
    earlier(activate_from_);
    earlier(blocked_until_);
}

}  // namespace ulpsim::models

#pragma once
#include <cstdint>
#include <deque>

namespace ulpsim::models {

/// Busy intervals of a shared resource under temporal decoupling (facts: platform 2.5). A request takes the free pieces
/// of time from its arrival on and finishes when its occupancy is used up, so contention hardly depends on the order of
/// calls. Measured there: makespan at most 9 % too long, mostly below 1 %.
class Calendar {
public:
    /// Takes `occupancy` picoseconds at or after `arrival`; returns when the last piece ends.
    std::uint64_t reserve(std::uint64_t arrival, std::uint64_t occupancy);
    /// Drops what lies before `time`: nobody will ask for it again.
    void forget_before(std::uint64_t time);
    /// Busy picoseconds from `time` on.
    std::uint64_t busy_after(std::uint64_t time) const;

private:
    struct Interval {
        std::uint64_t first, last;
    };
    std::deque<Interval> busy_;  // sorted, disjoint, adjacent ones merged
};

}  // namespace ulpsim::models

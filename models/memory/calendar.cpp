#include "models/memory/calendar.hpp"

#include <algorithm>

namespace ulpsim::models {

// A request fills every gap from its arrival to its end, so afterwards that whole stretch is one busy interval: the
// intervals it ran through are replaced by their union with it.
std::uint64_t Calendar::reserve(std::uint64_t arrival, std::uint64_t occupancy) {
    if (occupancy == 0) return arrival;
    if (busy_.empty() || arrival > busy_.back().last) {
        busy_.push_back({arrival, arrival + occupancy});
        return arrival + occupancy;
    }
    if (arrival >= busy_.back().first) return busy_.back().last += occupancy;  // inside the last one or at its end
    const auto begin = std::lower_bound(busy_.begin(), busy_.end(), arrival,
                                        [](const Interval& busy, std::uint64_t time) { return busy.last < time; });
    std::uint64_t first = arrival, free_from = arrival, left = occupancy;
    auto end = begin;
    for (; end != busy_.end() && end->first < free_from + left; ++end) {
        first = std::min(first, end->first);
        if (end->first > free_from) left -= end->first - free_from;
        free_from = std::max(free_from, end->last);
    }
    const std::uint64_t finish = free_from + left;
    const bool touches = end != busy_.end() && end->first == finish;
    const std::uint64_t last = touches ? end->last : finish;
    if (touches) ++end;
    const auto place = busy_.erase(begin, end);
    busy_.insert(place, Interval{first, last});
    return finish;
}

void Calendar::forget_before(std::uint64_t time) {
    while (!busy_.empty() && busy_.front().last <= time) busy_.pop_front();
}

std::uint64_t Calendar::busy_after(std::uint64_t time) const {
    std::uint64_t sum = 0;
    for (const Interval& busy : busy_) {
        if (busy.last > time) sum += busy.last - std::max(busy.first, time);
    }
    return sum;
}

}  // namespace ulpsim::models

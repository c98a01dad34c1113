#pragma once
#include <optional>
#include <vector>

#include "scenarios/program/sweep/pareto.hpp"
#include "scenarios/program/sweep/sweep.hpp"

namespace ulpsim::program {

/// Which points a sweep tries. Grid, list and random give all at once. The Pareto search gives a generation at a time:
/// half of what it has tried (the better fronts, the lonelier points first) are parents, whose children mix their
/// values and step along an axis now and then (NSGA-II; pareto.hpp). All draws come from the sweep's seed, so the same
/// figures lead to the same points, and a resumed search goes the way of the uninterrupted one.
class Search {
public:
    explicit Search(const Sweep& sweep);

    /// The points to try next. `figures` are of the points given so far, in their order; nothing for one that failed.
    /// Empty when the search is over.
    std::vector<Point> next(const std::vector<std::optional<Figures>>& figures);

private:
    std::vector<Point> random_points(std::uint64_t wanted);
    std::vector<Point> children(const std::vector<std::optional<Figures>>& figures, std::uint64_t wanted);
    std::uint64_t child(std::uint64_t mother, std::uint64_t father);
    /// A whole number below `bound`.
    std::uint64_t draw(std::uint64_t bound);

    const Sweep& sweep_;
    std::uint64_t draws_ = 0;
    std::vector<std::uint64_t> tried_;  // of the grid, in the order given
    bool started_ = false;
};

}  // namespace ulpsim::program

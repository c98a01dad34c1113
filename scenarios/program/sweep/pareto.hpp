#pragma once
#include <cstddef>
#include <vector>

namespace ulpsim::program {

/// Figures of a point, each the better the smaller. NaN counts as worse than everything.
using Figures = std::vector<double>;

/// a is nowhere worse and somewhere better.
bool dominates(const Figures& a, const Figures& b);

/// For each point the number of its front: 0 for those that nothing dominates, 1 for those that only front 0 does, ...
/// (Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6(2), 2002).
std::vector<std::size_t> fronts(const std::vector<Figures>& points);

/// How lonely each of the points is among those with its front number: the sum over the figures of the distance between
/// its two neighbours, as a share of the figure's range; infinite at the ends (same source).
std::vector<double> crowding(const std::vector<Figures>& points, const std::vector<std::size_t>& front);

}  // namespace ulpsim::program

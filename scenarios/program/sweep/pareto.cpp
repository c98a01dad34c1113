#include "scenarios/program/sweep/pareto.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace ulpsim::program {
namespace {

double comparable(double figure) { return std::isnan(figure) ? std::numeric_limits<double>::infinity() : figure; }

}  // namespace

bool dominates(const Figures& a, const Figures& b) {
    bool better = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (comparable(a[i]) > comparable(b[i])) return false;
        better = better || comparable(a[i]) < comparable(b[i]);
    }
    return better;
}

std::vector<std::size_t> fronts(const std::vector<Figures>& points) {
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> front(points.size(), none);
    std::size_t placed = 0;
    for (std::size_t number = 0; placed < points.size(); ++number) {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (front[i] != none) continue;
            bool beaten = false;
            for (std::size_t j = 0; j < points.size() && !beaten; ++j)
                beaten = front[j] == none && dominates(points[j], points[i]);
            if (!beaten) members.push_back(i);
        }
        for (const std::size_t i : members) front[i] = number;
        placed += members.size();
    }
    return front;
}

std::vector<double> crowding(const std::vector<Figures>& points, const std::vector<std::size_t>& front) {
    std::vector<double> distance(points.size(), 0);
    std::map<std::size_t, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < points.size(); ++i) members[front[i]].push_back(i);
    for (auto& [number, list] : members) {
        for (std::size_t figure = 0; figure < points[list.front()].size(); ++figure) {
            const auto value = [&](std::size_t i) { return comparable(points[i][figure]); };
            std::stable_sort(list.begin(), list.end(),
                             [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
            const double range = value(list.back()) - value(list.front());
            distance[list.front()] = distance[list.back()] = std::numeric_limits<double>::infinity();
            for (std::size_t k = 1; k + 1 < list.size() && range > 0 && std::isfinite(range); ++k)
                distance[list[k]] += (value(list[k + 1]) - value(list[k - 1])) / range;
        }
    }
    return distance;
}

}  // namespace ulpsim::program

#include "scenarios/program/sweep/search.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "models/arithmetic/random_bits.hpp"

namespace ulpsim::program {
namespace {

/// Operation number of the draws: out of the way of every training's.
constexpr std::uint64_t sweep_operation = std::uint64_t{7} << 60;

/// Draws that hit what has been tried before a random search looks at every point that is left.
constexpr int patience = 64;

/// The better half, or at least two: by front, then by loneliness, then by age.
std::vector<std::size_t> parents(const std::vector<Figures>& figures) {
    const std::vector<std::size_t> front = fronts(figures);
    const std::vector<double> lonely = crowding(figures, front);
    std::vector<std::size_t> order(figures.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return front[a] != front[b] ? front[a] < front[b] : lonely[a] > lonely[b];
    });
    order.resize(std::max<std::size_t>(std::min<std::size_t>(2, order.size()), order.size() / 2));
    return order;
}

}  // namespace

Search::Search(const Sweep& sweep) : sweep_(sweep) {}

std::uint64_t Search::draw(std::uint64_t bound) {
    const std::uint64_t index = draws_++;
    const arithmetic::RandomKey key{sweep_.seed, sweep_operation};
    const std::uint64_t high = arithmetic::random_word(key, index, 0, arithmetic::Stream::other);
    return (high << 32 | arithmetic::random_word(key, index, 1, arithmetic::Stream::other)) % bound;
}

std::vector<Point> Search::next(const std::vector<std::optional<Figures>>& figures) {
    if (sweep_.search == Sweep::Search::pareto) {
        const std::uint64_t left = std::min(sweep_.count, grid_size(sweep_)) - tried_.size();
        const std::uint64_t wanted = std::min(left, sweep_.population);
        return tried_.empty() ? random_points(wanted) : children(figures, wanted);
    }
    if (started_) return {};
    started_ = true;
    if (sweep_.search == Sweep::Search::list || sweep_.search == Sweep::Search::crossover) return sweep_.points;
    if (sweep_.search == Sweep::Search::random) return random_points(std::min(sweep_.count, grid_size(sweep_)));
    std::vector<Point> points;
    for (std::uint64_t index = 0; index < grid_size(sweep_); ++index) points.push_back(grid_point(sweep_, index));
    return points;
}

std::vector<Point> Search::random_points(std::uint64_t wanted) {
    std::vector<Point> points;
    const std::uint64_t size = grid_size(sweep_);
    while (points.size() < wanted) {
        std::uint64_t index = draw(size);
        const auto is_tried = [&] { return std::find(tried_.begin(), tried_.end(), index) != tried_.end(); };
        for (int missed = 0; missed < patience && is_tried(); ++missed) index = draw(size);
        while (is_tried()) index = (index + 1) % size;
        tried_.push_back(index);
        points.push_back(grid_point(sweep_, index));
    }
    return points;
}

std::vector<Point> Search::children(const std::vector<std::optional<Figures>>& figures, std::uint64_t wanted) {
    std::vector<Figures> known;
    std::vector<std::uint64_t> index_of;
    for (std::size_t i = 0; i < figures.size(); ++i) {
        if (!figures[i]) continue;
        known.push_back(*figures[i]);
        index_of.push_back(tried_[i]);
    }
    if (known.empty()) return random_points(wanted);
    const std::vector<std::size_t> best = parents(known);
    std::vector<Point> points;
    for (int missed = 0; points.size() < wanted && missed < patience;) {
        const std::uint64_t mother = index_of[best[draw(best.size())]], father = index_of[best[draw(best.size())]];
        const std::uint64_t index = child(mother, father);
        if (std::find(tried_.begin(), tried_.end(), index) != tried_.end()) {
            ++missed;
            continue;
        }
        missed = 0;
        tried_.push_back(index);
        points.push_back(grid_point(sweep_, index));
    }
    const std::vector<Point> more = random_points(wanted - points.size());
    points.insert(points.end(), more.begin(), more.end());
    return points;
}

std::uint64_t Search::child(std::uint64_t mother, std::uint64_t father) {
    std::uint64_t index = 0, scale = 1;
    for (std::size_t a = sweep_.axes.size(); a-- > 0;) {
        const std::uint64_t values = sweep_.axes[a].values.size();
        std::uint64_t value = (draw(2) == 0 ? mother : father) % values;
        if (draw(sweep_.axes.size()) == 0) {  // on average one axis a child: to a neighbour, or anywhere
            const std::uint64_t how = draw(3);
            if (how == 0) value = draw(values);
            if (how == 1 && value + 1 < values) ++value;
            if (how == 2 && value > 0) --value;
        }
        index += scale * value;
        scale *= values;
        mother /= values;
        father /= values;
    }
    return index;
}

}  // namespace ulpsim::program

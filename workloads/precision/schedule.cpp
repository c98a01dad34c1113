#include <numeric>

#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {
namespace {

constexpr std::size_t window_length = 100;  // DESIGN 3.4: a plateau is judged on the mean of the last 100 steps

}  // namespace

Schedule::Schedule(PrecisionConfig config) : config_(std::move(config)), fired_(config_.schedule.size()) {}

std::vector<std::size_t> Schedule::start_step(std::uint64_t epoch, std::uint64_t step) {
    std::vector<std::size_t> firing;
    for (std::size_t rule = 0; rule < fired_.size(); ++rule) {
        if (fired_[rule] || !fires(config_.schedule[rule].when, epoch, step)) continue;
        fired_[rule] = true;
        // A new precision is given its own patience: two rules of the same patience are a ladder, not one step.
        if (config_.schedule[rule].when.kind == Trigger::Kind::plateau) since_best_ = 0;
        config_.base = apply(config_.base, config_.schedule[rule].set);
        firing.push_back(rule);
    }
    return firing;
}

bool Schedule::fires(const Trigger& when, std::uint64_t epoch, std::uint64_t step) const {
    switch (when.kind) {
        case Trigger::Kind::epoch:
            return epoch >= when.at;
        case Trigger::Kind::step:
            return step >= when.at;
        case Trigger::Kind::plateau:
            return since_best_ >= when.patience;
    }
    return false;
}

void Schedule::observe(double loss) {
    window_.push_back(loss);
    if (window_.size() > window_length) window_.pop_front();
    if (window_.size() < window_length) return;  // no mean of 100 steps yet
    // Summed anew: a running sum would drift from the mean that the scenario speaks of.
    const double mean = std::accumulate(window_.begin(), window_.end(), 0.0) / static_cast<double>(window_length);
    if (mean < best_) {
        best_ = mean;
        since_best_ = 0;
    } else {
        ++since_best_;
    }
}

Policy Schedule::policy(const std::string& layer) const {
    const auto own = config_.layers.find(layer);
    return own == config_.layers.end() ? config_.base : apply(config_.base, own->second);
}

bool Schedule::needs_losses() const {
    for (std::size_t rule = 0; rule < fired_.size(); ++rule)
        if (!fired_[rule] && config_.schedule[rule].when.kind == Trigger::Kind::plateau) return true;
    return false;
}

}  // namespace ulpsim::workloads

#include <algorithm>
#include <numeric>
#include <sstream>

#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {
namespace {

using Kind = Trigger::Kind;

// DESIGN 3.4: a plateau of the loss is judged on the mean of the last 100 steps.
constexpr std::size_t loss_window = 100, measurement_window = 10;

bool is_measured(Metric metric) { return metric == Metric::gradient_norm || metric == Metric::vanished_updates; }
std::size_t plateau_window(Metric metric) { return is_measured(metric) ? measurement_window : loss_window; }

/// The mean of the last values. Summed anew: a running sum would drift from the mean that the scenario speaks of.
double mean_of_last(const std::deque<double>& values, std::size_t count) {
    return std::accumulate(values.end() - static_cast<std::ptrdiff_t>(count), values.end(), 0.0) /
           static_cast<double>(count);
}

template <class... Parts>
std::string joined(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    return text.str();
}

}  // namespace

std::string name(Metric metric) {
    switch (metric) {
        case Metric::train_loss:
            return "train_loss";
        case Metric::train_accuracy:
            return "train_accuracy";
        case Metric::gradient_norm:
            return "gradient_norm";
        case Metric::vanished_updates:
            break;
    }
    return "vanished_updates";
}

Schedule::Schedule(PrecisionConfig config)
    : config_(std::move(config)), fired_(config_.schedule.size()), why_(config_.schedule.size()) {
    for (const Rule& rule : config_.schedule) next_.push_back(rule.when.at);
}

std::vector<std::size_t> Schedule::start_step(std::uint64_t epoch, std::uint64_t step) {
    step_ = step;
    std::vector<std::size_t> firing;
    for (std::size_t rule = 0; rule < fired_.size(); ++rule) {
        if (fired_[rule]) continue;
        std::string why = cause(rule, epoch, step);
        if (why.empty()) continue;
        why_[rule] = std::move(why);
        note_firing(rule, config_.schedule[rule].when.kind == Kind::epoch ? epoch : step);
        config_.base = apply(config_.base, config_.schedule[rule].set);
        firing.push_back(rule);
    }
    return firing;
}

std::string Schedule::cause(std::size_t rule, std::uint64_t epoch, std::uint64_t step) const {
    const Trigger& when = config_.schedule[rule].when;
    const Series& series = series_[static_cast<std::size_t>(when.metric)];
    switch (when.kind) {
        case Kind::epoch:
            return epoch >= next_[rule] ? joined("epoch ", epoch) : "";
        case Kind::step:
            return step >= next_[rule] ? joined("step ", step) : "";
        case Kind::plateau:
            if (series.since_best < when.patience) return "";
            return joined(name(when.metric), " has had no better mean for ", series.since_best, " steps");
        case Kind::threshold: {
            if (series.values.size() < when.window) return "";
            const double mean = mean_of_last(series.values, when.window);
            if (!(when.above ? mean > when.bound : mean < when.bound)) return "";
            return joined(name(when.metric), " ", mean, when.above ? " is above " : " is below ", when.bound);
        }
    }
    return "";
}

void Schedule::note_firing(std::size_t rule, std::uint64_t now) {
    const Trigger& when = config_.schedule[rule].when;
    fired_[rule] = true;
    if ((when.kind == Kind::epoch || when.kind == Kind::step) && when.again > 0) {
        next_[rule] += ((now - next_[rule]) / when.again + 1) * when.again;
        fired_[rule] = false;
    }
    for (std::size_t other = 0; other < fired_.size(); ++other)
        if (other != rule && config_.schedule[other].repeat) fired_[other] = false;
    // A new precision is given its own patience: two rules of the same patience are a ladder, not one step. What has
    // been measured says nothing of it either.
    if (when.kind == Kind::plateau) series_[static_cast<std::size_t>(when.metric)].since_best = 0;
    for (const Metric metric : {Metric::gradient_norm, Metric::vanished_updates})
        series_[static_cast<std::size_t>(metric)].values.clear();
}

void Schedule::observe(double value, Metric metric) {
    Series& series = series_[static_cast<std::size_t>(metric)];
    std::size_t kept = plateau_window(metric);
    for (const Rule& rule : config_.schedule)
        if (rule.when.metric == metric) kept = std::max<std::size_t>(kept, rule.when.window);
    series.values.push_back(value);
    if (series.values.size() > kept) series.values.pop_front();
    const std::uint64_t steps = is_measured(metric) ? step_ - series.last_step : 1;
    series.last_step = step_;
    if (series.values.size() < plateau_window(metric)) return;  // no mean yet
    double mean = mean_of_last(series.values, plateau_window(metric));
    if (metric == Metric::train_accuracy) mean = -mean;  // the best is the largest
    if (mean < series.best) {
        series.best = mean;
        series.since_best = 0;
    } else {
        series.since_best += steps;
    }
}

Policy Schedule::policy(const std::string& layer) const {
    const auto own = config_.layers.find(layer);
    return own == config_.layers.end() ? config_.base : apply(config_.base, own->second);
}

bool Schedule::may_fire(std::size_t rule) const { return !fired_[rule] || config_.schedule[rule].repeat; }

bool Schedule::needs_losses() const { return needs(Metric::train_loss) || needs(Metric::train_accuracy); }

bool Schedule::needs(Metric metric) const {
    for (std::size_t rule = 0; rule < fired_.size(); ++rule) {
        const Trigger& when = config_.schedule[rule].when;
        const bool waits = when.kind == Kind::plateau || when.kind == Kind::threshold;
        if (waits && when.metric == metric && may_fire(rule)) return true;
    }
    return false;
}

bool Schedule::needs(Metric metric, std::uint64_t step) const {
    for (std::size_t rule = 0; rule < fired_.size(); ++rule) {
        const Trigger& when = config_.schedule[rule].when;
        const bool waits = when.kind == Kind::plateau || when.kind == Kind::threshold;
        if (waits && when.metric == metric && may_fire(rule) && step % when.every == 0) return true;
    }
    return false;
}

}  // namespace ulpsim::workloads

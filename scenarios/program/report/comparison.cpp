#include "scenarios/program/report/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <set>

#include "scenarios/program/report/median.hpp"

namespace ulpsim::program {
namespace {

using Runs = std::vector<Contender>;
using Kind = Figure::Kind;

std::string fixed(double value, int digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

double value_of(const RecordedEpoch& epoch, Metric metric) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return metric == Metric::train_loss ? epoch.train_loss : epoch.gradient_norm.value_or(none);
}

double best(const RecordedRun& run, Metric metric) {
    double best = std::numeric_limits<double>::infinity();
    for (const RecordedEpoch& epoch : run.epochs) {
        if (std::isfinite(value_of(epoch, metric))) best = std::min(best, value_of(epoch, metric));
    }
    return best;
}

Range range_of(const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {*low, *high};
}

/// What the figure is in each seed; empty unless all of them have it.
template <class Value, class Figure>
std::vector<Value> of_seeds(const Contender& contender, const Figure& figure) {
    std::vector<Value> values;
    for (const RecordedRun& run : contender.seeds) {
        if (const std::optional<Value> value = figure(run)) values.push_back(*value);
    }
    if (values.size() != contender.seeds.size()) values.clear();
    return values;
}

/// The cell of numbers that the seeds came to, against those of the first contender (none: it is the first itself, or the
/// figure has no ratio).
Cell plain_cell(const std::vector<double>& values, const std::vector<double>& first) {
    Cell cell;
    if (values.empty()) return cell;
    cell.value = median(values);
    if (values.size() > 1) cell.range = range_of(values);
    if (first.empty() || median(first) <= 0) return cell;
    const Range of_first = range_of(first), own = range_of(values);
    cell.ratio = Ratio{*cell.value / median(first), own.low / of_first.high,
                       of_first.low > 0 ? own.high / of_first.low : std::numeric_limits<double>::infinity()};
    return cell;
}

// A figure without uncertainty of cost: seconds, bytes, losses.
Figure plain(Kind kind, const std::string& name, const Runs& runs, bool with_ratio,
             const std::function<std::optional<double>(const RecordedRun&)>& value) {
    const auto finite = [&](const RecordedRun& run) {
        const std::optional<double> number = value(run);
        return number && std::isfinite(*number) ? number : std::nullopt;
    };
    Figure figure{kind, name, {}};
    const std::vector<double> first = of_seeds<double>(runs.front(), finite);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool comparable = with_ratio && i > 0;
        figure.cells.push_back(
            plain_cell(of_seeds<double>(runs[i], finite), comparable ? first : std::vector<double>()));
    }
    return figure;
}

std::vector<double> sums(const std::vector<GroupEnergy>& energies) {
    std::vector<double> values;
    for (const GroupEnergy& groups : energies) values.push_back(sum(groups));
    return values;
}

Figure energy(const std::string& name, const Runs& runs,
              const std::function<std::optional<GroupEnergy>(const RecordedRun&)>& value) {
    Figure figure{Kind::joules, name, {}};
    const std::vector<GroupEnergy> first = of_seeds<GroupEnergy>(runs.front(), value);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::vector<GroupEnergy> own = of_seeds<GroupEnergy>(runs[i], value);
        Cell cell = plain_cell(sums(own), {});
        if (i > 0 && !own.empty() && !first.empty() && median(sums(first)) > 0) {
            const auto uncertainty = [&](std::size_t k) -> const auto& { return runs[k].seeds.front().uncertainty; };
            Ratio ratio{*cell.value / median(sums(first)), std::numeric_limits<double>::infinity(), 0};
            for (const GroupEnergy& a : first) {
                for (const GroupEnergy& b : own) {
                    const Ratio pair = energy_ratio(a, uncertainty(0), b, uncertainty(i));
                    ratio.low = std::min(ratio.low, pair.low);
                    ratio.high = std::max(ratio.high, pair.high);
                }
            }
            cell.ratio = ratio;
        }
        figure.cells.push_back(cell);
    }
    return figure;
}

std::vector<std::reference_wrapper<const RecordedRun>> all(const Runs& runs) {
    std::vector<std::reference_wrapper<const RecordedRun>> seeds;
    for (const Contender& contender : runs) seeds.insert(seeds.end(), contender.seeds.begin(), contender.seeds.end());
    return seeds;
}

using Parts = std::map<std::string, GroupEnergy> RecordedRun::*;

// One figure a name that any run has, the dearest first.
FigureGroup energies(const std::string& title, const Runs& runs, Parts parts) {
    std::map<std::string, double> dearest;
    for (const RecordedRun& run : all(runs)) {
        for (const auto& [name, groups] : run.*parts) dearest[name] = std::max(dearest[name], sum(groups));
    }
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [name, joules] : dearest) order.emplace_back(-joules, name);
    std::sort(order.begin(), order.end());
    FigureGroup group{title, {}};
    for (const auto& [joules, name] : order) {
        group.figures.push_back(energy(name, runs, [&](const RecordedRun& run) {
            const auto found = (run.*parts).find(name);
            return found == (run.*parts).end() ? std::optional<GroupEnergy>() : found->second;
        }));
    }
    return group;
}

// "dram_read_bytes" is shown with the unit of its value.
std::string label(std::string name) {
    if (name.ends_with("_bytes")) name.resize(name.size() - 6);
    return name;
}

FigureGroup numbers(const std::string& title, Kind kind, const Runs& runs,
                    std::map<std::string, double> RecordedRun::*parts) {
    std::set<std::string> names;
    for (const RecordedRun& run : all(runs)) {
        for (const auto& [name, value] : run.*parts) names.insert(name);
    }
    FigureGroup group{title, {}};
    for (const std::string& name : names) {
        const bool bytes = kind == Kind::bytes && !name.ends_with("messages");
        group.figures.push_back(plain(bytes                 ? kind
                                      : kind == Kind::bytes ? Kind::count
                                                            : kind,
                                      label(name), runs, kind == Kind::bytes, [&](const RecordedRun& run) {
                                          const auto found = (run.*parts).find(name);
                                          return found == (run.*parts).end() ? std::optional<double>() : found->second;
                                      }));
    }
    return group;
}

FigureGroup quality(const Runs& runs) {
    const auto last = [](const RecordedRun& run) { return run.epochs.empty() ? nullptr : &run.epochs.back(); };
    FigureGroup group{"quality", {}};
    group.figures.push_back(plain(Kind::loss, "final training loss", runs, true, [&](const RecordedRun& run) {
        return last(run) ? std::optional(last(run)->train_loss) : std::nullopt;
    }));
    group.figures.push_back(plain(Kind::loss, "best training loss", runs, true,
                                  [](const RecordedRun& run) { return std::optional(best(run, Metric::train_loss)); }));
    group.figures.push_back(plain(Kind::fraction, "test accuracy", runs, true, [&](const RecordedRun& run) {
        return last(run) ? last(run)->test_accuracy : std::nullopt;
    }));
    return group;
}

std::string quality_text(double value, Metric metric) {
    if (metric == Metric::train_loss) return "a training loss of " + fixed(value, 4);
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "a gradient norm of %.3g", value);
    return buffer;
}

FigureGroup to_quality(const Runs& runs, double value, Metric metric) {
    FigureGroup group{"to " + quality_text(value, metric) + ", which all runs reached", {}};
    const auto there = [&](const RecordedRun& run) { return first_reaching(run, value, metric); };
    group.figures.push_back(plain(Kind::epoch, "epoch", runs, false, [&](const RecordedRun& run) {
        return std::optional(static_cast<double>(there(run)->epoch));
    }));
    group.figures.push_back(plain(Kind::seconds, "time", runs, true,
                                  [&](const RecordedRun& run) { return std::optional(there(run)->sim_seconds); }));
    group.figures.push_back(
        energy("energy", runs, [&](const RecordedRun& run) { return std::optional(there(run)->energy); }));
    return group;
}

FigureGroup whole_run(const Runs& runs) {
    FigureGroup group{"whole run", {}};
    group.figures.push_back(
        plain(Kind::seconds, "time", runs, true, [](const RecordedRun& run) { return std::optional(run.seconds); }));
    group.figures.push_back(energy("energy", runs, [](const RecordedRun& run) { return std::optional(run.energy); }));
    group.figures.push_back(
        plain(Kind::fraction, "arithmetic's share of the energy", runs, true, [](const RecordedRun& run) {
            const auto found = run.by_class.find("arithmetic");
            const double arithmetic = found == run.by_class.end() ? 0 : sum(found->second);
            return sum(run.energy) > 0 ? std::optional(arithmetic / sum(run.energy)) : std::nullopt;
        }));
    group.figures.push_back(
        plain(Kind::square_mm, "area", runs, true, [](const RecordedRun& run) { return std::optional(run.area_mm2); }));
    return group;
}

// The component that works the largest part of the time.
std::string bound(const RecordedRun& run) {
    const auto busiest = std::max_element(run.busy.begin(), run.busy.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    if (busiest == run.busy.end()) return "nothing";
    return busiest->first + ", busy " + fixed(100 * busiest->second, 1) + " % of the time";
}

std::string times(const Ratio& ratio) {
    return fixed(ratio.nominal, 3) + " times (" + fixed(ratio.low, 3) + " to " + fixed(ratio.high, 3) + ")";
}

// What the figures of "to the same quality" say about a contender against the first.
std::string conclusion(const Runs& runs, std::size_t i, const FigureGroup& group) {
    const std::string& first = runs.front().name;
    const std::string& other = runs[i].name;
    const bool several = runs.front().seeds.size() > 1;
    const std::optional<Ratio>& time = group.figures[1].cells[i].ratio;
    const std::optional<Ratio>& energy = group.figures[2].cells[i].ratio;
    if (!time || !energy) return other + " cannot be set against " + first + ": no time or energy";
    std::string text = other + " takes " + (several ? times(*time) : fixed(time->nominal, 3) + " times") +
                       " the time and " + times(*energy) + " the energy of " + first + ": ";
    if (!energy->certain()) {
        return text + "which needs less energy lies within " +
               (several ? "the spread of the seeds and of the cost figures" : "cost uncertainty");
    }
    return text + (energy->high < 1 ? other : first) + " needs less energy " +
           (several ? "with every pair of seeds and " : "") + "at every corner of the cost figures";
}

/// "completed", or how many seeds came to what.
std::string status_of(const Contender& contender) {
    std::map<std::string, std::size_t> counts;
    for (const RecordedRun& run : contender.seeds) ++counts[run.status];
    if (counts.size() == 1) return counts.begin()->first;
    std::string text;
    for (const auto& [status, count] : counts) {
        if (!text.empty()) text.append(", ");
        text.append(std::to_string(count)).append(" ").append(status);
    }
    return text;
}

}  // namespace

double sum(const GroupEnergy& energy) { return std::accumulate(energy.begin(), energy.end(), 0.0); }

Metric metric_of(const std::vector<Contender>& contenders) {
    for (const RecordedRun& run : all(contenders))
        for (const RecordedEpoch& epoch : run.epochs)
            if (!epoch.gradient_norm) return Metric::train_loss;
    return Metric::gradient_norm;
}

std::optional<double> same_quality(const std::vector<Contender>& contenders, Metric metric) {
    double worst = -std::numeric_limits<double>::infinity();
    for (const RecordedRun& run : all(contenders)) worst = std::max(worst, best(run, metric));
    return std::isfinite(worst) ? std::optional(worst) : std::nullopt;
}

const RecordedEpoch* first_reaching(const RecordedRun& run, double value, Metric metric) {
    for (const RecordedEpoch& epoch : run.epochs) {
        if (value_of(epoch, metric) <= value) return &epoch;
    }
    return nullptr;
}

Ratio energy_ratio(const GroupEnergy& a, const std::array<Factors, power::group_count>& a_factors, const GroupEnergy& b,
                   const std::array<Factors, power::group_count>& b_factors) {
    Ratio ratio{sum(b) / sum(a), std::numeric_limits<double>::infinity(), 0};
    for (unsigned corner = 0; corner < 1u << power::group_count; ++corner) {
        double total_a = 0, total_b = 0;
        for (std::size_t g = 0; g < a.size(); ++g) {
            const bool high = (corner >> g & 1u) != 0;
            total_a += a[g] * (high ? a_factors[g].high : a_factors[g].low);
            total_b += b[g] * (high ? b_factors[g].high : b_factors[g].low);
        }
        ratio.low = std::min(ratio.low, total_b / total_a);
        ratio.high = std::max(ratio.high, total_b / total_a);
    }
    return ratio;
}

Comparison compare(const std::vector<Contender>& runs) {
    Comparison comparison;
    comparison.seeds = runs.front().seeds.size();
    for (const Contender& contender : runs) {
        comparison.runs.push_back(contender.name);
        comparison.status.push_back(status_of(contender));
        comparison.bounds.push_back(bound(contender.seeds.front()));
    }
    comparison.metric = metric_of(runs);
    comparison.quality = same_quality(runs, comparison.metric);
    comparison.groups.push_back(quality(runs));
    if (comparison.quality) {
        comparison.groups.push_back(to_quality(runs, *comparison.quality, comparison.metric));
        for (std::size_t i = 1; i < runs.size(); ++i) {
            comparison.conclusions.push_back(conclusion(runs, i, comparison.groups.back()));
        }
    }
    comparison.groups.push_back(whole_run(runs));
    comparison.groups.push_back(energies("energy by component", runs, &RecordedRun::by_component));
    comparison.groups.push_back(energies("energy by operation", runs, &RecordedRun::by_class));
    comparison.groups.push_back(energies("energy by phase", runs, &RecordedRun::by_phase));
    comparison.groups.push_back(numbers("busy", Kind::fraction, runs, &RecordedRun::busy));
    comparison.groups.push_back(numbers("traffic", Kind::bytes, runs, &RecordedRun::traffic));
    comparison.groups.push_back(numbers("peak bytes held", Kind::bytes, runs, &RecordedRun::peak_bytes));
    return comparison;
}

}  // namespace ulpsim::program

#include "scenarios/program/report/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <set>

namespace ulpsim::program {
namespace {

using Runs = std::vector<RecordedRun>;
using Kind = Figure::Kind;

std::string fixed(double value, int digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

double best_loss(const RecordedRun& run) {
    double best = std::numeric_limits<double>::infinity();
    for (const RecordedEpoch& epoch : run.epochs) {
        if (std::isfinite(epoch.train_loss)) best = std::min(best, epoch.train_loss);
    }
    return best;
}

// A figure without uncertainty of cost: seconds, bytes, losses.
Figure plain(Kind kind, const std::string& name, const Runs& runs, bool with_ratio,
             const std::function<std::optional<double>(const RecordedRun&)>& value) {
    Figure figure{kind, name, {}};
    for (const RecordedRun& run : runs) {
        Cell cell{value(run), std::nullopt};
        if (cell.value && !std::isfinite(*cell.value)) cell.value.reset();
        const bool comparable = with_ratio && !figure.cells.empty() && cell.value && figure.cells.front().value;
        if (comparable && *figure.cells.front().value > 0) {
            const double ratio = *cell.value / *figure.cells.front().value;
            cell.ratio = Ratio{ratio, ratio, ratio};
        }
        figure.cells.push_back(cell);
    }
    return figure;
}

Figure energy(const std::string& name, const Runs& runs,
              const std::function<std::optional<GroupEnergy>(const RecordedRun&)>& value) {
    Figure figure{Kind::joules, name, {}};
    const std::optional<GroupEnergy> first = value(runs.front());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::optional<GroupEnergy> groups = value(runs[i]);
        Cell cell;
        if (groups) cell.value = sum(*groups);
        if (i > 0 && groups && first && sum(*first) > 0) {
            cell.ratio = energy_ratio(*first, runs.front().uncertainty, *groups, runs[i].uncertainty);
        }
        figure.cells.push_back(cell);
    }
    return figure;
}

using Parts = std::map<std::string, GroupEnergy> RecordedRun::*;

// One figure a name that any run has, the dearest first.
FigureGroup energies(const std::string& title, const Runs& runs, Parts parts) {
    std::map<std::string, double> dearest;
    for (const RecordedRun& run : runs) {
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
    for (const RecordedRun& run : runs) {
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
                                  [](const RecordedRun& run) { return std::optional(best_loss(run)); }));
    group.figures.push_back(plain(Kind::fraction, "test accuracy", runs, true, [&](const RecordedRun& run) {
        return last(run) ? last(run)->test_accuracy : std::nullopt;
    }));
    return group;
}

FigureGroup to_quality(const Runs& runs, double loss) {
    FigureGroup group{"to a training loss of " + fixed(loss, 4) + ", which all runs reached", {}};
    group.figures.push_back(plain(Kind::epoch, "epoch", runs, false, [&](const RecordedRun& run) {
        return std::optional(static_cast<double>(first_reaching(run, loss)->epoch));
    }));
    group.figures.push_back(plain(Kind::seconds, "time", runs, true, [&](const RecordedRun& run) {
        return std::optional(first_reaching(run, loss)->sim_seconds);
    }));
    group.figures.push_back(energy(
        "energy", runs, [&](const RecordedRun& run) { return std::optional(first_reaching(run, loss)->energy); }));
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

// What the figures of "to the same quality" say about a run against the first.
std::string conclusion(const Runs& runs, std::size_t i, const FigureGroup& group) {
    const std::string& first = runs.front().name;
    const std::string& other = runs[i].name;
    const std::optional<Ratio>& time = group.figures[1].cells[i].ratio;
    const std::optional<Ratio>& energy = group.figures[2].cells[i].ratio;
    if (!time || !energy) return other + " cannot be set against " + first + ": no time or energy";
    std::string text = other + " takes " + fixed(time->nominal, 3) + " times the time and " + times(*energy) +
                       " the energy of " + first + ": ";
    if (!energy->certain()) return text + "which needs less energy lies within cost uncertainty";
    return text + (energy->high < 1 ? other : first) + " needs less energy at every corner of the cost figures";
}

}  // namespace

double sum(const GroupEnergy& energy) { return std::accumulate(energy.begin(), energy.end(), 0.0); }

std::optional<double> same_quality(const std::vector<RecordedRun>& runs) {
    double worst = -std::numeric_limits<double>::infinity();
    for (const RecordedRun& run : runs) worst = std::max(worst, best_loss(run));
    return std::isfinite(worst) ? std::optional(worst) : std::nullopt;
}

const RecordedEpoch* first_reaching(const RecordedRun& run, double loss) {
    for (const RecordedEpoch& epoch : run.epochs) {
        if (epoch.train_loss <= loss) return &epoch;
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

Comparison compare(const std::vector<RecordedRun>& runs) {
    Comparison comparison;
    for (const RecordedRun& run : runs) {
        comparison.runs.push_back(run.name);
        comparison.status.push_back(run.status);
        comparison.bounds.push_back(bound(run));
    }
    comparison.quality = same_quality(runs);
    comparison.groups.push_back(quality(runs));
    if (comparison.quality) {
        comparison.groups.push_back(to_quality(runs, *comparison.quality));
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

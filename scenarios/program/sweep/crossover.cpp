#include "scenarios/program/sweep/crossover.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "scenarios/program/report/comparison.hpp"
#include "scenarios/program/report/text_table.hpp"
#include "scenarios/program/results/csv_writer.hpp"
#include "scenarios/program/results/number_text.hpp"

namespace ulpsim::program {
namespace {

constexpr auto host = static_cast<std::size_t>(power::Group::host);

/// The values of some axes, in their order.
Point values_of(const Point& point, const std::vector<std::string>& axes) {
    Point some;
    for (const std::string& axis : axes)
        for (const auto& value : point)
            if (value.first == axis) some.push_back(value);
    return some;
}

std::string contender_of(const Point& point) {
    for (const auto& [name, value] : point)
        if (name == "contender") return value;
    return "";
}

/// All values that points give the axes together, in the order of the points; of machines only full ones.
std::vector<Point> combinations(const std::vector<CrossoverRun>& runs, const std::vector<std::string>& axes) {
    std::vector<Point> all;
    for (const CrossoverRun& run : runs) {
        const Point values = values_of(run.values, axes);
        if (values.size() == axes.size() && std::ranges::find(all, values) == all.end()) all.push_back(values);
    }
    return all;
}

/// Every value that the point gives is the field's.
bool takes_part(const Point& point, const Point& field) {
    return std::ranges::all_of(field, [&](const auto& value) {
        return std::ranges::none_of(
            point, [&](const auto& own) { return own.first == value.first && own.second != value.second; });
    });
}

std::optional<Reached> reached(const Crossover& crossover, const CrossoverRun& run, double target, double factor) {
    for (const RecordedEpoch& epoch : run.run.epochs) {
        if (!epoch.gradient_norm || !(*epoch.gradient_norm <= target)) continue;
        Reached found{point_text(values_of(run.values, crossover.choices)), epoch.epoch, epoch.energy,
                      run.run.uncertainty, epoch.sim_seconds};
        found.energy[host] *= factor;
        return found;
    }
    return std::nullopt;
}

void keep_better(Entry& entry, const Reached& found) {
    if (!entry.by_energy || sum(found.energy) < sum(entry.by_energy->energy)) entry.by_energy = found;
    if (!entry.by_time || found.seconds < entry.by_time->seconds) entry.by_time = found;
}

template <class Least>
std::optional<std::size_t> least(const std::vector<Entry>& entries, Least value) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (!entries[i].by_energy) continue;
        if (!best || value(entries[i]) < value(entries[*best])) best = i;
    }
    return best;
}

/// The energy of the field's cheapest as a share of another one's.
Ratio share(const Field& field, std::size_t other) {
    const Reached &own = *field.entries[*field.cheapest].by_energy, &theirs = *field.entries[other].by_energy;
    return energy_ratio(theirs.energy, theirs.factors, own.energy, own.factors);
}

void judge(Field& field) {
    field.cheapest = least(field.entries, [](const Entry& entry) { return sum(entry.by_energy->energy); });
    field.fastest = least(field.entries, [](const Entry& entry) { return entry.by_time->seconds; });
    field.certain = field.cheapest.has_value();
    for (std::size_t i = 0; field.cheapest && i < field.entries.size(); ++i)
        if (i != *field.cheapest && field.entries[i].by_energy) field.certain &= share(field, i).high < 1;
}

/// The entry that comes nearest to the cheapest one.
std::optional<std::size_t> next_to_cheapest(const Field& field) {
    std::optional<std::size_t> next;
    for (std::size_t i = 0; i < field.entries.size(); ++i) {
        if (i == *field.cheapest || !field.entries[i].by_energy) continue;
        if (!next || sum(field.entries[i].by_energy->energy) < sum(field.entries[*next].by_energy->energy)) next = i;
    }
    return next;
}

std::string two_digits(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2g", value);
    return buffer;
}

/// "halp 0.42 (0.31 to 0.55)"; a question mark where the cost figures' uncertainty could turn it round.
std::string field_text(const Field& field) {
    if (!field.cheapest) return "-";
    std::string text = field.entries[*field.cheapest].contender;
    const std::optional<std::size_t> next = next_to_cheapest(field);
    if (!next) return text + " alone";
    const Ratio ratio = share(field, *next);
    return text + (field.certain ? " " : "? ") + two_digits(ratio.nominal) + " (" + two_digits(ratio.low) + " to " +
           two_digits(ratio.high) + ")";
}

/// The values without their keys' paths: "samples 1000, condition 10".
std::string short_text(const Point& point) {
    std::string text;
    for (const auto& [name, value] : point) {
        const std::size_t dot = name.rfind('.');
        std::string last = dot == std::string::npos ? name : name.substr(dot + 1);
        if (last == "model") last = name.substr(0, dot).substr(name.rfind('.', dot - 1) + 1);
        text += (text.empty() ? "" : ", ") + last + " " + value;
    }
    return text.empty() ? "all" : text;
}

bool same_table(const Field& a, const Field& b) { return a.target == b.target && a.host_energy == b.host_energy; }

std::string table_text(const std::vector<Field>& fields, std::size_t first, std::size_t end) {
    std::vector<std::string> heads{"problem"};
    for (std::size_t i = first; i < end && fields[i].problem == fields[first].problem; ++i)
        heads.push_back(short_text(fields[i].machine));
    TextTable table(heads);
    for (std::size_t i = first; i < end; i += heads.size() - 1) {
        std::vector<std::string> row{short_text(fields[i].problem)};
        for (std::size_t j = i; j < i + heads.size() - 1; ++j) row.push_back(field_text(fields[j]));
        table.add(row);
    }
    return table.text();
}

/// How many fields each contender wins, and who wins none.
std::string wins_text(const Crossover& crossover, const std::vector<Field>& fields) {
    struct Wins {
        std::size_t energy = 0, certain = 0, time = 0, reached = 0;
    };
    std::map<std::string, Wins> wins;
    std::size_t nobody = 0;
    for (const Field& field : fields) {
        for (const Entry& entry : field.entries) wins[entry.contender].reached += entry.by_energy ? 1 : 0;
        if (!field.cheapest) {
            ++nobody;
            continue;
        }
        Wins& cheapest = wins[field.entries[*field.cheapest].contender];
        ++cheapest.energy;
        cheapest.certain += field.certain ? 1 : 0;
        ++wins[field.entries[*field.fastest].contender].time;
    }
    TextTable table({"contender", "least energy", "of them certain", "least time", "reaches", "fields"}, 1);
    std::string nowhere;
    for (const std::string& name : crossover.contenders) {
        const Wins& won = wins[name];
        table.add({name, std::to_string(won.energy), std::to_string(won.certain), std::to_string(won.time),
                   std::to_string(won.reached), std::to_string(fields.size())});
        if (won.energy == 0 && won.time == 0) nowhere.append(nowhere.empty() ? "" : ", ").append(name);
    }
    std::string text = table.text();
    if (!nowhere.empty()) text += "win nowhere: " + nowhere + "\n";
    if (nobody > 0) text += std::to_string(nobody) + " fields that none of them reaches\n";
    return text;
}

}  // namespace

std::vector<Field> crossover_fields(const Crossover& crossover, const std::vector<CrossoverRun>& runs) {
    std::vector<Point> machines = combinations(runs, crossover.machine);
    if (machines.empty()) machines.emplace_back();
    const std::vector<Point> problems = combinations(runs, crossover.problem);
    std::vector<Field> fields;
    for (const double target : crossover.targets) {
        for (const double factor : crossover.host_energy) {
            for (const Point& problem : problems) {
                for (const Point& machine : machines) {
                    Field& field = fields.emplace_back(Field{problem, machine, target, factor, {}, {}, {}, false});
                    for (const std::string& contender : crossover.contenders) {
                        Entry entry{contender, {}, {}};
                        for (const CrossoverRun& run : runs) {
                            if (contender_of(run.values) != contender || !takes_part(run.values, problem) ||
                                !takes_part(run.values, machine))
                                continue;
                            if (const auto found = reached(crossover, run, target, factor)) keep_better(entry, *found);
                        }
                        field.entries.push_back(entry);
                    }
                    judge(field);
                }
            }
        }
    }
    return fields;
}

std::string crossover_csv(const std::vector<Field>& fields) {
    Csv csv;
    if (fields.empty()) return csv.text();
    for (const Point& point : {fields.front().problem, fields.front().machine})
        for (const auto& value : point) csv.field(value.first);
    for (const char* head : {"target", "host_energy", "contender", "choices", "epoch", "energy_j", "energy_low_j",
                             "energy_high_j", "seconds", "least_seconds", "energy_wins", "time_wins"})
        csv.field(head);
    csv.end_row();
    for (const Field& field : fields) {
        for (std::size_t i = 0; i < field.entries.size(); ++i) {
            const Entry& entry = field.entries[i];
            for (const Point& point : {field.problem, field.machine})
                for (const auto& value : point) csv.field(value.second);
            csv.field(field.target).field(field.host_energy).field(entry.contender);
            if (!entry.by_energy) {
                for (int empty = 0; empty < 7; ++empty) csv.field("");
                csv.field("no").field("no").end_row();
                continue;
            }
            const Reached& best = *entry.by_energy;
            double low = 0, high = 0;
            for (std::size_t g = 0; g < best.energy.size(); ++g) {
                low += best.energy[g] * best.factors[g].low;
                high += best.energy[g] * best.factors[g].high;
            }
            csv.field(best.choices).field(best.epoch).field(sum(best.energy)).field(low).field(high);
            csv.field(best.seconds).field(entry.by_time->seconds);
            csv.field(i != field.cheapest ? "no" : field.certain ? "yes" : "within_uncertainty");
            csv.field(i == field.fastest ? "yes" : "no").end_row();
        }
    }
    return csv.text();
}

std::string crossover_text(const Crossover& crossover, const std::vector<Field>& fields) {
    std::string text =
        "Least energy to a gradient norm, as a share of the next contender's (interval over the cost figures; ?: they "
        "could\n"
        "turn it round; -: none reaches it)\n";
    for (std::size_t first = 0; first < fields.size();) {
        std::size_t end = first;
        while (end < fields.size() && same_table(fields[first], fields[end])) ++end;
        text += "\nnorm " + number_text(fields[first].target) + ", the host's energy times " +
                number_text(fields[first].host_energy) + "\n" + table_text(fields, first, end);
        first = end;
    }
    return text + "\n" + wins_text(crossover, fields);
}

}  // namespace ulpsim::program

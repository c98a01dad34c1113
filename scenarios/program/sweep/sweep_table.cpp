#include "scenarios/program/sweep/sweep_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "scenarios/program/report/median.hpp"
#include "scenarios/program/report/progress.hpp"
#include "scenarios/program/report/text_table.hpp"
#include "scenarios/program/results/csv_writer.hpp"

namespace ulpsim::program {
namespace {

template <class Value>
double median_of(const std::vector<Row>& rows, Value Row::*figure) {
    std::vector<double> values;
    for (const Row& row : rows) values.push_back(row.*figure);
    return median(values);
}

std::optional<double> median_of(const std::vector<Row>& rows, std::optional<double> Row::*figure) {
    std::vector<double> values;
    for (const Row& row : rows) {
        if (row.*figure) values.push_back(*(row.*figure));
    }
    return values.empty() ? std::nullopt : std::optional(median(values));
}

void take_medians(PointResult& result, const std::vector<Row>& rows) {
    Row& median = result.median;
    for (double Row::*figure :
         {&Row::seconds, &Row::energy_j, &Row::energy_low_j, &Row::energy_high_j, &Row::area_mm2, &Row::wall_seconds})
        median.*figure = median_of(rows, figure);
    median.train_loss = median_of(rows, &Row::train_loss);
    median.train_accuracy = median_of(rows, &Row::train_accuracy);
    median.test_accuracy = median_of(rows, &Row::test_accuracy);
    median.gradient_norm = median_of(rows, &Row::gradient_norm);
    median.error = median_of(rows, &Row::error);
    for (const Row& row : rows) {
        if (!row.error) continue;
        result.error_min = std::min(result.error_min.value_or(*row.error), *row.error);
        result.error_max = std::max(result.error_max.value_or(*row.error), *row.error);
    }
}

PointResult result_of(std::uint64_t number, const Point& point, const std::vector<Row>& rows, std::uint64_t seeds) {
    PointResult result;
    result.point = number;
    result.values = point;
    result.how = rows.empty() ? "" : rows.front().how;
    result.status = rows.size() < seeds ? "missing" : "completed";
    std::vector<Row> good;
    for (const Row& row : rows) {
        if (!row.failed()) good.push_back(row);
        if (row.failed() && result.message.empty()) result.message = row.message;
        if (row.status == "diverged" && result.status == "completed") result.status = row.status;
    }
    result.seeds = good.size();
    result.failed = rows.size() - good.size();
    if (good.empty() && rows.size() == seeds) result.status = "failed";
    if (!good.empty()) take_medians(result, good);
    return result;
}

bool has_figures(const PointResult& result) { return result.seeds > 0; }

std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string value_of(const PointResult& result, const std::string& axis) {
    for (const auto& [name, value] : result.values) {
        if (name == axis) return value;
    }
    return "";
}

std::string front_text(const Sweep& sweep, const std::vector<PointResult>& results) {
    TextTable table({"point", "energy", "error", "area", "time", "values"}, 0);
    std::vector<const PointResult*> front;
    for (const PointResult& result : results) {
        if (result.on_front) front.push_back(&result);
    }
    std::stable_sort(front.begin(), front.end(), [](const PointResult* a, const PointResult* b) {
        return a->median.energy_j < b->median.energy_j;
    });
    constexpr std::size_t shown = 40;
    for (std::size_t i = 0; i < std::min(shown, front.size()); ++i) {
        const Row& median = front[i]->median;
        table.add({std::to_string(front[i]->point), engineering(median.energy_j, "J"),
                   median.error ? fixed(100 * *median.error, 2) + " %" : "-", fixed(median.area_mm2, 2) + " mm2",
                   engineering(median.seconds, "s"), point_text(front[i]->values)});
    }
    std::string names;
    for (const Objective objective : sweep.objectives) {
        if (!names.empty()) names.append(", ");
        names.append(objective_names()[static_cast<std::size_t>(objective)]);
    }
    std::string more;
    if (front.size() > shown) more.append("... and ").append(std::to_string(front.size() - shown)).append(" more\n");
    return "Pareto front of " + names + ": " + std::to_string(front.size()) + " of " + std::to_string(results.size()) +
           " points\n" + table.text() + more;
}

}  // namespace

std::vector<std::string> axis_names(const std::vector<PointResult>& results) {
    std::vector<std::string> names;
    for (const PointResult& result : results) {
        for (const auto& [name, value] : result.values) {
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        }
    }
    return names;
}

std::optional<Figures> figures_of(const PointResult& result, const std::vector<Objective>& objectives) {
    if (!has_figures(result) || result.status != "completed") return std::nullopt;
    const double none = std::numeric_limits<double>::quiet_NaN();
    const Row& median = result.median;
    const std::array<double, objective_count> all{
        median.energy_j, median.error.value_or(none),      median.area_mm2,
        median.seconds,  median.train_loss.value_or(none), median.gradient_norm.value_or(none)};
    Figures figures;
    for (const Objective objective : objectives) figures.push_back(all[static_cast<std::size_t>(objective)]);
    return figures;
}

std::vector<PointResult> point_results(const Sweep& sweep, const std::vector<Point>& points,
                                       const std::vector<Row>& rows, std::uint64_t seeds) {
    std::vector<std::vector<Row>> rows_of(points.size());
    for (const Row& row : rows) {
        if (row.point >= 1 && row.point <= points.size()) rows_of[row.point - 1].push_back(row);
    }
    std::vector<PointResult> results;
    std::vector<Figures> figures;
    std::vector<std::size_t> owner;
    for (std::size_t i = 0; i < points.size(); ++i) {
        results.push_back(result_of(i + 1, points[i], rows_of[i], seeds));
        if (const auto found = figures_of(results.back(), sweep.objectives)) {
            figures.push_back(*found);
            owner.push_back(i);
        }
    }
    for (std::size_t i = 0; i < figures.size(); ++i) {
        results[owner[i]].on_front = std::none_of(figures.begin(), figures.end(),
                                                  [&](const Figures& other) { return dominates(other, figures[i]); });
    }
    return results;
}

std::string sweep_csv(const std::vector<PointResult>& results) {
    const std::vector<std::string> axes = axis_names(results);
    Csv csv;
    for (const char* head : {"point", "status", "how"}) csv.field(head);
    for (const std::string& axis : axes) csv.field(axis);
    for (const char* head :
         {"seeds", "energy_j", "energy_low_j", "energy_high_j", "seconds", "area_mm2", "error", "error_min",
          "error_max", "train_loss", "train_accuracy", "test_accuracy", "gradient_norm", "pareto", "message"})
        csv.field(head);
    csv.end_row();
    for (const PointResult& result : results) {
        csv.field(result.point).field(result.status).field(result.how);
        for (const std::string& axis : axes) csv.field(value_of(result, axis));
        csv.field(std::uint64_t{result.seeds});
        const Row& median = result.median;
        for (const double figure :
             {median.energy_j, median.energy_low_j, median.energy_high_j, median.seconds, median.area_mm2})
            csv.field(has_figures(result) ? std::optional(figure) : std::nullopt);
        csv.field(median.error).field(result.error_min).field(result.error_max).field(median.train_loss);
        csv.field(median.train_accuracy).field(median.test_accuracy).field(median.gradient_norm);
        csv.field(std::uint64_t{result.on_front ? 1u : 0u}).field(result.message).end_row();
    }
    return csv.text();
}

std::string sweep_text(const Sweep& sweep, const std::vector<PointResult>& results) {
    std::string text = sweep.search == Sweep::Search::crossover ? "" : front_text(sweep, results) + "\n";
    TextTable failures({"point", "values", "why"});
    std::size_t failed = 0, replays = 0, missing = 0;
    for (const PointResult& result : results) {
        if (result.how == "replay") ++replays;
        if (result.status == "missing") ++missing;
        if (result.failed == 0) continue;
        ++failed;
        failures.add({std::to_string(result.point), point_text(result.values), result.message});
    }
    text.append(std::to_string(results.size())).append(" points, ").append(std::to_string(replays));
    text.append(" of them replayed, ").append(std::to_string(failed)).append(" failed");
    if (missing > 0) text.append(", ").append(std::to_string(missing)).append(" missing: --resume does them");
    text += "\n";
    if (failed > 0) text += failures.text();
    return text;
}

}  // namespace ulpsim::program

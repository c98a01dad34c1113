#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenarios/program/sweep/database.hpp"
#include "scenarios/program/sweep/pareto.hpp"
#include "scenarios/program/sweep/sweep.hpp"

namespace ulpsim::program {

/// A point over its seeds: the medians of those that did not fail.
struct PointResult {
    std::uint64_t point = 0;  ///< from 1
    Point values;
    std::size_t seeds = 0, failed = 0;
    std::string status;  ///< completed; diverged when a seed did; failed when all did; missing when one is not done yet
    std::string how;     ///< of the first seed
    std::string message;  ///< of the first that failed
    Row median;
    std::optional<double> error_min, error_max;
    bool on_front = false;
};

/// Figures that the objectives ask for; nothing where the point did not complete.
std::optional<Figures> figures_of(const PointResult& result, const std::vector<Objective>& objectives);

/// The points in order, each with the rows of its seeds, and which of them nothing dominates.
std::vector<PointResult> point_results(const Sweep& sweep, const std::vector<Point>& points,
                                       const std::vector<Row>& rows, std::uint64_t seeds);

/// The axes that the points have values of, in the order in which they come up.
std::vector<std::string> axis_names(const std::vector<PointResult>& results);

/// sweep.csv, a row a point; the same for the same figures, whatever the wall time and the order of the work:
///   point, status, how (run, replay), one column an axis, seeds (that did not fail), energy_j, energy_low_j,
///   energy_high_j (over the cost figures), seconds, area_mm2, error (1 - test accuracy), error_min, error_max (over the
///   seeds), train_loss, train_accuracy, test_accuracy, gradient_norm, pareto (1: nothing is better in every objective), message
/// Figures are medians over the seeds, of the last epoch; empty where there is none.
std::string sweep_csv(const std::vector<PointResult>& results);
/// The front and the points that failed, as tables.
std::string sweep_text(const Sweep& sweep, const std::vector<PointResult>& results);

}  // namespace ulpsim::program

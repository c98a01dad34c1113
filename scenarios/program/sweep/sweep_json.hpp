#pragma once
#include <map>
#include <string>
#include <vector>

#include "scenarios/program/sweep/sweep.hpp"
#include "scenarios/program/sweep/sweep_table.hpp"

namespace ulpsim::program {

/// Where the page of a point's run is, from the sweep's folder; for points that have one.
using PointPages = std::map<std::uint64_t, std::string>;

/// The points of a sweep for other programs and for its page, schema `ulpsim.sweep/1`:
///   name, search, objectives: [names], axes: [names]
///   points: [{point, status, how, folder, page, values: {axis: text}, seeds, energy_j, energy_low_j, energy_high_j,
///             seconds, area_mm2, error, error_min, error_max, train_loss, train_accuracy, test_accuracy, gradient_norm,
///             pareto, message}]
/// Figures are those of sweep.csv, null where there is none. `folder` and `page` start from the sweep's folder.
std::string sweep_json(const Sweep& sweep, const std::vector<PointResult>& results, const PointPages& pages);

/// The sweep's page: one HTML file (report/page.hpp).
std::string sweep_page(const Sweep& sweep, const std::vector<PointResult>& results, const PointPages& pages);

}  // namespace ulpsim::program

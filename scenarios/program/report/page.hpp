#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/program/report/comparison.hpp"

namespace ulpsim::program {

/// The texts of a run's folder that a page shows (DESIGN 3.6).
struct RunFiles {
    std::string name;  ///< of the run among others
    std::string scenario_yaml, results_json, operations_csv, power_csv;
};
/// Throws DataError when the folder holds no finished run.
RunFiles read_run_files(const std::filesystem::path& folder, const std::string& name);

/// Any page: a title and its data, JSON with a `kind` that page/start.js knows.
std::string page(const std::string& title, const std::string& data);

/// A page is one HTML file that needs nothing else: style, script, Chart.js and data are in it, and its content security
/// policy allows no request.
std::string run_page(const RunFiles& run);
/// Writes a finished run's page, report.html, into its folder. Throws DataError as read_run_files.
void write_run_page(const std::filesystem::path& folder, const std::string& name);

/// A name and where it leads, relative to the page.
using Link = std::pair<std::string, std::string>;
std::string comparison_page(const std::vector<RunFiles>& runs, const Comparison& comparison,
                            const std::vector<Link>& links);

}  // namespace ulpsim::program

#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenarios/program/report/recorded_run.hpp"

namespace ulpsim::program {

/// How a run's figure stands to the first run's.
struct Ratio {
    double nominal = 1, low = 1, high = 1;  ///< low, high: over every corner of the cost groups' uncertainty
    /// The same side of 1 at every corner: only then is one of the two called better.
    bool certain() const { return high < 1 || low > 1; }
};

struct Cell {
    std::optional<double> value;
    std::optional<Ratio> ratio;  ///< to the first run; none for the first itself and for what has no ratio
};

/// A figure of every run, in the order of the runs.
struct Figure {
    enum class Kind { loss, fraction, epoch, seconds, joules, bytes, count, square_mm } kind = Kind::count;
    std::string name;
    std::vector<Cell> cells;
};

struct FigureGroup {
    std::string title;
    std::vector<Figure> figures;
};

/// Runs side by side.
struct Comparison {
    std::vector<std::string> runs, status;
    std::optional<double> quality;  ///< training loss that all runs reached
    std::vector<FigureGroup> groups;
    std::vector<std::string> bounds;       ///< a run each: the busiest component, and by how much
    std::vector<std::string> conclusions;  ///< sentences on time and energy to the same quality
};

/// The worse of the runs' best training losses: what all of them reached. None when a run has no finite loss.
std::optional<double> same_quality(const std::vector<RecordedRun>& runs);
/// The first epoch at or below a training loss.
const RecordedEpoch* first_reaching(const RecordedRun& run, double loss);

/// b / a with the interval over all 2^5 corners of the groups; a group of both runs is high or low in both, as it is
/// the same uncertainty.
Ratio energy_ratio(const GroupEnergy& a, const std::array<Factors, power::group_count>& a_factors, const GroupEnergy& b,
                   const std::array<Factors, power::group_count>& b_factors);

double sum(const GroupEnergy& energy);

/// At least one run.
Comparison compare(const std::vector<RecordedRun>& runs);

std::string comparison_text(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);

}  // namespace ulpsim::program

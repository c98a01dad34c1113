#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenarios/program/report/recorded_run.hpp"

namespace ulpsim::program {

/// A scenario's runs, which differ in their seed only; at least one.
struct Contender {
    std::string name;
    std::vector<RecordedRun> seeds;
};

/// How a contender's figure stands to the first one's: medians, and the range over every pair of their seeds and every
/// corner of the cost groups' uncertainty.
struct Ratio {
    double nominal = 1, low = 1, high = 1;
    /// The same side of 1 everywhere: only then is one of the two called better.
    bool certain() const { return high < 1 || low > 1; }
};

/// What runs are compared at the same value of: the gradient norm where all of them have one in every epoch.
enum class Metric { train_loss, gradient_norm };

struct Range {
    double low = 0, high = 0;
};

struct Cell {
    std::optional<double> value;  ///< the median over the seeds
    std::optional<Ratio> ratio;   ///< to the first; none for the first itself and for what has no ratio
    std::optional<Range> range;   ///< over the seeds, where there are several
};

/// A figure of every contender, in their order.
struct Figure {
    enum class Kind { loss, fraction, epoch, seconds, joules, bytes, count, square_mm } kind = Kind::count;
    std::string name;
    std::vector<Cell> cells;
};

struct FigureGroup {
    std::string title;
    std::vector<Figure> figures;
};

/// Contenders side by side.
struct Comparison {
    std::vector<std::string> runs, status;
    std::size_t seeds = 1;  ///< of each
    Metric metric = Metric::train_loss;
    std::optional<double> quality;  ///< of the metric, what all runs reached
    std::vector<FigureGroup> groups;
    std::vector<std::string> bounds;       ///< a run each: the busiest component, and by how much
    std::vector<std::string> matched;      ///< what was resized so that the runs are comparable, a line each
    std::vector<std::string> conclusions;  ///< sentences on time and energy to the same quality
};

Metric metric_of(const std::vector<Contender>& contenders);
/// The worst of all runs' best values: what every one of them reached. None when a run has no finite one.
std::optional<double> same_quality(const std::vector<Contender>& contenders, Metric metric = Metric::train_loss);
/// The first epoch at or below a value.
const RecordedEpoch* first_reaching(const RecordedRun& run, double value, Metric metric = Metric::train_loss);

/// b / a with the interval over all 2^5 corners of the groups; a group of both runs is high or low in both, as it is
/// the same uncertainty.
Ratio energy_ratio(const GroupEnergy& a, const std::array<Factors, power::group_count>& a_factors, const GroupEnergy& b,
                   const std::array<Factors, power::group_count>& b_factors);

double sum(const GroupEnergy& energy);

/// At least one contender, all with the same number of seeds.
Comparison compare(const std::vector<Contender>& contenders);

std::string comparison_text(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);

}  // namespace ulpsim::program

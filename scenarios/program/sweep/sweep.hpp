#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ulpsim::program {

/// What a search can minimise, as sweep.csv calls it.
enum class Objective : std::uint8_t { energy_j, error, area_mm2, seconds, train_loss, gradient_norm };
inline constexpr std::size_t objective_count = 6;
const std::vector<std::string>& objective_names();

/// One direction of a sweep. A name with a dot is a key of the scenario and is set to the value; `seed` too. `scenario`
/// is the scenario file. Any other name is a word that `set` uses as $name.
struct Axis {
    std::string name;
    std::vector<std::string> values;  ///< as YAML would write them
    bool is_key() const { return name.find('.') != std::string::npos || name == "seed"; }
};

using Assignments = std::vector<std::pair<std::string, std::string>>;

/// A point of a sweep: a value for each of some axes.
using Point = Assignments;

/// Who reaches a gradient norm with least: what a sweep over contenders asks.
struct Crossover {
    std::vector<std::string> contenders;
    std::vector<std::string> problem;  ///< axes that every contender meets
    std::vector<std::string> machine;  ///< keys of the platform that a contender has several values of
    std::vector<std::string> choices;  ///< other axes that a contender has several values of: it takes the best
    std::vector<double> targets;       ///< gradient norms
    std::vector<double> host_energy;   ///< factors on the host's energy
};

/// A sweep file (reader/read_sweep.cpp has its keys).
struct Sweep {
    enum class Search : std::uint8_t { grid, list, random, pareto, crossover };

    std::string name;
    std::filesystem::path file;
    Search search = Search::grid;
    std::filesystem::path scenario;     ///< of points that do not name one
    Assignments set;                    ///< key, value with $axis in it
    std::vector<Axis> axes;             ///< all but list
    std::vector<Point> points;          ///< list, crossover
    std::uint64_t count = 0;            ///< random, pareto: points to try
    std::uint64_t population = 16;      ///< pareto: points of a generation
    std::uint64_t seed = 1;             ///< random, pareto: of the draws
    std::vector<Objective> objectives;  ///< of the Pareto front
    Crossover crossover;                ///< crossover
};

/// Names of Sweep::Search, in its order.
const std::vector<std::string>& search_names();

/// Points that a grid of such axes has; 2^64 - 1 where there are as many or more.
std::uint64_t grid_size(const std::vector<Axis>& axes);
/// Points that a grid has; 2^64 - 1 where there are as many or more.
std::uint64_t grid_size(const Sweep& sweep);
Point grid_point(const std::vector<Axis>& axes, std::uint64_t index);
/// Point `index` of the grid; the last axis runs fastest.
Point grid_point(const Sweep& sweep, std::uint64_t index);

/// The scenario of a point, and what it sets in it as "key=value": first what `set` says, then the axes that are keys.
struct ResolvedPoint {
    std::filesystem::path scenario;
    std::vector<std::string> set;
};
ResolvedPoint resolve(const Sweep& sweep, const Point& point);

/// What is not listed is refused: a $name that is no axis. Throws Error naming the file.
void check(const Sweep& sweep);

/// "format=e4m3, rows=32"
std::string point_text(const Point& point);

}  // namespace ulpsim::program

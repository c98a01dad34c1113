#include "scenarios/program/command_line/match.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/side_by_side.hpp"
#include "scenarios/program/replay/replayed_run.hpp"

namespace ulpsim::program {
namespace {

using Shape = std::pair<unsigned, unsigned>;

constexpr unsigned most_elements = 1024;  // of a side: platform/configuration

std::string text_of(const Shape& shape) { return std::to_string(shape.first) + "x" + std::to_string(shape.second); }

std::string engineering_measure(Match match, double value) {
    switch (match) {
        case Match::area: {
            char text[64];
            std::snprintf(text, sizeof text, "%.3f mm2", value);
            return text;
        }
        case Match::power:
            return engineering(value, "W") + " on average";
        case Match::throughput:
            break;
    }
    return engineering(value, "MAC/s") + " at its peak";
}

/// Ctrl-C.
struct Interruption {};

/// Replays of one contender with other arrays, each in its folder; done before, it is read again.
class Replays {
public:
    Replays(const std::vector<PlannedRun>& runs, bool quiet) : runs_(runs), quiet_(quiet) {}

    /// The replay of one seed's run with this array; throws Error when that machine is refused, and Interruption.
    RecordedRun with_array(std::size_t seed, const Shape& shape) const {
        const PlannedRun& run = runs_[seed];
        const std::filesystem::path folder = run.folder / "match" / text_of(shape);
        const std::vector<std::string> set{"platform.accelerator.array.rows=" + std::to_string(shape.first),
                                           "platform.accelerator.array.cols=" + std::to_string(shape.second)};
        const ScenarioFile file = ScenarioFile::open(run.folder / "scenario.yaml", {.set = set, .seed = std::nullopt});
        if (!holds_finished_run(folder, file.scenario())) replay(run, set, folder, shape);
        if (auto found = read_run(folder, run.name)) return std::move(*found);
        throw std::runtime_error(folder.string() + ": the replay left no results");
    }

private:
    void replay(const PlannedRun& run, const std::vector<std::string>& set, const std::filesystem::path& folder,
                const Shape& shape) const {
        const Task task{run.name + " on " + text_of(shape),
                        [&](const std::function<void(const std::string&)>& say, bool live) {
                            const Recording recording = open_recording(run.folder);
                            const Prepared prepared = prepare_replay(recording, set);
                            Progress progress(live ? Progress::Style::live : Progress::Style::none, say);
                            return exit_status(replay_into(folder, recording, prepared, progress));
                        }};
        const Outcome outcome = run_side_by_side({task}, 1, quiet_).front();
        if (interrupted() || outcome.status == exit_interrupted) throw Interruption{};
        if (outcome.status == exit_usage) throw Error(outcome.message);
        if (outcome.status == exit_data) throw DataError(outcome.message);
        if (outcome.status != exit_done) throw std::runtime_error(outcome.message);
    }

    const std::vector<PlannedRun>& runs_;
    bool quiet_;
};

/// The index of a shape where the measure crosses the target, the nearer of the two there, by bisection. Area and
/// throughput grow with the array; the mean power wanders by a per cent where tiles fit better or worse, so that it may
/// cross more than once, and one crossing is found. A shape that the machine refuses counts as too large.
std::size_t nearest(const std::vector<Shape>& shapes, double target, const std::function<double(std::size_t)>& value) {
    std::map<std::size_t, double> known;
    const auto at = [&](std::size_t i) {
        const auto [found, fresh] = known.try_emplace(i);
        if (fresh) found->second = value(i);
        return found->second;
    };
    std::size_t low = 0, high = shapes.size() - 1;
    while (high - low > 1) {
        const std::size_t middle = (low + high) / 2;
        (at(middle) <= target ? low : high) = middle;
    }
    return std::fabs(at(low) - target) <= std::fabs(at(high) - target) ? low : high;
}

}  // namespace

Match match_named(const std::string& word) {
    if (word == "area") return Match::area;
    if (word == "power") return Match::power;
    if (word == "throughput") return Match::throughput;
    throw Error("--match is " + word + "; allowed: area, power, throughput");
}

double measure(Match match, const RecordedRun& run, const Scenario& scenario) {
    const platform::AcceleratorConfig& accelerator = scenario.platform.accelerator;
    switch (match) {
        case Match::area:
            return run.area_mm2;
        case Match::power:
            return run.total_j / run.seconds;
        case Match::throughput:
            break;
    }
    return accelerator.array.rows * accelerator.array.columns * accelerator.clock_mhz * 1e6;
}

std::vector<Shape> shapes_like(unsigned rows, unsigned columns) {
    const unsigned longer = std::max(rows, columns);
    std::vector<Shape> shapes;
    for (unsigned side = 1; side <= most_elements; ++side) {
        const auto scaled = [&](unsigned own) { return std::max(1u, (2 * own * side + longer) / (2 * longer)); };
        shapes.emplace_back(scaled(rows), scaled(columns));
    }
    return shapes;
}

namespace {

Matched searched(Match match, double target, const std::string& name, const std::vector<PlannedRun>& runs, bool quiet) {
    const Scenario& scenario = runs.front().file.scenario();
    const Shape own{scenario.platform.accelerator.array.rows, scenario.platform.accelerator.array.columns};
    const std::vector<Shape> shapes = shapes_like(own.first, own.second);
    const Replays replays(runs, quiet);
    const auto value = [&](std::size_t i) {
        Scenario resized = scenario;
        resized.platform.accelerator.array.rows = shapes[i].first;
        resized.platform.accelerator.array.columns = shapes[i].second;
        if (match == Match::throughput) return measure(match, {}, resized);
        try {
            return measure(match, replays.with_array(0, shapes[i]), resized);
        } catch (const DataError&) {
            throw;
        } catch (const Error&) {
            return std::numeric_limits<double>::max();
        }
    };
    const std::size_t chosen = nearest(shapes, target, value);
    const double reached = value(chosen);
    Matched result{{name, {}}, {}};
    for (std::size_t seed = 0; seed < runs.size(); ++seed)
        result.contender.seeds.push_back(replays.with_array(seed, shapes[chosen]));
    char off[64];
    std::snprintf(off, sizeof off, "%+.1f %%", 100 * (reached / target - 1));
    result.what = name + ": array " + text_of(own) + " replaced by " + text_of(shapes[chosen]) + ": " +
                  engineering_measure(match, reached) + " against " + engineering_measure(match, target) + " (" + off +
                  ")";
    return result;
}

}  // namespace

std::optional<Matched> matched(Match match, double target, const std::string& name, const std::vector<PlannedRun>& runs,
                               bool quiet) {
    try {
        return searched(match, target, name, runs, quiet);
    } catch (const Interruption&) {
        return std::nullopt;
    }
}

}  // namespace ulpsim::program

#include "scenarios/program/reader/read_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "scenarios/program/reader/section.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "scenarios/program/results/number_text.hpp"

namespace ulpsim::program {
namespace {

constexpr std::uint64_t most_points = 100'000;

/// The two ends of a list [least, most].
std::pair<int, int> ends(const Section& section, const std::string& key, int least, int most) {
    const std::string allowed = "allowed: [least, most], whole numbers from " + std::to_string(least) + " to " +
                                std::to_string(most) + ", as [2, 5]";
    if (!section.has(key)) section.fail(key, "is missing; " + allowed);
    const std::vector<std::string> words = section.texts(key);
    int values[2] = {0, 0};
    for (std::size_t i = 0; i < 2; ++i) {
        const bool digits = words.size() == 2 && !words[i].empty() && words[i].size() < 4 &&
                            words[i].find_first_not_of("0123456789") == std::string::npos;
        values[i] = digits ? std::stoi(words[i]) : -1;
    }
    if (values[0] < least || values[1] > most || values[0] > values[1])
        section.refuse(key, section.flow_text(key), allowed);
    return {values[0], values[1]};
}

std::vector<std::string> formats(const Section& section) {
    section.refuse_all_but({"exponent_bits", "mantissa_bits", "suffix"});
    const auto [least_x, most_x] = ends(section, "exponent_bits", 2, 11);
    const auto [least_y, most_y] = ends(section, "mantissa_bits", 0, 52);
    const std::string suffix = section.text("suffix", "");
    std::vector<std::string> names;
    for (int x = least_x; x <= most_x; ++x) {
        for (int y = least_y; y <= most_y; ++y) {
            // IEEE style needs a mantissa bit to tell NaN from infinity.
            std::string name("e");
            name.append(std::to_string(x)).append("m").append(std::to_string(y));
            if (y == 0 && !suffix.starts_with("fn")) name.append("fn");
            if (!suffix.empty() && !suffix.starts_with("fn")) name.append(":");
            name.append(suffix);
            names.push_back(name);
        }
    }
    return names;
}

std::vector<std::string> steps(const Section& section) {
    section.refuse_all_but({"from", "to", "steps", "scale", "whole"});
    const double largest = std::numeric_limits<double>::max();
    for (const char* key : {"from", "to", "steps"}) {
        if (!section.has(key)) section.fail(key, "is missing; allowed: from, to, steps, scale, whole");
    }
    const double from = section.real("from", 0, -largest, largest), to = section.real("to", 0, -largest, largest);
    const std::uint64_t count = section.whole("steps", 2, 2, 10'000);
    const bool log = section.choice("scale", "linear", {"linear", "log"}) == "log";
    if (log && (from <= 0 || to <= 0)) section.refuse("scale", "log", "allowed: with from and to above 0");
    const bool whole = section.flag("whole", false);
    std::vector<std::string> values;
    for (std::uint64_t i = 0; i < count; ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(count - 1);
        const double value = log ? from * std::pow(to / from, share) : from + (to - from) * share;
        const std::string text = whole ? std::to_string(std::llround(value)) : number_text(i + 1 == count ? to : value);
        if (values.empty() || values.back() != text) values.push_back(text);
    }
    return values;
}

Axis read_axis(const Section& axes, const std::string& name) {
    Axis axis{name, {}};
    if (axes.is_mapping(name)) {
        const Section section = axes.section(name);
        axis.values = section.has("exponent_bits") || section.has("mantissa_bits") ? formats(section) : steps(section);
    } else {
        axis.values = name == "scenario" ? axes.texts(name) : axes.flow_texts(name);
    }
    if (axis.values.empty()) axes.refuse(name, "empty", "allowed: a list of values");
    return axis;
}

std::vector<Point> read_points(const Section& root) {
    std::vector<Point> points;
    for (const Section& section : root.sections("points")) {
        Point& point = points.emplace_back();
        for (const std::string& name : section.keys())
            point.emplace_back(name, name == "scenario" ? section.text(name, "") : section.flow_text(name));
    }
    if (points.empty()) root.fail("points", "is missing; allowed: a list of mappings, as [{precision.weights: e4m3}]");
    return points;
}

std::vector<double> read_factors(const Section& root, const std::string& key, const std::vector<std::string>& words) {
    std::vector<double> values;
    for (const std::string& word : words) {
        char* end = nullptr;
        values.push_back(std::strtod(word.c_str(), &end));
        if (end == word.c_str() || *end != 0 || !(values.back() > 0) || !std::isfinite(values.back()))
            root.refuse(key, word, "allowed: numbers above 0");
    }
    return values;
}

/// The points of one contender: every problem with every combination of its own axes.
void add_contender(const Section& contenders, const std::string& name, Sweep& sweep) {
    const Section section = contenders.section(name);
    section.refuse_all_but({"scenario", "axes"});
    if (!section.has("scenario"))
        section.fail("scenario", "is missing; allowed: a scenario file, from the sweep's folder");
    std::vector<Axis> axes = sweep.axes;
    const Section own = section.section("axes");
    for (const std::string& key : own.keys()) {
        axes.push_back(read_axis(own, key));
        if (axes.back().values.size() == 1) continue;  // a setting
        std::vector<std::string>& names =
            key.starts_with("platform.") ? sweep.crossover.machine : sweep.crossover.choices;
        if (std::find(names.begin(), names.end(), key) == names.end()) names.push_back(key);
    }
    const std::uint64_t size = grid_size(axes);
    if (size > most_points - sweep.points.size())
        contenders.refuse(name, "a grid of " + std::to_string(size) + " points",
                          "allowed: at most " + std::to_string(most_points) + " points of all contenders");
    for (std::uint64_t index = 0; index < size; ++index) {
        Point point{{"contender", name}, {"scenario", section.text("scenario", "")}};
        const Point values = grid_point(axes, index);
        point.insert(point.end(), values.begin(), values.end());
        sweep.points.push_back(std::move(point));
    }
    sweep.crossover.contenders.push_back(name);
}

void read_crossover(const Section& root, Sweep& sweep) {
    const Section axes = root.section("axes"), contenders = root.section("contenders");
    for (const std::string& name : axes.keys()) {
        sweep.axes.push_back(read_axis(axes, name));
        sweep.crossover.problem.push_back(name);
    }
    if (sweep.axes.empty()) root.fail("axes", "is missing; allowed: NAME: [values], one a line");
    if (!root.has("targets")) root.fail("targets", "is missing; allowed: gradient norms, as [1e-2, 1e-8]");
    sweep.crossover.targets = read_factors(root, "targets", root.texts("targets"));
    sweep.crossover.host_energy = {1};
    if (root.has("host_energy"))
        sweep.crossover.host_energy = read_factors(root, "host_energy", root.texts("host_energy"));
    for (const std::string& name : contenders.keys()) add_contender(contenders, name, sweep);
    if (sweep.crossover.contenders.size() < 2)
        root.fail("contenders", "has fewer than two; allowed: NAME: {scenario, axes}, one a line");
}

void read_search(const Section& root, Sweep& sweep) {
    const std::vector<std::string>& kinds = search_names();
    const std::string kind = root.choice("search", "grid", kinds);
    sweep.search = static_cast<Sweep::Search>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
    if (sweep.search == Sweep::Search::crossover) return read_crossover(root, sweep);
    for (const char* key : {"contenders", "targets", "host_energy"})
        if (root.has(key)) root.fail(key, "is given; allowed: with search crossover");
    if (sweep.search == Sweep::Search::list) {
        if (root.has("axes")) root.fail("axes", "is given; allowed: with search grid, random and pareto");
        sweep.points = read_points(root);
        return;
    }
    const Section axes = root.section("axes");
    for (const std::string& name : axes.keys()) sweep.axes.push_back(read_axis(axes, name));
    if (sweep.axes.empty()) root.fail("axes", "is missing; allowed: NAME: [values], one a line");
    if (grid_size(sweep) == std::numeric_limits<std::uint64_t>::max())
        root.refuse("axes", "a grid of 2^64 points or more", "allowed: fewer values or axes");
    const bool drawn = sweep.search == Sweep::Search::random || sweep.search == Sweep::Search::pareto;
    if (!drawn && root.has("points")) root.fail("points", "is given; allowed: with search list, random and pareto");
    if (drawn && !root.has("points")) root.fail("points", "is missing; allowed: 1 to " + std::to_string(most_points));
    sweep.count = root.whole("points", 0, 1, most_points);
    if (sweep.search == Sweep::Search::grid && grid_size(sweep) > most_points) {
        root.refuse("axes", "a grid of " + std::to_string(grid_size(sweep)) + " points",
                    "allowed: at most " + std::to_string(most_points) + "; search random tries some of them");
    }
}

std::vector<Objective> read_objectives(const Section& root) {
    if (!root.has("objectives"))
        return {Objective::energy_j, Objective::error, Objective::area_mm2, Objective::seconds};
    std::vector<Objective> objectives;
    const std::vector<std::string>& names = objective_names();
    for (const std::string& word : root.texts("objectives")) {
        const auto found = std::find(names.begin(), names.end(), word);
        if (found == names.end())
            root.refuse("objectives", word, "allowed: " + join(names) + did_you_mean(word, names));
        objectives.push_back(static_cast<Objective>(found - names.begin()));
    }
    if (objectives.empty()) root.refuse("objectives", "empty", "allowed: " + join(names));
    return objectives;
}

}  // namespace

Sweep read_sweep(const std::filesystem::path& file) {
    const Document document = Document::open(file);
    const Section root = document.root();
    root.refuse_all_but({"name", "scenario", "search", "axes", "set", "points", "population", "seed", "objectives",
                         "contenders", "targets", "host_energy"});
    Sweep sweep;
    sweep.file = file;
    const std::string folder = file.parent_path().filename().string();
    sweep.name = root.text("name", (folder.empty() ? "" : folder + "/") + file.stem().string());
    if (sweep.name.starts_with('/') || sweep.name.find("..") != std::string::npos)
        root.refuse("name", sweep.name, "allowed: words separated by /, as a folder below runs/");
    read_search(root, sweep);
    const Section set = root.section("set");
    for (const std::string& key : set.keys()) sweep.set.emplace_back(key, set.flow_text(key));
    sweep.population = root.whole("population", 16, 2, 10'000);
    sweep.seed = root.whole("seed", 1, 0, std::numeric_limits<std::uint64_t>::max());
    sweep.objectives = read_objectives(root);
    const bool named = root.has("scenario");
    if (named) sweep.scenario = file.parent_path() / root.text("scenario", "");
    const auto names_scenario = [](const auto& list) {
        return std::any_of(list.begin(), list.end(), [](const auto& entry) { return entry.first == "scenario"; });
    };
    bool everywhere = !sweep.points.empty();
    for (const Point& point : sweep.points) everywhere = everywhere && names_scenario(point);
    for (const Axis& axis : sweep.axes) everywhere = everywhere || axis.name == "scenario";
    if (!named && !everywhere) root.fail("scenario", "is missing; allowed: a scenario file, from the sweep's folder");
    check(sweep);
    return sweep;
}

}  // namespace ulpsim::program

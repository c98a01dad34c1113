#include "scenarios/program/sweep/sweep.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/suggestion.hpp"

namespace ulpsim::program {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Calls `use` with each $name of the text; puts what it gives in its place.
template <class Use>
std::string substituted(const std::string& text, Use use) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i + 1;
        if (text[i] == '$') {
            while (end < text.size() && is_word(text[end])) ++end;
        }
        out += end > i + 1 ? use(text.substr(i + 1, end - i - 1)) : text.substr(i, 1);
        i = end;
    }
    return out;
}

}  // namespace

const std::vector<std::string>& objective_names() {
    static const std::vector<std::string> names{"energy_j", "error",      "area_mm2",
                                                "seconds",  "train_loss", "gradient_norm"};
    return names;
}

const std::vector<std::string>& search_names() {
    static const std::vector<std::string> names{"grid", "list", "random", "pareto", "crossover"};
    return names;
}

std::uint64_t grid_size(const Sweep& sweep) { return grid_size(sweep.axes); }

std::uint64_t grid_size(const std::vector<Axis>& axes) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t size = 1;
    for (const Axis& axis : axes) {
        const std::uint64_t values = axis.values.size();
        size = values > 0 && size > most / values ? most : size * values;
    }
    return size;
}

Point grid_point(const Sweep& sweep, std::uint64_t index) { return grid_point(sweep.axes, index); }

Point grid_point(const std::vector<Axis>& axes, std::uint64_t index) {
    Point point(axes.size());
    for (std::size_t a = axes.size(); a-- > 0;) {
        const Axis& axis = axes[a];
        point[a] = {axis.name, axis.values[index % axis.values.size()]};
        index /= axis.values.size();
    }
    return point;
}

ResolvedPoint resolve(const Sweep& sweep, const Point& point) {
    ResolvedPoint resolved{sweep.scenario, {}};
    const auto value_of = [&](const std::string& name) {
        for (const auto& [axis, value] : point) {
            if (axis == name) return value;
        }
        throw Error(sweep.file.string() + ": $" + name + " has no value in the point " + point_text(point) +
                    "; allowed: a point that gives it one");
    };
    for (const auto& [key, value] : sweep.set) resolved.set.push_back(key + "=" + substituted(value, value_of));
    for (const auto& [name, value] : point) {
        if (name == "scenario") resolved.scenario = sweep.file.parent_path() / value;
        if (Axis{name, {}}.is_key()) resolved.set.push_back(name + "=" + value);
    }
    return resolved;
}

void check(const Sweep& sweep) {
    std::vector<std::string> words;
    const auto add = [&](const std::string& name) {
        if (std::find(words.begin(), words.end(), name) == words.end()) words.push_back(name);
    };
    for (const Axis& axis : sweep.axes) add(axis.name);
    for (const Point& point : sweep.points) {
        for (const auto& [name, value] : point) add(name);
    }
    std::vector<std::string> used;
    for (const auto& [key, value] : sweep.set) {
        substituted(value, [&](const std::string& name) {
            if (std::find(words.begin(), words.end(), name) == words.end()) {
                throw Error(sweep.file.string() + ": set." + key + " names $" + name + "; allowed: " + join(words) +
                            did_you_mean(name, words));
            }
            used.push_back(name);
            return name;
        });
    }
    for (const std::string& name : words) {
        const bool is_used = std::find(used.begin(), used.end(), name) != used.end();
        const bool is_name = name == "contender" && sweep.search == Sweep::Search::crossover;
        if (Axis{name, {}}.is_key() || name == "scenario" || is_name || is_used) continue;
        throw Error(sweep.file.string() + ": the axis " + name +
                    " changes nothing; allowed: a key as platform.accelerator.array.rows, scenario, seed, or a word "
                    "that `set` uses as $" +
                    name);
    }
}

std::string point_text(const Point& point) {
    std::string text;
    for (const auto& [name, value] : point) text += (text.empty() ? "" : ", ") + name + "=" + value;
    return text;
}

}  // namespace ulpsim::program

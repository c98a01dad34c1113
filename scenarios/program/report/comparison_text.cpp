#include <cmath>
#include <cstdio>

#include "scenarios/program/report/comparison.hpp"
#include "scenarios/program/report/progress.hpp"
#include "scenarios/program/report/text_table.hpp"

namespace ulpsim::program {
namespace {

using Kind = Figure::Kind;

std::string fixed(double value, int digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

std::string number_text(Kind kind, double value) {
    switch (kind) {
        case Kind::loss:
            return fixed(value, 4);
        case Kind::fraction:
            return fixed(100 * value, 2) + " %";
        case Kind::epoch:
            return fixed(value, 0);
        case Kind::seconds:
            return engineering(value, "s");
        case Kind::joules:
            return engineering(value, "J");
        case Kind::bytes:
            return engineering(value, "B");
        case Kind::count:
            return fixed(value, 0);
        case Kind::square_mm:
            return fixed(value, 3) + " mm2";
    }
    return "";
}

// The median, and where seeds differ their range.
std::string value_text(Kind kind, const Cell& cell) {
    if (!cell.value) return "-";
    const std::string text = number_text(kind, *cell.value);
    if (!cell.range) return text;
    const std::string low = number_text(kind, cell.range->low), high = number_text(kind, cell.range->high);
    return low == high ? text : text + " (" + low + " to " + high + ")";
}

// Three digits that matter, without an exponent.
std::string factor(double value) {
    if (value >= 1000) return fixed(value, 0);
    return fixed(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.0995 ? 2 : 4);
}

std::string ratio_text(const Cell& cell) {
    if (!cell.ratio) return "";
    const auto& [nominal, low, high] = *cell.ratio;
    if (factor(low) == factor(high)) return factor(nominal);
    return factor(nominal) + " [" + factor(low) + ", " + factor(high) + "]" + (cell.ratio->certain() ? "" : " ~");
}

}  // namespace

std::string comparison_text(const Comparison& comparison) {
    std::vector<std::string> heads{""};
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        heads.push_back(comparison.runs[i]);
        if (i > 0) heads.emplace_back("ratio to the first");
    }
    TextTable table(heads, 1);
    const auto line = [&](const std::string& name, const std::vector<std::string>& words) {
        std::vector<std::string> row{name};
        for (std::size_t i = 0; i < words.size(); ++i) {
            row.push_back(words[i]);
            if (i > 0) row.emplace_back();
        }
        table.add(row);
    };
    line("status", comparison.status);
    for (const FigureGroup& group : comparison.groups) {
        table.title("");
        table.title(group.title);
        for (const Figure& figure : group.figures) {
            std::vector<std::string> row{figure.name};
            for (std::size_t i = 0; i < figure.cells.size(); ++i) {
                row.push_back(value_text(figure.kind, figure.cells[i]));
                if (i > 0) row.push_back(ratio_text(figure.cells[i]));
            }
            table.add(row);
        }
    }
    const bool several = comparison.seeds > 1;
    std::string text = table.text() + "\n[low, high]: the ratio over all " + (several ? "pairs of seeds and " : "") +
                       "corners of the cost figures' uncertainty; ~ they do not agree which is less\n";
    if (several) {
        text += "figures are medians over " + std::to_string(comparison.seeds) +
                " seeds, with their range in round brackets\n";
    }
    text += "\n";
    for (const std::string& sentence : comparison.matched) text += sentence + "\n";
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        text += comparison.runs[i] + " is bound by " + comparison.bounds[i] + "\n";
    }
    for (const std::string& sentence : comparison.conclusions) text += sentence + "\n";
    if (!comparison.quality) text += "no training loss that all runs reached: a run has no epoch with a finite loss\n";
    return text;
}

}  // namespace ulpsim::program

#include "scenarios/program/report/summary.hpp"

#include <algorithm>
#include <cstdio>

#include "scenarios/program/report/progress.hpp"

namespace ulpsim::program {
namespace {

std::string fixed(double value, int digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

std::string scientific(double value) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.3g", value);
    return buffer;
}

std::string joules(power::Femtojoules energy) { return engineering(power::joules(energy), "J"); }

// The largest shares of a sum, in percent.
std::string shares(const std::map<std::string, power::Femtojoules>& parts, power::Femtojoules total) {
    std::vector<std::pair<power::Femtojoules, std::string>> sorted;
    for (const auto& [name, energy] : parts) sorted.emplace_back(energy, name);
    std::sort(sorted.rbegin(), sorted.rend());
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(4, sorted.size()) && total > 0; ++i) {
        const double share = 100 * power::joules(sorted[i].first) / power::joules(total);
        text += (i == 0 ? "" : ", ") + sorted[i].second + " " + fixed(share, 1) + " %";
    }
    return text;
}

}  // namespace

std::string summary_text(const std::string& name, const RunResults& results) {
    std::string text = name + ": " + status_text(results.status) + "\n";
    if (!results.epochs.empty()) {
        const workloads::EpochDone& last = results.epochs.back().quality;
        text +=
            "quality: training loss " + fixed(last.train_loss, 4) + " after " + std::to_string(last.epoch) + " epochs";
        if (last.outer) text += ", gradient norm " + scientific(last.outer->gradient_norm);
        if (last.test_accuracy) text += ", test accuracy " + fixed(100 * *last.test_accuracy, 2) + " %";
        text += "\n";
    }
    const power::Account& account = results.account;
    text +=
        "time: " + engineering(results.seconds, "s") + " simulated, " + fixed(results.wall_seconds, 1) + " s of wall\n";
    text += "energy: " + joules(account.total) + " (" + joules(account.low) + " to " + joules(account.high) +
            " over the cost figures)\n";
    text += "  by component: " + shares(account.by_component, account.total) + "\n";
    return text + "  by phase: " + shares(account.by_phase, account.total) + "\n";
}

}  // namespace ulpsim::program

#include "scenarios/program/report/progress.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace ulpsim::program {
namespace {

std::string fixed(double value, int digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

std::string percent(double fraction) { return fixed(100 * fraction, 2) + " %"; }

// A live line overwrites itself; any other line ends it first.
void to_terminal(const std::string& text) {
    const bool ends = text.ends_with('\n');
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    if (!ends) std::fflush(stderr);
}

void to_stream(const std::string& text) { std::fputs(text.c_str(), stderr); }

}  // namespace

std::string engineering(double value, const std::string& unit) {
    struct Prefix {
        double factor;
        const char* name;
    };
    constexpr Prefix prefixes[] = {{1e9, "G"},  {1e6, "M"},  {1e3, "k"},   {1, ""},     {1e-3, "m"},
                                   {1e-6, "u"}, {1e-9, "n"}, {1e-12, "p"}, {1e-15, "f"}};
    if (value == 0 || !std::isfinite(value)) return fixed(value, 0) + " " + unit;
    for (const auto& [factor, name] : prefixes) {
        const double scaled = std::fabs(value) / factor;
        if (scaled < 0.9995) continue;
        const int digits = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
        return fixed(value / factor, digits) + " " + name + unit;
    }
    return fixed(value / 1e-15, 2) + " f" + unit;
}

std::string standing_text(const Standing& standing) {
    std::string text = "epoch " + std::to_string(standing.epoch) + "/" + std::to_string(standing.epochs) + "  step " +
                       std::to_string(standing.step) + "/" + std::to_string(standing.steps_in_epoch);
    if (standing.loss) text += "  loss " + fixed(*standing.loss, 4);
    text += "  " + engineering(standing.sim_seconds, "s") + "  " + engineering(standing.energy_j, "J");
    if (standing.done > 0.01) {
        const double rest = standing.wall_seconds * (1 - standing.done) / standing.done;
        text += "  ETA " + fixed(rest, 0) + " s";
    }
    return text;
}

Progress Progress::standard(bool quiet) {
    if (quiet) return {Style::none, [](const std::string&) {}};
    if (isatty(STDERR_FILENO) == 1) return {Style::live, to_terminal};
    return {Style::plain, to_stream};
}

bool Progress::due() {
    if (style_ != Style::live) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::milliseconds(100)) return false;
    shown_ = now;
    return true;
}

void Progress::step(const Standing& standing) { line_(standing_text(standing)); }

void Progress::epoch(const Standing& standing, double train_loss, std::optional<double> test_accuracy) {
    if (style_ == Style::none) return;
    std::string text = "epoch " + std::to_string(standing.epoch) + "/" + std::to_string(standing.epochs) + "  loss " +
                       fixed(train_loss, 4);
    if (test_accuracy) text += "  test " + percent(*test_accuracy);
    text += "  simulated " + engineering(standing.sim_seconds, "s") + "  " + engineering(standing.energy_j, "J") +
            "  wall " + fixed(standing.wall_seconds, 1) + " s";
    line_(text + "\n");
}

void Progress::note(const std::string& text) {
    if (style_ != Style::none) line_(text + "\n");
}

}  // namespace ulpsim::program

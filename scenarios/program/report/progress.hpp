#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ulpsim::program {

/// How far a run is.
struct Standing {
    std::uint64_t epoch = 0, epochs = 0, step = 0, steps_in_epoch = 0;
    std::optional<double> loss;
    double sim_seconds = 0, energy_j = 0;
    double done = 0;          ///< fraction of the run's steps
    double wall_seconds = 0;  ///< since the run began
};

/// "epoch 2/5  step 412/938  loss 0.412  12.1 ms  3.4 mJ  ETA 14 s"
std::string standing_text(const Standing& standing);
/// "1.23 ms", "45.6 uJ": three digits with the unit's prefix.
std::string engineering(double value, const std::string& unit);

/// Where a run's progress goes. `live` shows every state, `plain` one line an epoch, `none` nothing.
class Progress {
public:
    enum class Style { live, plain, none };
    /// `line` gets each text to show.
    Progress(Style style, std::function<void(const std::string&)> line) : style_(style), line_(std::move(line)) {}
    /// To standard error: live on a terminal, plain otherwise, nothing with --quiet.
    static Progress standard(bool quiet);

    /// True when a live line is due (ten a second at most): the state is worth working out.
    bool due();
    void step(const Standing& standing);
    void epoch(const Standing& standing, double train_loss, std::optional<double> test_accuracy);
    void note(const std::string& text);

private:
    Style style_;
    std::function<void(const std::string&)> line_;
    std::chrono::steady_clock::time_point shown_{};
};

}  // namespace ulpsim::program

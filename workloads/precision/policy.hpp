#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/arithmetic/dot.hpp"

namespace ulpsim::workloads {

/// A role of the precision policy (scenario file, `precision:`): a format and how results are rounded into it.
struct Precision {
    arithmetic::Format format = arithmetic::fp32;
    arithmetic::Rounding rounding;
    friend bool operator==(const Precision&, const Precision&) = default;
};

struct Accumulator {
    arithmetic::Format format = arithmetic::fp32;
    arithmetic::Rounding rounding;
    arithmetic::Order order = arithmetic::Order::sequential;
    std::uint32_t length = 0;               ///< of chunk, tree, align
    arithmetic::Format outer = arithmetic::fp32;
    std::int16_t guard = 0;
    bool guard_exact = false;
    friend bool operator==(const Accumulator&, const Accumulator&) = default;
};

/// The precision of every role. Without master weights the weights are updated in place.
struct Policy {
    Precision weights, activations, errors, gradients;
    std::optional<Precision> product;       ///< absent: exact
    Accumulator accumulator;
    std::optional<Precision> master_weights;
    Precision optimizer_state;              ///< momentum, and the update's intermediate results
    Precision loss;                         ///< softmax, cross-entropy and their sums
    friend bool operator==(const Policy&, const Policy&) = default;
};

/// Some roles of a policy: what `layers: {NAME: ...}` and `schedule: - set:` give.
struct PolicyChange {
    std::optional<Precision> weights, activations, errors, gradients, product, master_weights, optimizer_state, loss;
    std::optional<Accumulator> accumulator;
};
Policy apply(Policy policy, const PolicyChange& change);

/// When a rule of the schedule fires. Epochs and steps count from 1; a rule holds from the start of its epoch or step.
struct Trigger {
    enum class Kind : std::uint8_t { epoch, step, plateau } kind = Kind::epoch;
    std::uint64_t at = 0;        ///< epoch or step
    std::uint64_t patience = 0;  ///< plateau: steps without a new minimum of the mean training loss of the last 100 steps
};
struct Rule {
    Trigger when;
    PolicyChange set;
};

/// The whole `precision:` section. `layers` wins over `schedule` for what it names.
struct PrecisionConfig {
    Policy base;
    std::map<std::string, PolicyChange> layers;
    std::vector<Rule> schedule;  ///< applied in order, each once
};

/// Follows a run: feed it steps and losses, ask it for a layer's policy.
class Schedule {
public:
    explicit Schedule(PrecisionConfig config);
    /// At the start of a step, with everything observed so far. Returns the indices of the rules that fire now, in order.
    std::vector<std::size_t> start_step(std::uint64_t epoch, std::uint64_t step);
    /// The mean training loss of a finished step.
    void observe(double loss);
    Policy policy(const std::string& layer) const;
    bool needs_losses() const;  ///< a plateau rule is still to fire

private:
    PrecisionConfig config_;
    std::vector<bool> fired_;
    std::vector<double> window_;  // the last 100 losses
    double best_ = 0;
    std::uint64_t observed_ = 0, since_best_ = 0;
};

}  // namespace ulpsim::workloads

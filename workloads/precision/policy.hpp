#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/arithmetic/dot.hpp"

namespace ulpsim::workloads {

/// What 1 of an intW tensor stands for (DESIGN 3.1).
struct TensorScale {
    enum class Kind : std::uint8_t {
        one,
        power_of_two,  ///< the smallest one that saturates nothing, measured whenever the tensor is written
        real           ///< `value`, above 0
    } kind = Kind::one;
    double value = 1;
    friend bool operator==(const TensorScale&, const TensorScale&) = default;
};

/// A role of the precision policy (scenario file, `precision:`): a format and how results are rounded into it.
struct Precision {
    arithmetic::Format format = arithmetic::fp32;
    arithmetic::Rounding rounding;
    TensorScale scale{};  ///< of int weights, activations and errors
    friend bool operator==(const Precision&, const Precision&) = default;
};

struct Accumulator {
    arithmetic::Format format = arithmetic::fp32;
    arithmetic::Rounding rounding;
    arithmetic::Order order = arithmetic::Order::sequential;
    std::uint32_t length = 0;  ///< of chunk, tree, align
    arithmetic::Format outer = arithmetic::fp32;
    std::int16_t guard = 0;
    bool guard_exact = false;
    friend bool operator==(const Accumulator&, const Accumulator&) = default;
};

/// The precision of every role, for one layer. Without master weights the weights are updated in place.
///
/// `activations` is the format of what the layer reads (the images, for the first one), `errors` that of the error at
/// its output, `gradients` those of its weights and bias; so a layer's products read its own `weights`, `activations`
/// and `errors` and nothing else. The last layer's output, the logits, is in the format of `loss`. A tensor is rounded
/// by the role that it belongs to, whoever writes it.
struct Policy {
    Precision weights, activations, errors, gradients;
    std::optional<Precision> product;  ///< absent: exact
    Accumulator accumulator;
    std::optional<Precision> master_weights;
    Precision optimizer_state;  ///< momentum, and the update's intermediate results
    Precision loss;             ///< softmax, cross-entropy and their sums
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
    std::uint64_t at = 0;  ///< epoch or step
    std::uint64_t patience =
        0;  ///< plateau: steps without a new minimum of the mean training loss of the last 100 steps
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

/// Every policy that `layer` may have in a run of `steps_per_epoch` steps an epoch: rules of epochs and steps fire in
/// the order of time, those of a plateau at any time.
std::vector<Policy> reachable_policies(const PrecisionConfig& config, const std::string& layer,
                                       std::uint64_t steps_per_epoch);

/// Follows a run: feed it steps and losses, ask it for a layer's policy.
class Schedule {
public:
    explicit Schedule(PrecisionConfig config);
    /// At the start of a step (counted from the start of the run), with everything observed so far. Returns the indices
    /// of the rules that fire now, in order. Where rules set the same role, the one that fires last wins.
    std::vector<std::size_t> start_step(std::uint64_t epoch, std::uint64_t step);
    /// The mean training loss of a finished step.
    void observe(double loss);
    Policy policy(const std::string& layer) const;
    bool needs_losses() const;  ///< a plateau rule is still to fire

private:
    bool fires(const Trigger& when, std::uint64_t epoch, std::uint64_t step) const;

    PrecisionConfig config_;  // base: with the rules applied that have fired
    std::vector<bool> fired_;
    std::deque<double> window_;  // the last 100 losses
    double best_ = std::numeric_limits<double>::infinity();
    std::uint64_t since_best_ = 0;
};

}  // namespace ulpsim::workloads

#pragma once
#include <array>
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
    std::optional<Precision> product;                      ///< absent: exact
    arithmetic::Split split = arithmetic::Split::leading;  ///< products of operands that are expansions
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

/// What a rule may wait for. The machine computes losses and accuracies in every step; the last two cost it operations
/// of their own, so they are measured in some steps only: the norm of the step's gradient (batch average, without the loss
/// scale), and of the updates with a step to make the fraction that left the weight as it was.
enum class Metric : std::uint8_t { train_loss, train_accuracy, gradient_norm, vanished_updates };
inline constexpr std::size_t metric_count = 4;
std::string name(Metric metric);

/// When a rule of the schedule fires. Epochs and steps count from 1; a rule holds from the start of its epoch or step,
/// and what is measured in a step counts from the next one on.
struct Trigger {
    enum class Kind : std::uint8_t { epoch, step, plateau, threshold } kind = Kind::epoch;
    std::uint64_t at = 0;  ///< epoch or step
    /// plateau: steps without a new best mean of the last 100 steps (train_loss, train_accuracy) or of the last 10
    /// measurements (gradient_norm).
    std::uint64_t patience = 0;
    std::uint64_t again = 0;  ///< epoch, step: fires anew every so many epochs or steps; 0: once
    Metric metric = Metric::train_loss;
    bool above = false;  ///< threshold: fires above `bound`, else below it
    double bound = 0;
    std::uint64_t every = 50;  ///< gradient_norm, vanished_updates: measured in each so-manieth step of the run
    std::uint64_t window = 1;  ///< threshold: the mean of so many measurements is compared
};
struct Rule {
    Trigger when;
    PolicyChange set;
    /// plateau, threshold: may fire again once another rule has fired since; else once.
    bool repeat = false;
};

/// The whole `precision:` section. `layers` wins over `schedule` for what it names.
struct PrecisionConfig {
    Policy base;
    std::map<std::string, PolicyChange> layers;
    std::vector<Rule> schedule;  ///< applied in order, each once but for those that say otherwise
};

/// Every policy that `layer` may have in a run of `steps_per_epoch` steps an epoch: rules of epochs and steps fire in
/// the order of time, those of a plateau by their patience and those of a threshold at any time, those that fire again
/// as often as they like.
std::vector<Policy> reachable_policies(const PrecisionConfig& config, const std::string& layer,
                                       std::uint64_t steps_per_epoch);

/// Follows a run: feed it steps and losses, ask it for a layer's policy.
class Schedule {
public:
    explicit Schedule(PrecisionConfig config);
    /// At the start of a step (counted from the start of the run), with everything observed so far. Returns the indices
    /// of the rules that fire now, in order. Where rules set the same role, the one that fires last wins.
    std::vector<std::size_t> start_step(std::uint64_t epoch, std::uint64_t step);
    /// The value of a metric in a finished step (train_loss: the mean over its samples).
    void observe(double value, Metric metric = Metric::train_loss);
    Policy policy(const std::string& layer) const;
    bool needs_losses() const;  ///< a plateau rule of loss or accuracy may still fire
    /// Whether a rule that may still fire waits for this metric, in any step or in this one.
    bool needs(Metric metric) const;
    bool needs(Metric metric, std::uint64_t step) const;
    /// Why a rule fired the last time: "gradient_norm 0.012 is below 0.05".
    const std::string& why(std::size_t rule) const { return why_[rule]; }

private:
    /// The values of a metric since the last change of precision, and its plateau.
    struct Series {
        std::deque<double> values;  // the latest
        double best = std::numeric_limits<double>::infinity();
        std::uint64_t since_best = 0, last_step = 0;
    };
    /// Nothing, or why the rule fires.
    std::string cause(std::size_t rule, std::uint64_t epoch, std::uint64_t step) const;
    void note_firing(std::size_t rule, std::uint64_t now);
    bool may_fire(std::size_t rule) const;

    PrecisionConfig config_;  // base: with the rules applied that have fired
    std::vector<bool> fired_;
    std::vector<std::uint64_t> next_;  // epoch or step, of those rules
    std::vector<std::string> why_;
    std::array<Series, metric_count> series_;
    std::uint64_t step_ = 0;
};

}  // namespace ulpsim::workloads

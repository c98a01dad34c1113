#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "workloads/datasets/dataset.hpp"
#include "workloads/executor/executor.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/precision/policy.hpp"
#include "workloads/training/health.hpp"

namespace ulpsim::workloads {

/// The pass over all samples at the anchor of svrg, lp_svrg and halp.
struct FullGradientConfig {
    std::optional<Place> at = {};                  ///< absent: the host for classes, else where the update is
    arithmetic::Format format = arithmetic::fp64;  ///< of the anchor, the residuals and the gradient
};

/// Where the accelerator has what a bit-centred step reads of the anchor.
enum class AnchorValuesAt : std::uint8_t {
    cached,      ///< in its memory, for all samples, from the full gradient's pass
    recomputed,  ///< nowhere: the full gradient's place works them out again for each batch
};

struct OptimizerConfig {
    std::string kind = "sgd";  ///< one of optimizer_names() (optimizers/method.hpp)
    double learning_rate = 0.01;
    double momentum = 0;
    double weight_decay = 0;
    std::uint64_t batch = 64;
    /// Weights of two terms: the update is added by Kahan's four additions, not by the ten that keep both terms.
    bool kahan = false;

    // Of methods with an anchor, where an epoch is an outer iteration:
    std::uint64_t inner_steps = 0;  ///< 0: two passes over the samples, 2 * ceil(samples / batch)
    FullGradientConfig full_gradient = {};
    double range = 1.5;  ///< lp_sgd, lp_svrg: weights are in (-range, range), the format's largest number is range
    double mu = 1;       ///< halp: the offset is in a box of (gradient norm) / mu
    AnchorValuesAt anchor_values = AnchorValuesAt::cached;  ///< networks of two layers and more
};

struct LossScaleConfig {
    enum class Kind : std::uint8_t { fixed, dynamic } kind = Kind::fixed;  ///< `static` and `dynamic` in YAML
    double value = 1;                                                      ///< the start, for dynamic
    std::uint64_t growth_interval = 2000;  ///< dynamic: doubled after so many steps without overflow
};

enum class BatchAverage : std::uint8_t { after_product, in_loss };

struct TrainingConfig {
    std::uint64_t seed = 1;
    std::uint64_t epochs = 1;
    OptimizerConfig optimizer;
    LossScaleConfig loss_scale;
    BatchAverage batch_average = BatchAverage::after_product;
    PrecisionConfig precision;
    /// After every so many steps, counted from the start of the run, the program drains (0, and linear models: only where
    /// an epoch ends): a run can be resumed from there. It costs the time that the machine runs empty, whether a checkpoint
    /// is kept or not.
    std::uint64_t checkpoint_every = 0;
    HealthConfig health;
    /// Of methods that go by outer iterations: the run is over with the first epoch whose gradient norm is at or below it; 0:
    /// after `epochs` only.
    double gradient_norm_goal = 0;
};

/// Which place does what: the difference between the two architectures, as the training program sees it.
struct Placement {
    Place loss = Place::accelerator;
    Place update = Place::accelerator;  ///< master weights and optimizer state live there too
    Place steps = Place::accelerator;   ///< the products of a step; the host where there is no accelerator
};

// ---- events: what a run tells its observer, in order ----------------------------------------------------------------
struct StepDone {
    std::uint64_t epoch = 0, step = 0, steps_in_epoch = 0;  ///< the step within its epoch, from 1
    std::optional<double> loss;                             ///< mean of the step, where it has been read
};
/// What an outer iteration leaves. Its epoch's `train_loss` is that of the anchor it ends at.
struct OuterIteration {
    double gradient_norm = 0;       ///< of the full gradient at the anchor it ends at
    std::optional<double> delta;    ///< the unit of the weights' or the offset's numbers, where they have one
    std::optional<double> clipped;  ///< share of the coordinates that end at the edge of their box, where there is one
    std::optional<double> still = {};  ///< share of steps that move nothing, of those tried where its steps ended
};
/// Means over the samples of an epoch, each before its step's update. Emitted once the executor is idle.
struct EpochDone {
    std::uint64_t epoch = 0;
    double train_loss = 0;
    std::optional<double> train_accuracy;  ///< a fraction; absent in a regression
    std::optional<double> test_accuracy;   ///< a fraction, of the weights after the epoch; absent without test samples
    std::optional<OuterIteration> outer = {};  ///< of a method that goes by outer iterations
};
struct PrecisionChanged {
    std::uint64_t epoch = 0, step = 0;  ///< the step from the start of the run, as the schedule counts
    std::size_t rule = 0;               ///< index in the schedule
    std::string what;                   ///< "activations: bf16"
    std::string why;                    ///< "gradient_norm 0.012 is below 0.05"
};
struct LossScaleChanged {
    std::uint64_t epoch = 0, step = 0;  ///< the step (from the start of the run) that made it change
    double value = 0;
};
/// An offset was added to its anchor.
struct Recentred {
    std::uint64_t epoch = 0, step = 0;  ///< the step from the start of the run
    double delta = 0;                   ///< the unit that the offset's numbers had
};
/// Everything enqueued is done and nothing of the run is anywhere but in its tensors and in the calls it has made.
struct Drained {
    std::uint64_t epoch = 0, step = 0;  ///< the step from the start of the run
};
/// What a rule of the schedule had measured in a step.
struct Measured {
    std::uint64_t epoch = 0, step = 0;  ///< the step from the start of the run
    Metric metric = Metric::gradient_norm;
    double value = 0;
};
/// Of an epoch, or of its part since the last Drained: what was counted, before the EpochDone or Drained that ends it.
struct HealthCounted {
    std::uint64_t epoch = 0;
    std::vector<TensorHealth> tensors;
};
using Event = std::variant<StepDone, EpochDone, PrecisionChanged, LossScaleChanged, Recentred, Drained,
                           HealthCounted, Measured>;

/// Returns false to stop the run (Ctrl-C): `train` then finishes the step and returns with Status::interrupted.
using Observer = std::function<bool(const Event&)>;

enum class Status : std::uint8_t { completed, diverged, interrupted };

/// Trains `network` on `data` through `executor`. The same seed gives the same initial weights and batches whatever the
/// executor and placement. `threads` is for the evaluation on the test samples, which is measurement: a reference
/// executor does it outside time and energy. Emits events; prints nothing and writes no file. Status::diverged: a
/// step's loss is not finite or 1000 times the first one; the run ends where that is read.
Status train(const TrainingConfig& config, const Network& network, const Dataset& data, const Placement& placement,
             Executor& executor, unsigned threads, const Observer& observer);

/// Refuses, before anything runs, what cannot train (batch 0, a momentum outside 0..1, an expansion as activations,
/// ...). Throws Error whose text starts with the key path.
void check(const TrainingConfig& config, const Network& network, const Dataset& data, const Placement& placement = {});

}  // namespace ulpsim::workloads

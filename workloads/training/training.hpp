#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "workloads/datasets/dataset.hpp"
#include "workloads/executor/executor.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

struct OptimizerConfig {
    std::string kind = "sgd";
    double learning_rate = 0.01;
    double momentum = 0;
    double weight_decay = 0;
    std::uint64_t batch = 64;
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
};

/// Which place does what: the difference between the two architectures, as the training program sees it.
struct Placement {
    Place loss = Place::accelerator;
    Place update = Place::accelerator;  ///< master weights and optimizer state live there too
};

// ---- events: what a run tells its observer, in order ----------------------------------------------------------------
struct StepDone {
    std::uint64_t epoch = 0, step = 0, steps_in_epoch = 0;  ///< the step within its epoch, from 1
    std::optional<double> loss;                             ///< mean of the step, where it has been read
};
/// Means over the samples of an epoch, each before its step's update. Emitted once the executor is idle.
struct EpochDone {
    std::uint64_t epoch = 0;
    double train_loss = 0, train_accuracy = 0;
    std::optional<double> test_accuracy;  ///< a fraction, of the weights after the epoch; absent without test samples
};
struct PrecisionChanged {
    std::uint64_t epoch = 0, step = 0;  ///< the step from the start of the run, as the schedule counts
    std::size_t rule = 0;               ///< index in the schedule
    std::string what;                   ///< "activations: bf16"
};
struct LossScaleChanged {
    std::uint64_t epoch = 0, step = 0;  ///< the step (from the start of the run) that made it change
    double value = 0;
};
using Event = std::variant<StepDone, EpochDone, PrecisionChanged, LossScaleChanged>;

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

#pragma once
#include "workloads/optimizers/method.hpp"
#include "workloads/training/linear/problem.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// The steps of an outer iteration of a linear model at one place: their tensors, and the Ops of one step.
struct InnerLoop {
    /// `scales`: its unit is set where it never changes. Allocates everything and writes the samples in.
    InnerLoop(const LinearProblem& problem, const OptimizerConfig& optimizer, const Policy& policy, Place place,
              StepScales& scales, Executor& executor);

    Method method;
    Place place;
    std::unique_ptr<StepGradients> gradients;
    Tensor weights;    ///< what the steps change: weights, or the offset
    Tensor point;      ///< what the products read where it is not that
    Tensor start;      ///< the weights at the anchor where the steps read differences
    Tensor no_offset;  ///< halp: zeros
    Tensor shift;      ///< what every step adds to its gradient

    /// Into a loop that selects among gradients->blocks() blocks.
    void enqueue_step(const StepScales& scales, OpSequence& body) const;

private:
    Update update(const StepScales& scales) const;
    OptimizerConfig optimizer_;
    Policy policy_;
    std::string layer_;
};

/// Which share of steps leaves every number of the weights or the offset as it was: measurement outside time and energy, by
/// steps of its own from where an outer iteration's steps have ended, over the first blocks of the samples.
class StillSteps {
public:
    static constexpr std::uint64_t steps = 64;

    StillSteps(const LinearProblem& problem, const OptimizerConfig& optimizer, const Policy& policy, StepScales scales,
               std::uint64_t seed);
    /// `loop`: idle, and at its anchor.
    double share(const InnerLoop& loop, const StepScales& scales, Executor& executor);

private:
    Samples samples_;
    LinearProblem problem_;
    std::unique_ptr<Executor> executor_;
    OpSequence ops_;
    InnerLoop loop_;
};

}  // namespace ulpsim::workloads

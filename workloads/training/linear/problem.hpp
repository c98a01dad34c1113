#pragma once
#include <memory>

#include "workloads/datasets/dataset.hpp"
#include "workloads/executor/op_sequence.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

// What a training program by outer iterations needs to know of a linear model, its loss and its data. Weights are a
// matrix of outputs x inputs; inputs are the features and, for classes, a constant 1 behind them, so that the bias is a
// column of the weights.

/// Formats of a pass over all samples.
struct FullGradientFormats {
    arithmetic::Format samples, values;  ///< values: the point, the residuals or logits, the gradient
    Policy sums;                         ///< product and accumulator of its products
};

/// The gradient of the mean loss over all samples, and half of weight_decay * |w|^2, at one place.
class FullGradient {
public:
    virtual ~FullGradient() = default;
    /// Works it out at `point`, outputs x inputs in formats.values. Phase `full_gradient`.
    virtual void enqueue(const Tensor& point, OpSequence& ops) const = 0;
    virtual Place place() const = 0;
    virtual const Tensor& gradient() const = 0;       ///< of everything
    virtual const Tensor& data_gradient() const = 0;  ///< without the weight decay
    /// The host reads the gradient's norm as the place has worked it out.
    virtual double norm(Executor& executor) const = 0;
    /// The mean loss at the last point, without the weight decay: measurement, outside time and energy.
    virtual double loss(Executor& executor) const = 0;
};

/// Constants of a run's steps. Samples are stored divided by `samples`; what the steps change is in units of `unit`, and a
/// step is multiplied by `rate` (1 where the update does that).
struct StepScales {
    double samples = 1, unit = 1, rate = 1;
};

/// How a step's gradient comes about.
enum class StepKind : unsigned char {
    plain,       ///< at the point
    difference,  ///< at the point less that at the anchor
    offset,      ///< at anchor + point less that at the anchor
};

/// The gradients of blocks of samples at one place, for one run.
class StepGradients {
public:
    virtual ~StepGradients() = default;
    /// After full.enqueue: what the steps need of the anchor, but for the gradient itself. Phase `recentre`.
    virtual void start_at(const FullGradient& full, OpSequence& ops) = 0;
    /// The Ops of one step, in a loop that selects among `blocks()` blocks: rate / unit times the block's mean gradient,
    /// plus `shift` (none: plain steps). Of a difference of least squares, `point` is the difference. Phase `inner`.
    virtual void enqueue(const Tensor& point, const Tensor& shift, const StepScales& scales,
                         OpSequence& body) const = 0;
    virtual const Tensor& gradient() const = 0;
    /// What the gradient is the product of, with the samples.
    virtual const Tensor& error() const = 0;
    virtual std::uint64_t blocks() const = 0;
    /// What start_at has left, a row a sample; none where the steps need nothing of the anchor.
    virtual Tensor anchored() const { return {}; }
    /// The point that `enqueue` reads is weights less weights at the anchor.
    virtual bool reads_differences() const = 0;
};

/// What both need to be made.
struct LinearProblem {
    const Samples* samples = nullptr;
    DenseLayer layer;
    double weight_decay = 0;
    std::uint64_t batch = 1;
    bool bias() const { return !samples->labels.empty(); }
    std::uint64_t inputs() const { return samples->features + (bias() ? 1 : 0); }
};
/// Each allocates its tensors and writes the data in (phase `boot`).
std::unique_ptr<FullGradient> full_gradient(const LinearProblem& problem, Place place,
                                            const FullGradientFormats& formats, Executor& executor);
/// `scales`: of the first outer iteration.
std::unique_ptr<StepGradients> step_gradients(const LinearProblem& problem, Place place, StepKind kind,
                                              const Policy& policy, const StepScales& scales, Executor& executor);

/// The samples, a row each, with the constant where the problem has one, divided by `scale` and rounded to nearest even.
Tensor write_samples(const LinearProblem& problem, Place place, const arithmetic::Format& format, double scale,
                     const std::string& name, Executor& executor);
/// Writes values, rounded to nearest even, into a tensor of as many elements. Phase `boot`.
void write_values(const std::vector<double>& values, const Tensor& tensor, Executor& executor);

/// The values of a matrix of any format, the terms of an expansion summed: measurement, outside time and energy.
std::vector<double> values_of(const Tensor& tensor, Executor& executor);

}  // namespace ulpsim::workloads

#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "workloads/executor/reference_executor.hpp"
#include "workloads/training/linear/problem.hpp"

namespace ulpsim::workloads {

/// A run whose gradient norm is so many times the first one has diverged (DESIGN 3.6).
inline constexpr double diverged = 1000;

/// Everything in one format, as a host computes; samples are binary32 values.
FullGradientFormats host_formats(const arithmetic::Format& format);

/// Gradient norm and loss of a linear model outside time and energy, by an executor of its own: of least squares in binary64;
/// of classes, whose norms stay far above binary32's errors, in binary32, which is several times faster.
class Measurement {
public:
    Measurement(const LinearProblem& problem, unsigned threads);

    /// `point`: outputs x inputs.
    void at(std::vector<double> point);
    double gradient_norm() { return gradient_->norm(executor_); }
    double loss() { return gradient_->loss(executor_); }
    /// The fraction of other samples whose largest output (the first one on ties) is that of their class; nothing for a
    /// regression.
    std::optional<double> accuracy(const Samples& samples) const;

private:
    ReferenceExecutor executor_;
    OpSequence ops_;
    Tensor point_;
    std::unique_ptr<FullGradient> gradient_;
    std::vector<double> weights_;
};

}  // namespace ulpsim::workloads

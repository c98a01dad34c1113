#pragma once
#include "models/arithmetic/dot.hpp"
#include "workloads/datasets/dataset.hpp"
#include "workloads/executor/op_sequence.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// Formats of a pass over all samples.
struct FullGradientFormats {
    arithmetic::Format features, values;  ///< values: the point, the targets, the residuals, the gradient
    Policy sums;                          ///< product and accumulator of its products
};

/// The gradient of f(w) = 1/(2 N) ||A w - t||^2 at one place: r = A w - t, g = A^T r / N, and g . g.
class FullGradient {
public:
    /// Allocates everything and writes the data in (phase `boot`).
    FullGradient(const Samples& samples, Place place, const FullGradientFormats& formats, Executor& executor);

    /// `point`: 1 x features, in formats.values. Phase `full_gradient`.
    void enqueue(const Tensor& point, OpSequence& ops) const;

    Place place() const { return features_.place; }
    const Tensor& gradient() const { return gradient_; }  ///< 1 x features
    /// The host reads ||g|| as the place has computed it.
    double norm(Executor& executor) const;
    /// f at the last point, from the residuals as they stand: measurement, outside time and energy.
    double loss(Executor& executor) const;

private:
    FullGradientFormats formats_;
    Tensor features_, minus_targets_, residuals_, gradient_, squared_norm_;
};

/// Writes values, rounded to nearest even, into a tensor of as many elements.
void write_values(const std::vector<double>& values, const Tensor& tensor, const std::string& phase,
                  Executor& executor);

}  // namespace ulpsim::workloads

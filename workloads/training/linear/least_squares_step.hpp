#pragma once
#include "workloads/executor/op_sequence.hpp"
#include "workloads/precision/policy.hpp"

namespace ulpsim::workloads {

/// What a step over a block of b samples reads and writes, all at the accelerator.
struct LeastSquaresStep {
    Tensor samples;   ///< b x features
    Tensor residual;  ///< 1 x b
    Tensor gradient;  ///< 1 x features
    double factor = 1;
    std::string layer;
};

/// residual = round(factor * (shift + point samples^T)), gradient = round(offset + residual samples): with a shift of
/// minus the targets the gradient of the block at the point, with none that of a quadratic around the point 0, to which
/// `offset` adds what it is there. `shift` and `offset` may be missing; both start the accumulator, so their formats'
/// values must be values of it. Phase `inner`.
void enqueue_step_gradient(const LeastSquaresStep& step, const Policy& policy, const Tensor& point, const Tensor& shift,
                           const Tensor& offset, OpSequence& ops);

}  // namespace ulpsim::workloads

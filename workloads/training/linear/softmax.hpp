#pragma once
#include "workloads/training/linear/problem.hpp"

namespace ulpsim::workloads {

/// Softmax regression with cross-entropy. The full gradient's place keeps logits and errors of all samples. A step's
/// difference and that from an offset need the logits at the anchor, outputs numbers a sample, which go to the accelerator
/// once an outer iteration in the format of `loss`; an offset's own logits are the product with the offset times its unit.
/// Both errors are worked out in the format of `loss`, their difference is rounded to `errors`; the product with the samples
/// and its sum with the shift are `gradients`.
std::unique_ptr<FullGradient> softmax_full_gradient(const LinearProblem& problem, Place place,
                                                    const FullGradientFormats& formats, Executor& executor);
std::unique_ptr<StepGradients> softmax_step_gradients(const LinearProblem& problem, Place place, StepKind kind,
                                                      const Policy& policy, const StepScales& scales,
                                                      Executor& executor);

}  // namespace ulpsim::workloads

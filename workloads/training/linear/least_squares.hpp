#pragma once
#include "workloads/training/linear/problem.hpp"

namespace ulpsim::workloads {

/// f(w) = 1/(2 N) |A w - t|^2: r = A w - t, gradient A^T r / N. Samples X = s X' and a point w = u w': a step's residual is
/// c (X' w' - t') with t' = t / (s u), c = rate s^2 / batch, its gradient X'^T r' + shift: the unit does not appear. A step's
/// difference and that from an offset are those at a point without targets. (Roles: `errors` the residual, `gradients` the
/// gradient and the shift, which starts the accumulator, so its values must be values of it.)
std::unique_ptr<FullGradient> least_squares_full_gradient(const LinearProblem& problem, Place place,
                                                          const FullGradientFormats& formats, Executor& executor);
std::unique_ptr<StepGradients> least_squares_step_gradients(const LinearProblem& problem, Place place, StepKind kind,
                                                            const Policy& policy, const StepScales& scales,
                                                            Executor& executor);

}  // namespace ulpsim::workloads

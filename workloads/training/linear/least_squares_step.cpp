#include "workloads/training/linear/least_squares_step.hpp"

#include "workloads/precision/admissible.hpp"

namespace ulpsim::workloads {

void enqueue_step_gradient(const LeastSquaresStep& step, const Policy& policy, const Tensor& point, const Tensor& shift,
                           const Tensor& offset, OpSequence& ops) {
    MatrixProduct residual;
    residual.dot = dot_of(policy, point.format, step.samples.format);
    residual.a = point;
    residual.b = step.samples;
    residual.transpose_b = true;
    residual.bias = shift;
    residual.out = step.residual;
    residual.factor = step.factor;
    residual.rounding = policy.errors.rounding;
    ops.enqueue(Place::accelerator, "inner", step.layer, residual);
    MatrixProduct gradient;
    gradient.dot = dot_of(policy, step.residual.format, step.samples.format);
    gradient.a = step.residual;
    gradient.b = step.samples;
    gradient.bias = offset;
    gradient.out = step.gradient;
    gradient.rounding = policy.gradients.rounding;
    ops.enqueue(Place::accelerator, "inner", step.layer, gradient);
}

}  // namespace ulpsim::workloads

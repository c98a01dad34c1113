#include "workloads/training/linear/least_squares.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/precision/admissible.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

std::vector<double> minus_targets(const Samples& samples, double unit) {
    std::vector<double> values(samples.count());
    std::ranges::transform(samples.targets, values.begin(), [&](double target) { return -target / unit; });
    return values;
}

class LeastSquaresGradient final : public FullGradient {
public:
    LeastSquaresGradient(const LinearProblem& problem, Place place, const FullGradientFormats& formats,
                         Executor& executor)
        : layer_(problem.layer.name), sums_(formats.sums) {
        const std::uint64_t count = problem.samples->count();
        const arithmetic::Format& values = formats.values;
        samples_ = write_samples(problem, place, formats.samples, 1, "all_samples", executor);
        // The accumulator starts with the targets and ends as the norm.
        const arithmetic::Format sum = arithmetic::result_format(dot_of(sums_, values, formats.samples));
        minus_targets_ = executor.allocate(place, Role::label, 1, count, sum, "all_minus_targets");
        residuals_ = executor.allocate(place, Role::error, 1, count, values, "all_residuals");
        gradient_ = executor.allocate(place, Role::gradient, 1, problem.inputs(), values, "full_gradient");
        squared_norm_ = executor.allocate(place, Role::metric, 1, 1, sum, "squared_norm");
        write_values(minus_targets(*problem.samples, 1), minus_targets_, executor);
    }

    void enqueue(const Tensor& point, OpSequence& ops) const override {
        MatrixProduct residuals;
        residuals.dot = dot_of(sums_, point.format, samples_.format);
        residuals.a = point;
        residuals.b = samples_;
        residuals.transpose_b = true;
        residuals.bias = minus_targets_;
        residuals.out = residuals_;
        ops.enqueue(place(), "full_gradient", layer_, residuals);
        MatrixProduct gradient;
        gradient.dot = dot_of(sums_, residuals_.format, samples_.format);
        gradient.a = residuals_;
        gradient.b = samples_;
        gradient.out = gradient_;
        gradient.factor = 1 / static_cast<double>(samples_.rows);
        ops.enqueue(place(), "full_gradient", layer_, gradient);
        MatrixProduct square;
        square.dot = dot_of(sums_, gradient_.format, gradient_.format);
        square.a = gradient_;
        square.b = gradient_;
        square.transpose_b = true;
        square.out = squared_norm_;
        ops.enqueue(place(), "full_gradient", layer_, square);
    }

    Place place() const override { return samples_.place; }
    const Tensor& gradient() const override { return gradient_; }
    const Tensor& data_gradient() const override { return gradient_; }
    double norm(Executor& executor) const override {
        return std::sqrt(unpacked(squared_norm_, executor.read(squared_norm_, "full_gradient"))[0]);
    }
    double loss(Executor& executor) const override {
        double sum = 0;
        for (const double residual : values_of(residuals_, executor)) sum += residual * residual;
        return sum / (2 * static_cast<double>(residuals_.columns));
    }

private:
    std::string layer_;
    Policy sums_;
    Tensor samples_, minus_targets_, residuals_, gradient_, squared_norm_;
};

class LeastSquaresSteps final : public StepGradients {
public:
    LeastSquaresSteps(const LinearProblem& problem, Place place, StepKind kind, const Policy& policy,
                      const StepScales& scales, Executor& executor)
        : layer_(problem.layer.name), policy_(policy), batch_(problem.batch), kind_(kind) {
        samples_ = write_samples(problem, place, policy.activations.format, scales.samples, "samples", executor);
        residual_ = executor.allocate(place, Role::error, 1, batch_, policy.errors.format, "residual");
        gradient_ = executor.allocate(place, Role::gradient, 1, problem.inputs(), policy.gradients.format, "step");
        if (kind != StepKind::plain) {
            // An accumulator cannot start with an expansion.
            if (gradient_.format.is_expansion())
                block_gradient_ =
                    executor.allocate(place, Role::gradient, 1, problem.inputs(), gradient_.format, "block_step");
            return;
        }
        const arithmetic::Format sum =
            arithmetic::result_format(dot_of(policy, policy.weights.format, samples_.format));
        minus_targets_ = executor.allocate(place, Role::label, blocks(), batch_, sum, "minus_targets");
        write_values(minus_targets(*problem.samples, scales.samples * scales.unit), minus_targets_, executor);
    }

    void start_at(const FullGradient&, OpSequence&) override {}

    void enqueue(const Tensor& point, const Tensor& shift, const StepScales& scales, OpSequence& body) const override {
        MatrixProduct residual;
        residual.dot = dot_of(policy_, point.format, samples_.format);
        residual.a = point;
        residual.b = samples_.selected_rows(batch_);
        residual.transpose_b = true;
        if (minus_targets_) residual.bias = minus_targets_.selected_rows(1);
        residual.out = residual_;
        residual.factor = scales.rate * scales.samples * scales.samples / static_cast<double>(batch_);
        residual.rounding = policy_.errors.rounding;
        body.enqueue(samples_.place, "inner", layer_, residual);
        MatrixProduct gradient;
        gradient.dot = dot_of(policy_, residual_.format, samples_.format);
        gradient.a = residual_;
        gradient.b = samples_.selected_rows(batch_);
        if (!block_gradient_) gradient.bias = shift;
        gradient.out = block_gradient_ ? block_gradient_ : gradient_;
        gradient.rounding = policy_.gradients.rounding;
        body.enqueue(samples_.place, "inner", layer_, gradient);
        if (!block_gradient_) return;
        body.enqueue(samples_.place, "inner", layer_,
                     Combination{.a = block_gradient_,
                                 .b = shift,
                                 .out = gradient_,
                                 .mask = {},
                                 .rounding = policy_.gradients.rounding});
    }

    const Tensor& gradient() const override { return gradient_; }
    const Tensor& error() const override { return residual_; }
    std::uint64_t blocks() const override { return samples_.rows / batch_; }
    bool reads_differences() const override { return kind_ == StepKind::difference; }

private:
    std::string layer_;
    Policy policy_;
    std::uint64_t batch_;
    StepKind kind_;
    Tensor samples_, minus_targets_, residual_, gradient_;
    Tensor block_gradient_;  // before the shift, where that is an expansion
};

}  // namespace

std::unique_ptr<FullGradient> least_squares_full_gradient(const LinearProblem& problem, Place place,
                                                          const FullGradientFormats& formats, Executor& executor) {
    return std::make_unique<LeastSquaresGradient>(problem, place, formats, executor);
}

std::unique_ptr<StepGradients> least_squares_step_gradients(const LinearProblem& problem, Place place, StepKind kind,
                                                            const Policy& policy, const StepScales& scales,
                                                            Executor& executor) {
    return std::make_unique<LeastSquaresSteps>(problem, place, kind, policy, scales, executor);
}

}  // namespace ulpsim::workloads

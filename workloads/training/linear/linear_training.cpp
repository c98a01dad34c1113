#include "workloads/training/linear/linear_training.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "workloads/optimizers/method.hpp"
#include "workloads/training/linear/full_passes.hpp"
#include "workloads/training/linear/inner_loop.hpp"
#include "workloads/training/linear/measurement.hpp"
#include "workloads/training/linear/problem.hpp"

namespace ulpsim::workloads {
namespace {

/// What the samples were divided by before they were rounded: formats without an exponent are filled, others hold the
/// samples as they are.
double sample_scale(const LinearProblem& problem, const arithmetic::Format& format) {
    if (format.exponent_bits > 0) return 1;
    double largest = problem.bias() ? 1 : 0;
    std::vector<float> room;
    for (std::uint64_t i = 0; i < problem.samples->count(); ++i)
        for (const float value : problem.samples->row(i, room))
            largest = std::max(largest, std::fabs(static_cast<double>(value)));
    return largest > 0 ? grid_unit(largest, format) : 1;
}

/// What never changes in a run.
StepScales first_scales(const LinearProblem& problem, Method method, const Policy& policy,
                        const OptimizerConfig& optimizer) {
    StepScales scales;
    scales.samples = sample_scale(problem, policy.activations.format);
    if (has_grid(method)) scales.rate = optimizer.learning_rate;
    return scales;
}

/// A run in progress.
class LinearTraining {
public:
    LinearTraining(const TrainingConfig& config, const Network& network, const Dataset& data,
                   const Placement& placement, Executor& executor, unsigned threads, const Observer& observer)
        : config_(config),
          method_(method_of(config.optimizer.kind)),
          test_(data.test),
          problem_{&data.train, network.layers.front(), config.optimizer.weight_decay, config.optimizer.batch},
          policy_(linear_policy(config, problem_.layer.name)),
          executor_(executor),
          observer_(observer),
          ops_(executor),
          measurement_(problem_, threads),
          health_(config.health),
          scales_(first_scales(problem_, method_, policy_, config.optimizer)),
          loop_(problem_, config.optimizer, policy_, placement.steps, scales_, executor),
          still_steps_(problem_, config.optimizer, policy_, scales_, config.seed) {
        ops_.count_by([this](const Op& op) { return health_.place(op, inner_steps()); });
        if (has_anchor(method_)) allocate_outer(full_gradient_place(config.optimizer, data, placement));
    }

    Status run() {
        measure();
        first_norm_ = outer_.gradient_norm;
        for (epoch_ = 1; epoch_ <= config_.epochs; ++epoch_) {
            if (has_anchor(method_)) start_at_anchor();
            run_steps();
            if (has_anchor(method_)) move_anchor();
            executor_.wait("other");
            if (is_counted()) tell(HealthCounted{epoch_, health_.take()});
            outer_.still = still_steps_.share(loop_, scales_, executor_);
            measure();
            tell(StepDone{epoch_, 1, 1, measurement_.loss()});
            EpochDone done{epoch_, measurement_.loss(), std::nullopt, measurement_.accuracy(test_)};
            done.outer = outer_;
            tell(done);
            if (!(outer_.gradient_norm <= diverged * first_norm_)) return Status::diverged;
            tell(Drained{epoch_, epoch_ * inner_steps()});
            if (stopped_) return Status::interrupted;
            if (outer_.gradient_norm <= config_.gradient_norm_goal) break;
        }
        return Status::completed;
    }

private:
    std::uint64_t inner_steps() const {
        const OptimizerConfig& optimizer = config_.optimizer;
        return optimizer.inner_steps > 0 ? optimizer.inner_steps : 2 * loop_.gradients->blocks();
    }

    /// A matrix of the shape of the weights.
    Tensor matrix(Place place, Role role, const arithmetic::Format& format, const std::string& name) {
        return executor_.allocate(place, role, problem_.layer.outputs, problem_.inputs(), format, name);
    }

    void allocate_outer(Place place) {
        const arithmetic::Format& format = config_.optimizer.full_gradient.format;
        FullGradientFormats formats = host_formats(format);
        if (place == Place::accelerator) {
            formats.samples = policy_.activations.format;
            formats.sums = policy_;
        }
        full_ = full_gradient(problem_, place, formats, executor_);
        for (Tensor& anchor : anchors_) anchor = matrix(place, Role::master_weight, format, "anchor");
        zeros_ = matrix(place, Role::master_weight, format, "zeros");
        const bool here = place == loop_.place;
        weights_at_anchor_ =
            here ? loop_.weights : matrix(place, Role::weight, loop_.weights.format, "weights_to_anchor");
        shift_at_anchor_ = here ? loop_.shift : matrix(place, Role::gradient, loop_.shift.format, "shift_to_send");
    }

    const std::string& layer() const { return problem_.layer.name; }
    const Tensor& anchor() const { return anchors_[anchor_]; }

    /// out = zeros or anchor + factor * b, where the full gradient is.
    void combine_at_anchor(const Tensor& a, const Tensor& b, double factor, const Tensor& out,
                           arithmetic::Rounding rounding) {
        ops_.enqueue(full_->place(), "recentre", layer(),
                     Combination{.a = a, .b = b, .out = out, .factor = factor, .mask = {}, .rounding = rounding});
    }

    /// The full gradient; from it the unit, and what every step adds.
    void start_at_anchor() {
        full_->enqueue(anchor(), ops_);
        const bool offset = method_ == Method::halp;
        if (offset) scales_.unit = grid_unit(full_->norm(executor_) / config_.optimizer.mu, loop_.weights.format);
        const double factor = scales_.unit > 0 ? scales_.rate / scales_.unit : 0;
        // The update takes the decay of what it changes: all of the weights, or the offset alone.
        const Tensor& gradient = offset ? full_->gradient() : full_->data_gradient();
        combine_at_anchor(zeros_, gradient, factor, shift_at_anchor_, policy_.gradients.rounding);
        if (full_->place() != loop_.place) ops_.transfer(shift_at_anchor_, loop_.shift, layer());
        loop_.gradients->start_at(*full_, ops_);
        if (offset || loop_.start)
            ops_.enqueue(loop_.place, "recentre", layer(),
                         Conversion{.in = offset ? loop_.no_offset : loop_.weights,
                                    .out = offset ? loop_.weights : loop_.start,
                                    .rounding = {}});
    }

    bool is_counted() const { return config_.health.level != HealthConfig::Level::off; }

    /// Of what the steps round. In all of them: a loop is sent once and repeats itself.
    void tell_roles() {
        health_.tell(loop_.weights, policy_.master_weights ? "master_weights" : "weights", layer());
        if (policy_.master_weights) health_.tell(loop_.point, "weights", layer());
        health_.tell(loop_.gradients->error(), "errors", layer());
        health_.tell(loop_.gradients->gradient(), "gradients", layer());
    }

    void run_steps() {
        if (is_counted()) tell_roles();
        ops_.program(loop_.place, inner_steps(), loop_.gradients->blocks(), true,
                     [&](OpSequence& body) { loop_.enqueue_step(scales_, body); });
        health_.forget();
    }

    /// anchor = unit * weights, or anchor += unit * offset.
    void move_anchor() {
        if (full_->place() != loop_.place) ops_.transfer(loop_.weights, weights_at_anchor_, layer());
        const bool offset = method_ == Method::halp;
        combine_at_anchor(offset ? anchor() : zeros_, weights_at_anchor_, scales_.unit, anchors_[1 - anchor_], {});
        anchor_ = 1 - anchor_;
        if (offset) tell(Recentred{epoch_, epoch_ * inner_steps(), scales_.unit});
    }

    void measure() {
        const std::vector<double> numbers = values_of(loop_.weights, executor_);
        std::vector<double> point = has_anchor(method_) ? values_of(anchor(), executor_) : numbers;
        if (!has_anchor(method_))
            for (double& value : point) value *= scales_.unit;
        measurement_.at(std::move(point));
        outer_.gradient_norm = measurement_.gradient_norm();
        if (!has_grid(method_)) return;
        const double edge = arithmetic::largest_finite(loop_.weights.format);
        const auto clipped = std::ranges::count_if(numbers, [&](double value) { return std::fabs(value) >= edge; });
        outer_.delta = scales_.unit;
        outer_.clipped = static_cast<double>(clipped) / static_cast<double>(numbers.size());
    }

    void tell(const Event& event) {
        if (!observer_(event)) stopped_ = true;
    }

    const TrainingConfig& config_;
    Method method_;
    const Samples& test_;
    LinearProblem problem_;
    Policy policy_;
    Executor& executor_;
    const Observer& observer_;
    OpSequence ops_;
    Measurement measurement_;
    Health health_;
    StepScales scales_;

    InnerLoop loop_;
    StillSteps still_steps_;
    // Where the full gradient is.
    std::unique_ptr<FullGradient> full_;
    std::array<Tensor, 2> anchors_;  // the present one and the next, in turn
    std::size_t anchor_ = 0;
    Tensor zeros_;
    Tensor weights_at_anchor_, shift_at_anchor_;  // twins

    double first_norm_ = 0;
    OuterIteration outer_;
    std::uint64_t epoch_ = 1;
    bool stopped_ = false;
};

}  // namespace

Status train_linear(const TrainingConfig& config, const Network& network, const Dataset& data,
                    const Placement& placement, Executor& executor, unsigned threads, const Observer& observer) {
    if (has_passes_alone(method_of(config.optimizer.kind)))
        return train_by_full_passes(config, network, data, placement, executor, threads, observer);
    return LinearTraining(config, network, data, placement, executor, threads, observer).run();
}

}  // namespace ulpsim::workloads

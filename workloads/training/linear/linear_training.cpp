#include "workloads/training/linear/linear_training.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "workloads/executor/reference_executor.hpp"
#include "workloads/optimizers/method.hpp"
#include "workloads/training/linear/problem.hpp"

namespace ulpsim::workloads {
namespace {

constexpr double divergence = 1000;  // DESIGN 3.6: times the first gradient norm

/// Everything in one format, as a host computes; samples are binary32 values.
FullGradientFormats host_formats(const arithmetic::Format& format) {
    FullGradientFormats formats{.samples = arithmetic::fp32, .values = format, .sums = {}};
    formats.sums.accumulator.format = format;
    return formats;
}

/// Gradient norm and loss by an executor of its own: of least squares in binary64; of classes, whose norms stay far above
/// binary32's errors, in binary32, which is several times faster.
class Measurement {
public:
    Measurement(const LinearProblem& problem, unsigned threads)
        : executor_(0, threads),
          ops_(executor_),
          point_(executor_.allocate(Place::host, Role::weight, problem.layer.outputs, problem.inputs(),
                                    format_for(problem), "point")),
          gradient_(full_gradient(problem, Place::host, host_formats(format_for(problem)), executor_)) {}

    void at(std::vector<double> point) {
        write_values(point, point_, executor_);
        gradient_->enqueue(point_, ops_);
        weights_ = std::move(point);
    }
    double gradient_norm() { return gradient_->norm(executor_); }
    double loss() { return gradient_->loss(executor_); }
    /// The fraction of other samples whose largest output (the first one on ties) is that of their class.
    std::optional<double> accuracy(const Samples& samples) const {
        if (samples.labels.empty()) return std::nullopt;
        const std::uint64_t outputs = point_.rows, inputs = point_.columns;
        std::uint64_t right = 0;
        std::vector<float> room;
        for (std::uint64_t i = 0; i < samples.count(); ++i) {
            const std::span<const float> x = samples.row(i, room);
            std::uint64_t best = 0;
            double largest = 0;
            for (std::uint64_t output = 0; output < outputs; ++output) {
                const double* w = weights_.data() + output * inputs;
                double sum = w[samples.features];  // of the constant
                for (std::uint64_t j = 0; j < samples.features; ++j) sum += w[j] * static_cast<double>(x[j]);
                if (output == 0 || sum > largest) best = output;
                if (best == output) largest = sum;
            }
            right += best == samples.labels[i] ? 1 : 0;
        }
        return static_cast<double>(right) / static_cast<double>(samples.count());
    }

private:
    static arithmetic::Format format_for(const LinearProblem& problem) {
        return problem.bias() ? arithmetic::fp32 : arithmetic::fp64;
    }

    ReferenceExecutor executor_;
    OpSequence ops_;
    Tensor point_;
    std::unique_ptr<FullGradient> gradient_;
    std::vector<double> weights_;
};

/// What the samples were divided by before they were rounded: formats without an exponent are filled, others hold the
/// samples as they are.
double sample_scale(const LinearProblem& problem, const arithmetic::Format& format) {
    if (format.exponent_bits > 0) return 1;
    double largest = problem.bias() ? 1 : 0;
    for (const float value : problem.samples->values)
        largest = std::max(largest, std::fabs(static_cast<double>(value)));
    return largest > 0 ? grid_unit(largest, format) : 1;
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
          health_(config.health) {
        ops_.count_by([this](const Op& op) { return health_.place(op, inner_steps()); });
        scales_.samples = sample_scale(problem_, policy_.activations.format);
        if (has_grid(method_)) scales_.rate = config.optimizer.learning_rate;
        allocate_inner();
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
            measure();
            tell(StepDone{epoch_, 1, 1, measurement_.loss()});
            EpochDone done{epoch_, measurement_.loss(), std::nullopt, measurement_.accuracy(test_)};
            done.outer = outer_;
            tell(done);
            if (!(outer_.gradient_norm <= divergence * first_norm_)) return Status::diverged;
            tell(Drained{epoch_, epoch_ * inner_steps()});
            if (stopped_) return Status::interrupted;
        }
        return Status::completed;
    }

private:
    std::uint64_t inner_steps() const {
        const OptimizerConfig& optimizer = config_.optimizer;
        return optimizer.inner_steps > 0 ? optimizer.inner_steps : 2 * steps_->blocks();
    }

    /// A matrix of the shape of the weights.
    Tensor matrix(Place place, Role role, const arithmetic::Format& format, const std::string& name) {
        return executor_.allocate(place, role, problem_.layer.outputs, problem_.inputs(), format, name);
    }

    void allocate_inner() {
        const Place place = Place::accelerator;
        const Precision& master = policy_.master_weights ? *policy_.master_weights : policy_.weights;
        const bool offset = method_ == Method::halp;
        weights_ = matrix(place, Role::weight, master.format, offset ? "offset" : "weights");
        if (has_grid(method_) && !offset) scales_.unit = grid_unit(config_.optimizer.range, master.format);
        const StepKind kind = !has_anchor(method_) ? StepKind::plain : offset ? StepKind::offset : StepKind::difference;
        steps_ = step_gradients(problem_, kind, policy_, scales_, executor_);
        if (has_anchor(method_)) shift_ = matrix(place, Role::gradient, policy_.gradients.format, "shift");
        if (offset) no_offset_ = matrix(place, Role::weight, master.format, "no_offset");
        if (steps_->reads_differences()) start_ = matrix(place, Role::weight, master.format, "weights_at_anchor");
        if (start_ || policy_.master_weights) point_ = matrix(place, Role::weight, policy_.weights.format, "point");
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
        const bool here = place == Place::accelerator;
        weights_at_anchor_ = here ? weights_ : matrix(place, Role::weight, weights_.format, "weights_to_anchor");
        shift_at_anchor_ = here ? shift_ : matrix(place, Role::gradient, shift_.format, "shift_to_send");
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
        if (offset) scales_.unit = grid_unit(full_->norm(executor_) / config_.optimizer.mu, weights_.format);
        const double factor = scales_.unit > 0 ? scales_.rate / scales_.unit : 0;
        // The update takes the decay of what it changes: all of the weights, or the offset alone.
        const Tensor& gradient = offset ? full_->gradient() : full_->data_gradient();
        combine_at_anchor(zeros_, gradient, factor, shift_at_anchor_, policy_.gradients.rounding);
        if (full_->place() == Place::host) ops_.transfer(shift_at_anchor_, shift_, layer());
        steps_->start_at(*full_, ops_);
        if (offset || start_)
            ops_.enqueue(
                Place::accelerator, "recentre", layer(),
                Conversion{.in = offset ? no_offset_ : weights_, .out = offset ? weights_ : start_, .rounding = {}});
    }

    bool is_counted() const { return config_.health.level != HealthConfig::Level::off; }

    /// Of what the steps round. In all of them: a loop is sent once and repeats itself.
    void tell_roles() {
        health_.tell(weights_, policy_.master_weights ? "master_weights" : "weights", layer());
        if (policy_.master_weights) health_.tell(point_, "weights", layer());
        health_.tell(steps_->error(), "errors", layer());
        health_.tell(steps_->gradient(), "gradients", layer());
    }

    void run_steps() {
        if (is_counted()) tell_roles();
        ops_.program(Place::accelerator, inner_steps(), steps_->blocks(), true, [&](OpSequence& body) {
            if (start_) {
                body.enqueue(Place::accelerator, "inner", layer(),
                             Combination{.a = weights_,
                                         .b = start_,
                                         .out = point_,
                                         .factor = -1,
                                         .mask = {},
                                         .rounding = policy_.weights.rounding});
            }
            steps_->enqueue(point_ ? point_ : weights_, shift_, scales_, body);
            body.enqueue(Place::accelerator, "inner", layer(), update());
        });
        health_.forget();
    }

    Update update() const {
        const OptimizerConfig& optimizer = config_.optimizer;
        Update update;
        update.gradient = steps_->gradient();
        update.master = weights_;
        update.operation = {.learning_rate = has_grid(method_) ? 1 : optimizer.learning_rate,
                            .weight_decay = scales_.rate * optimizer.weight_decay,
                            .state = policy_.optimizer_state.format,
                            .state_rounding = policy_.optimizer_state.rounding,
                            .master_rounding = policy_.weights.rounding,
                            .weight_rounding = policy_.weights.rounding};
        if (policy_.master_weights) update.operation.master_rounding = policy_.master_weights->rounding;
        if (point_ && !start_) update.weight = point_;
        return update;
    }

    /// anchor = unit * weights, or anchor += unit * offset.
    void move_anchor() {
        if (full_->place() == Place::host) ops_.transfer(weights_, weights_at_anchor_, layer());
        const bool offset = method_ == Method::halp;
        combine_at_anchor(offset ? anchor() : zeros_, weights_at_anchor_, scales_.unit, anchors_[1 - anchor_], {});
        anchor_ = 1 - anchor_;
        if (offset) tell(Recentred{epoch_, epoch_ * inner_steps(), scales_.unit});
    }

    void measure() {
        const std::vector<double> numbers = values_of(weights_, executor_);
        std::vector<double> point = has_anchor(method_) ? values_of(anchor(), executor_) : numbers;
        if (!has_anchor(method_))
            for (double& value : point) value *= scales_.unit;
        measurement_.at(std::move(point));
        outer_.gradient_norm = measurement_.gradient_norm();
        if (!has_grid(method_)) return;
        const double edge = arithmetic::largest_finite(weights_.format);
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

    // At the accelerator.
    std::unique_ptr<StepGradients> steps_;
    Tensor weights_;    // what the steps change: weights, or the offset
    Tensor point_;      // what the products read where it is not that
    Tensor start_;      // the weights at the anchor where the steps read differences
    Tensor no_offset_;  // halp: zeros
    Tensor shift_;      // what every step adds to its gradient
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
    return LinearTraining(config, network, data, placement, executor, threads, observer).run();
}

}  // namespace ulpsim::workloads

#include "workloads/training/linear/linear_training.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/arithmetic/packing.hpp"
#include "workloads/executor/reference_executor.hpp"
#include "workloads/optimizers/method.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/linear/full_gradient.hpp"
#include "workloads/training/linear/least_squares_step.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

constexpr double divergence = 1000;  // DESIGN 3.6: times the first gradient norm

Policy policy_of(const PrecisionConfig& precision, const std::string& layer) {
    const auto change = precision.layers.find(layer);
    return change == precision.layers.end() ? precision.base : apply(precision.base, change->second);
}

/// Everything in one format, as a host computes.
FullGradientFormats host_formats(const arithmetic::Format& format) {
    FullGradientFormats formats{.features = arithmetic::fp32, .values = format, .sums = {}};
    formats.sums.accumulator.format = format;
    return formats;
}

/// Gradient norm and loss in binary64, by an executor of its own.
class Measurement {
public:
    explicit Measurement(const Samples& samples)
        : executor_(0, 1),
          ops_(executor_),
          point_(executor_.allocate(Place::host, Role::weight, 1, samples.features, arithmetic::fp64, "point")),
          gradient_(samples, Place::host, host_formats(arithmetic::fp64), executor_) {}

    void at(const std::vector<double>& point) {
        write_values(point, point_, "boot", executor_);
        gradient_.enqueue(point_, ops_);
    }
    double gradient_norm() { return gradient_.norm(executor_); }
    double loss() { return gradient_.loss(executor_); }

private:
    ReferenceExecutor executor_;
    OpSequence ops_;
    Tensor point_;
    FullGradient gradient_;
};

/// The values of a matrix of any format; the terms of an expansion summed.
std::vector<double> values_of(const Tensor& tensor, Executor& executor) {
    const std::vector<std::uint8_t> bytes = executor.peek(tensor);
    const arithmetic::ConstMatrix matrix = arithmetic::dense(tensor.format, bytes.data(), tensor.rows, tensor.columns);
    std::vector<double> values(tensor.rows * tensor.columns);
    for (std::uint64_t row = 0; row < tensor.rows; ++row)
        arithmetic::unpack_sum(matrix, row, values.data() + row * tensor.columns);
    return values;
}

/// What the samples were divided by before they were rounded: formats without an exponent are filled, others hold the
/// samples as they are.
double sample_scale(const Samples& samples, const arithmetic::Format& format) {
    if (format.exponent_bits > 0) return 1;
    double largest = 0;
    for (const float value : samples.values) largest = std::max(largest, std::fabs(static_cast<double>(value)));
    return largest > 0 ? grid_unit(largest, format) : 1;
}

/// A run in progress.
class LinearTraining {
public:
    LinearTraining(const TrainingConfig& config, const Network& network, const Dataset& data,
                   const Placement& placement, Executor& executor, const Observer& observer)
        : config_(config),
          samples_(data.train),
          method_(method_of(config.optimizer.kind)),
          policy_(policy_of(config.precision, network.layers.front().name)),
          layer_(network.layers.front().name),
          steps_(inner_steps(config.optimizer, data.train.count())),
          executor_(executor),
          observer_(observer),
          ops_(executor),
          measurement_(data.train) {
        allocate_inner();
        if (has_anchor(method_)) allocate_outer(config.optimizer.full_gradient.at.value_or(placement.update));
        if (method_ == Method::lp_sgd || method_ == Method::lp_svrg)
            delta_ = grid_unit(config.optimizer.range, weights_.format);
        write_data();
    }

    Status run() {
        measure();
        first_norm_ = outer_.gradient_norm;
        for (epoch_ = 1; epoch_ <= config_.epochs; ++epoch_) {
            if (has_anchor(method_)) start_at_anchor();
            run_steps();
            if (has_anchor(method_)) move_anchor();
            executor_.wait("other");
            measure();
            tell(StepDone{epoch_, 1, 1, measurement_.loss()});
            EpochDone done{epoch_, measurement_.loss(), std::nullopt, std::nullopt};
            done.outer = outer_;
            tell(done);
            if (!(outer_.gradient_norm <= divergence * first_norm_)) return Status::diverged;
            if (stopped_) return Status::interrupted;
        }
        return Status::completed;
    }

private:
    static std::uint64_t inner_steps(const OptimizerConfig& optimizer, std::uint64_t samples) {
        return optimizer.inner_steps > 0 ? optimizer.inner_steps : 2 * (samples / optimizer.batch);
    }

    Tensor vector(Place place, Role role, const arithmetic::Format& format, const std::string& name) {
        return executor_.allocate(place, role, 1, samples_.features, format, name);
    }

    void allocate_inner() {
        const std::uint64_t batch = config_.optimizer.batch, count = samples_.count();
        const Place place = Place::accelerator;
        const Precision& master = policy_.master_weights ? *policy_.master_weights : policy_.weights;
        features_ =
            executor_.allocate(place, Role::input, count, samples_.features, policy_.activations.format, "features");
        weights_ = vector(place, Role::weight, master.format, method_ == Method::halp ? "offset" : "weights");
        step_.samples = features_.selected_rows(batch);
        step_.residual = executor_.allocate(place, Role::error, 1, batch, policy_.errors.format, "residual");
        step_.gradient = vector(place, Role::gradient, policy_.gradients.format, "step_gradient");
        step_.layer = layer_;
        const double scale = sample_scale(samples_, features_.format);
        step_.factor =
            (has_grid(method_) ? config_.optimizer.learning_rate * scale * scale : 1) / static_cast<double>(batch);
        if (!has_anchor(method_)) {
            minus_targets_ = executor_.allocate(place, Role::label, count / batch, batch,
                                                arithmetic::result_format(sums()), "minus_targets");
            if (policy_.master_weights) point_ = vector(place, Role::weight, policy_.weights.format, "working_weights");
            return;
        }
        offset_gradient_ = vector(place, Role::gradient, policy_.gradients.format, "gradient_at_anchor");
        if (method_ == Method::halp) {
            no_offset_ = vector(place, Role::weight, weights_.format, "no_offset");
        } else {
            start_ = vector(place, Role::weight, weights_.format, "weights_at_anchor");
            point_ = vector(place, Role::weight, policy_.weights.format, "moved");
        }
    }

    void allocate_outer(Place place) {
        const arithmetic::Format& format = config_.optimizer.full_gradient.format;
        FullGradientFormats formats = host_formats(format);
        if (place == Place::accelerator) {
            formats.features = policy_.activations.format;
            formats.sums = policy_;
        }
        full_.emplace(samples_, place, formats, executor_);
        for (Tensor& anchor : anchors_) anchor = vector(place, Role::master_weight, format, "anchor");
        zeros_ = vector(place, Role::master_weight, format, "zeros");
        const bool here = place == Place::accelerator;
        weights_at_anchor_ = here ? weights_ : vector(place, Role::weight, weights_.format, "weights_at_host");
        offset_gradient_at_anchor_ =
            here ? offset_gradient_ : vector(place, Role::gradient, offset_gradient_.format, "gradient_at_host");
    }

    void write_data() {
        const double scale = sample_scale(samples_, features_.format);
        std::vector<double> values(samples_.values.begin(), samples_.values.end());
        for (double& value : values) value /= scale;
        write_values(values, features_, "boot", executor_);
        if (!minus_targets_) return;
        const double unit = has_grid(method_) ? scale * delta_ : 1;
        std::vector<double> targets(samples_.targets);
        for (double& target : targets) target = -target / unit;
        write_values(targets, minus_targets_, "boot", executor_);
    }

    arithmetic::Dot sums() const { return dot_of(policy_, policy_.weights.format, policy_.activations.format); }
    const Tensor& anchor() const { return anchors_[anchor_]; }

    /// The full gradient; from it the scale, and what every step adds.
    void start_at_anchor() {
        full_->enqueue(anchor(), ops_);
        double factor = 1;
        if (method_ == Method::halp) {
            const double norm = full_->norm(executor_);
            delta_ = grid_unit(norm / config_.optimizer.mu, weights_.format);
        }
        if (has_grid(method_)) factor = delta_ > 0 ? config_.optimizer.learning_rate / delta_ : 0;
        ops_.enqueue(full_->place(), "recentre", layer_,
                     Combination{.a = zeros_,
                                 .b = full_->gradient(),
                                 .out = offset_gradient_at_anchor_,
                                 .factor = factor,
                                 .mask = {},
                                 .rounding = policy_.gradients.rounding});
        if (full_->place() == Place::host) ops_.transfer(offset_gradient_at_anchor_, offset_gradient_, layer_);
        const bool offset = method_ == Method::halp;
        ops_.enqueue(
            Place::accelerator, "recentre", layer_,
            Conversion{.in = offset ? no_offset_ : weights_, .out = offset ? weights_ : start_, .rounding = {}});
    }

    void run_steps() {
        const std::uint64_t blocks = samples_.count() / config_.optimizer.batch;
        ops_.program(Place::accelerator, steps_, blocks, true, [&](OpSequence& body) {
            if (start_) {
                body.enqueue(Place::accelerator, "inner", layer_,
                             Combination{.a = weights_,
                                         .b = start_,
                                         .out = point_,
                                         .factor = -1,
                                         .mask = {},
                                         .rounding = policy_.weights.rounding});
            }
            const Tensor shift = minus_targets_ ? minus_targets_.selected_rows(1) : Tensor{};
            enqueue_step_gradient(step_, policy_, point_ ? point_ : weights_, shift, offset_gradient_, body);
            body.enqueue(Place::accelerator, "inner", layer_, update());
        });
    }

    Update update() const {
        Update update;
        update.gradient = step_.gradient;
        update.master = weights_;
        update.operation = {.learning_rate = has_grid(method_) ? 1 : config_.optimizer.learning_rate,
                            .state = policy_.optimizer_state.format,
                            .state_rounding = policy_.optimizer_state.rounding,
                            .master_rounding = policy_.weights.rounding,
                            .weight_rounding = policy_.weights.rounding};
        if (policy_.master_weights) update.operation.master_rounding = policy_.master_weights->rounding;
        if (policy_.master_weights && !has_anchor(method_)) update.weight = point_;
        return update;
    }

    /// anchor = delta * weights, or anchor += delta * offset.
    void move_anchor() {
        if (full_->place() == Place::host) ops_.transfer(weights_, weights_at_anchor_, layer_);
        const bool offset = method_ == Method::halp;
        ops_.enqueue(full_->place(), "recentre", layer_,
                     Combination{.a = offset ? anchor() : zeros_,
                                 .b = weights_at_anchor_,
                                 .out = anchors_[1 - anchor_],
                                 .factor = delta_,
                                 .mask = {},
                                 .rounding = {}});
        anchor_ = 1 - anchor_;
        if (offset) tell(Recentred{epoch_, epoch_ * steps_, delta_});
    }

    void measure() {
        const std::vector<double> inner = values_of(weights_, executor_);
        std::vector<double> point = has_anchor(method_) ? values_of(anchor(), executor_) : inner;
        if (!has_anchor(method_))
            for (double& value : point) value *= delta_;
        measurement_.at(point);
        outer_.gradient_norm = measurement_.gradient_norm();
        if (!has_grid(method_)) return;
        const double edge = arithmetic::largest_finite(weights_.format);
        const auto clipped = std::ranges::count_if(inner, [&](double value) { return std::fabs(value) >= edge; });
        outer_.delta = delta_;
        outer_.clipped = static_cast<double>(clipped) / static_cast<double>(inner.size());
    }

    void tell(const Event& event) {
        if (!observer_(event)) stopped_ = true;
    }

    const TrainingConfig& config_;
    const Samples& samples_;
    Method method_;
    Policy policy_;
    std::string layer_;
    std::uint64_t steps_;
    Executor& executor_;
    const Observer& observer_;
    OpSequence ops_;
    Measurement measurement_;

    // At the accelerator.
    LeastSquaresStep step_;
    Tensor features_, minus_targets_;
    Tensor weights_;          // what the steps change: weights, or the offset
    Tensor point_;            // what the products read where it is not that
    Tensor start_;            // svrg: the weights at the anchor
    Tensor no_offset_;        // halp: zeros
    Tensor offset_gradient_;  // what every step adds
    // Where the full gradient is computed.
    std::optional<FullGradient> full_;
    std::array<Tensor, 2> anchors_;  // the present one and the next, in turn
    std::size_t anchor_ = 0;
    Tensor zeros_;
    Tensor weights_at_anchor_, offset_gradient_at_anchor_;  // twins

    double delta_ = 1;
    double first_norm_ = 0;
    OuterIteration outer_;
    std::uint64_t epoch_ = 1;
    bool stopped_ = false;
};

}  // namespace

Status train_linear(const TrainingConfig& config, const Network& network, const Dataset& data,
                    const Placement& placement, Executor& executor, const Observer& observer) {
    return LinearTraining(config, network, data, placement, executor, observer).run();
}

}  // namespace ulpsim::workloads

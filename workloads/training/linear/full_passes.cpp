#include "workloads/training/linear/full_passes.hpp"

#include <algorithm>
#include <array>

#include "workloads/optimizers/method.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/linear/linear_training.hpp"
#include "workloads/training/linear/measurement.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

FullGradientFormats formats_at(Place place, const arithmetic::Format& format, const Policy& policy) {
    FullGradientFormats formats = host_formats(format);
    if (place == Place::accelerator) {
        formats.samples = policy.activations.format;
        formats.sums = policy;
    }
    return formats;
}

/// A tensor and the one that takes its place.
struct Pair {
    std::array<Tensor, 2> tensors;
    std::size_t which = 0;
    const Tensor& now() const { return tensors[which]; }
    const Tensor& next() const { return tensors[1 - which]; }
    void turn() { which = 1 - which; }
};

/// What both methods share: the problem at its place.
class Passes {
public:
    Passes(const LinearProblem& problem, Place place, const FullGradientFormats& formats, Executor& executor)
        : problem_(problem), place_(place), formats_(formats), executor_(executor), ops_(executor) {
        for (Tensor& tensor : point_.tensors) tensor = vector(Role::master_weight, problem_.inputs(), "point");
    }
    virtual ~Passes() = default;
    virtual void pass() = 0;
    const Tensor& point() const { return point_.now(); }

protected:
    Tensor vector(Role role, std::uint64_t length, const std::string& name) {
        return executor_.allocate(place_, role, problem_.layer.outputs, length, formats_.values, name);
    }
    /// next = now + factor * b.
    void add(Pair& pair, const Tensor& b, double factor) {
        ops_.enqueue(
            place_, "full_gradient", problem_.layer.name,
            Combination{.a = pair.now(), .b = b, .out = pair.next(), .factor = factor, .mask = {}, .rounding = {}});
        pair.turn();
    }

    LinearProblem problem_;
    Place place_;
    FullGradientFormats formats_;
    Executor& executor_;
    OpSequence ops_;
    Pair point_;
};

class GradientDescent final : public Passes {
public:
    GradientDescent(const LinearProblem& problem, Place place, const FullGradientFormats& formats, double rate,
                    Executor& executor)
        : Passes(problem, place, formats, executor),
          rate_(rate),
          gradient_(full_gradient(problem, place, formats, executor)) {}

    void pass() override {
        gradient_->enqueue(point(), ops_);
        add(point_, gradient_->gradient(), -rate_);
    }

private:
    double rate_;
    std::unique_ptr<FullGradient> gradient_;
};

/// residuals = targets - A w; descent = A^T residuals / N, the gradient turned round; direction: what the point moves along.
class ConjugateGradients final : public Passes {
public:
    ConjugateGradients(const LinearProblem& problem, Place place, const FullGradientFormats& formats,
                       Executor& executor)
        : Passes(problem, place, formats, executor),
          samples_(write_samples(problem, place, formats.samples, 1, "all_samples", executor)),
          image_(vector(Role::error, samples_.rows, "image")),
          descent_(vector(Role::gradient, samples_.columns, "descent")),
          squares_(executor.allocate(place, Role::metric, 1, 1,
                                     arithmetic::result_format(dot_of(formats.sums, formats.values, formats.values)),
                                     "squares")) {
        for (Tensor& tensor : residuals_.tensors) tensor = vector(Role::error, samples_.rows, "residuals");
        for (Tensor& tensor : direction_.tensors) tensor = vector(Role::gradient, samples_.columns, "direction");
        write_values(problem.samples->targets, residuals_.now(), executor);
    }

    void pass() override {
        if (!started_) start();
        enqueue_product(direction_.now(), samples_, true, image_, 1);
        const double curvature = square_of(image_) / static_cast<double>(samples_.rows);
        const double step = quotient(square_, curvature);
        add(point_, direction_.now(), step);
        add(residuals_, image_, -step);
        const double before = square_;
        descend();
        add_to_descent(quotient(square_, before));
    }

private:
    /// At the minimum, to the last bit, nothing moves any more.
    static double quotient(double a, double b) { return b > 0 ? a / b : 0; }
    void start() {
        started_ = true;
        descend();
        add_to_descent(0);
    }
    void descend() {
        enqueue_product(residuals_.now(), samples_, false, descent_, 1 / static_cast<double>(samples_.rows));
        square_ = square_of(descent_);
    }
    /// direction = descent + factor * direction.
    void add_to_descent(double factor) {
        ops_.enqueue(place_, "full_gradient", problem_.layer.name,
                     Combination{.a = descent_,
                                 .b = direction_.now(),
                                 .out = direction_.next(),
                                 .factor = factor,
                                 .mask = {},
                                 .rounding = {}});
        direction_.turn();
    }
    void enqueue_product(const Tensor& a, const Tensor& b, bool transpose_b, const Tensor& out, double factor) {
        MatrixProduct product;
        product.dot = dot_of(formats_.sums, a.format, b.format);
        product.a = a;
        product.b = b;
        product.transpose_b = transpose_b;
        product.out = out;
        product.factor = factor;
        ops_.enqueue(place_, "full_gradient", problem_.layer.name, product);
    }
    double square_of(const Tensor& tensor) {
        enqueue_product(tensor, tensor, true, squares_, 1);
        return unpacked(squares_, executor_.read(squares_, "full_gradient"))[0];
    }

    Tensor samples_, image_, descent_, squares_;
    Pair residuals_, direction_;
    double square_ = 0;  // |descent|^2
    bool started_ = false;
};

std::unique_ptr<Passes> passes(const TrainingConfig& config, const LinearProblem& problem, Place place,
                               Executor& executor) {
    const FullGradientFormats formats =
        formats_at(place, config.optimizer.full_gradient.format, linear_policy(config, problem.layer.name));
    if (method_of(config.optimizer.kind) == Method::conjugate_gradients)
        return std::make_unique<ConjugateGradients>(problem, place, formats, executor);
    return std::make_unique<GradientDescent>(problem, place, formats, config.optimizer.learning_rate, executor);
}

}  // namespace

Status train_by_full_passes(const TrainingConfig& config, const Network& network, const Dataset& data,
                            const Placement& placement, Executor& executor, unsigned threads,
                            const Observer& observer) {
    const LinearProblem problem{&data.train, network.layers.front(), config.optimizer.weight_decay, 1};
    const auto method = passes(config, problem, full_gradient_place(config.optimizer, data, placement), executor);
    Measurement measurement(problem, threads);
    measurement.at(values_of(method->point(), executor));
    const double first_norm = measurement.gradient_norm();
    const std::uint64_t passes_an_epoch = std::max<std::uint64_t>(1, config.optimizer.inner_steps);
    bool stopped = false;
    const auto tell = [&](const Event& event) { stopped = !observer(event) || stopped; };
    for (std::uint64_t epoch = 1; epoch <= config.epochs; ++epoch) {
        for (std::uint64_t i = 0; i < passes_an_epoch; ++i) method->pass();
        executor.wait("other");
        measurement.at(values_of(method->point(), executor));
        EpochDone done{epoch, measurement.loss(), std::nullopt, measurement.accuracy(data.test)};
        done.outer =
            OuterIteration{.gradient_norm = measurement.gradient_norm(), .delta = {}, .clipped = {}, .still = {}};
        tell(StepDone{epoch, 1, 1, done.train_loss});
        tell(done);
        if (!(done.outer->gradient_norm <= diverged * first_norm)) return Status::diverged;
        tell(Drained{epoch, epoch * passes_an_epoch});
        if (stopped) return Status::interrupted;
        if (done.outer->gradient_norm <= config.gradient_norm_goal) break;
    }
    return Status::completed;
}

}  // namespace ulpsim::workloads

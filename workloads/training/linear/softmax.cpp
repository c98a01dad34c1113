#include "workloads/training/linear/softmax.hpp"

#include <cmath>
#include <numeric>

#include "workloads/precision/admissible.hpp"
#include "workloads/training/batches.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

Tensor write_labels(const Samples& samples, Place place, Executor& executor, const std::string& name) {
    const Tensor labels = executor.allocate(place, Role::label, samples.count(), 1, label_format, name);
    std::vector<std::uint32_t> all(samples.count());
    std::iota(all.begin(), all.end(), 0U);
    executor.write(labels, packed_labels(samples, all), "boot");
    return labels;
}

class SoftmaxGradient final : public FullGradient {
public:
    SoftmaxGradient(const LinearProblem& problem, Place place, const FullGradientFormats& formats, Executor& executor)
        : layer_(problem.layer.name), sums_(formats.sums), weight_decay_(problem.weight_decay) {
        const std::uint64_t count = problem.samples->count(), outputs = problem.layer.outputs;
        const arithmetic::Format& values = formats.values;
        const auto weights = [&](const char* name) {
            return executor.allocate(place, Role::gradient, outputs, problem.inputs(), values, name);
        };
        samples_ = write_samples(problem, place, formats.samples, 1, "all_samples", executor);
        labels_ = write_labels(*problem.samples, place, executor, "all_labels");
        logits_ = executor.allocate(place, Role::activation, count, outputs, values, "all_logits");
        errors_ = executor.allocate(place, Role::error, count, outputs, values, "all_errors");
        losses_ = executor.allocate(place, Role::metric, 1, 2, values, "all_losses");
        data_gradient_ = weights("data_gradient");
        gradient_ = weight_decay_ != 0 ? weights("full_gradient") : data_gradient_;
        const arithmetic::Format sum = arithmetic::result_format(dot_of(sums_, values, values));
        squares_ = executor.allocate(place, Role::metric, outputs, outputs, sum, "squared_norms");
    }

    void enqueue(const Tensor& point, OpSequence& ops) const override {
        const auto product_of = [&](const Tensor& a, const Tensor& b, const Tensor& out) {
            MatrixProduct product;
            product.dot = dot_of(sums_, a.format, b.format);
            product.a = a;
            product.b = b;
            product.out = out;
            return product;
        };
        MatrixProduct logits = product_of(samples_, point, logits_);
        logits.transpose_b = true;
        ops.enqueue(place(), "full_gradient", layer_, logits);
        ops.enqueue(place(), "full_gradient", layer_,
                    SoftmaxCrossEntropy{.logits = logits_,
                                        .labels = labels_,
                                        .error = errors_,
                                        .metrics = losses_,
                                        .operation = {.format = losses_.format, .rounding = {}}});
        MatrixProduct gradient = product_of(errors_, samples_, data_gradient_);
        gradient.transpose_a = true;
        gradient.factor = 1 / static_cast<double>(samples_.rows);
        ops.enqueue(place(), "full_gradient", layer_, gradient);
        if (weight_decay_ != 0) {
            ops.enqueue(place(), "full_gradient", layer_,
                        Combination{.a = data_gradient_,
                                    .b = point,
                                    .out = gradient_,
                                    .factor = weight_decay_,
                                    .mask = {},
                                    .rounding = {}});
        }
        MatrixProduct squares = product_of(gradient_, gradient_, squares_);
        squares.transpose_b = true;
        ops.enqueue(place(), "full_gradient", layer_, squares);
    }

    Place place() const override { return samples_.place; }
    const Tensor& gradient() const override { return gradient_; }
    const Tensor& data_gradient() const override { return data_gradient_; }
    const Tensor& logits() const { return logits_; }
    /// The squared norm of each output's row is on the diagonal.
    double norm(Executor& executor) const override {
        const std::vector<double> squares = unpacked(squares_, executor.read(squares_, "full_gradient"));
        double sum = 0;
        for (std::uint64_t i = 0; i < squares_.rows; ++i) sum += squares[i * squares_.columns + i];
        return std::sqrt(sum);
    }
    double loss(Executor& executor) const override {
        return unpacked(losses_, executor.peek(losses_))[0] / static_cast<double>(samples_.rows);
    }

private:
    std::string layer_;
    Policy sums_;
    double weight_decay_;
    Tensor samples_, labels_, logits_, errors_, losses_, data_gradient_, gradient_, squares_;
};

class SoftmaxSteps final : public StepGradients {
public:
    SoftmaxSteps(const LinearProblem& problem, Place place, StepKind kind, const Policy& policy,
                 const StepScales& scales, Executor& executor)
        : layer_(problem.layer.name), policy_(policy), batch_(problem.batch), kind_(kind) {
        const std::uint64_t outputs = problem.layer.outputs;
        const arithmetic::Format& loss = policy.loss.format;
        const auto of_batch = [&](Role role, const arithmetic::Format& format, const char* name) {
            return executor.allocate(place, role, batch_, outputs, format, name);
        };
        const auto gradient = [&](const char* name) {
            return executor.allocate(place, Role::gradient, outputs, problem.inputs(), policy.gradients.format, name);
        };
        samples_ = write_samples(problem, place, policy.activations.format, scales.samples, "samples", executor);
        labels_ = write_labels(*problem.samples, place, executor, "labels");
        metrics_ = executor.allocate(place, Role::metric, 1, 2, loss, "losses");
        logits_ = of_batch(Role::activation, loss, "logits");
        error_ = of_batch(Role::error, kind == StepKind::plain ? policy.errors.format : loss, "error");
        block_gradient_ = gradient_ = gradient("step");
        if (kind == StepKind::plain) return;
        block_gradient_ = gradient("block_gradient");
        anchor_logits_ = executor.allocate(place, Role::input, samples_.rows, outputs, loss, "anchor_logits");
        anchor_error_ = of_batch(Role::error, loss, "anchor_error");
        difference_ = of_batch(Role::error, policy.errors.format, "error_difference");
        if (kind == StepKind::offset) offset_logits_ = of_batch(Role::activation, loss, "offset_logits");
    }

    void start_at(const FullGradient& full, OpSequence& ops) override {
        const Tensor& logits = dynamic_cast<const SoftmaxGradient&>(full).logits();
        if (!logits_at_anchor_)
            logits_at_anchor_ = full.place() != samples_.place
                                    ? ops.executor().allocate(full.place(), Role::activation, logits.rows,
                                                              logits.columns, anchor_logits_.format, "logits_to_send")
                                    : anchor_logits_;
        ops.enqueue(full.place(), "recentre", layer_,
                    Conversion{.in = logits, .out = logits_at_anchor_, .rounding = policy_.loss.rounding});
        if (full.place() != samples_.place) ops.transfer(logits_at_anchor_, anchor_logits_, layer_);
    }

    void enqueue(const Tensor& point, const Tensor& shift, const StepScales& scales, OpSequence& body) const override {
        MatrixProduct logits;
        logits.dot = dot_of(policy_, samples_.format, point.format);
        logits.a = samples_.selected_rows(batch_);
        logits.b = point;
        logits.transpose_b = true;
        logits.out = kind_ == StepKind::offset ? offset_logits_ : logits_;
        logits.factor = scales.samples * scales.unit;
        logits.rounding = policy_.loss.rounding;
        body.enqueue(samples_.place, "inner", layer_, logits);
        if (kind_ == StepKind::offset) add(offset_logits_, anchor_logits_.selected_rows(batch_), 1, logits_, body);
        add_error(logits_, error_, body);
        if (kind_ != StepKind::plain) {
            add_error(anchor_logits_.selected_rows(batch_), anchor_error_, body);
            add(error_, anchor_error_, -1, difference_, body);
        }
        MatrixProduct gradient;
        gradient.dot = dot_of(policy_, error().format, samples_.format);
        gradient.a = error();
        gradient.b = samples_.selected_rows(batch_);
        gradient.transpose_a = true;
        gradient.out = block_gradient_;
        gradient.factor =
            scales.unit > 0 ? scales.rate * scales.samples / scales.unit / static_cast<double>(batch_) : 0;
        gradient.rounding = policy_.gradients.rounding;
        body.enqueue(samples_.place, "inner", layer_, gradient);
        if (shift) add(block_gradient_, shift, 1, gradient_, body);
    }

    const Tensor& gradient() const override { return gradient_; }
    const Tensor& error() const override { return kind_ == StepKind::plain ? error_ : difference_; }
    std::uint64_t blocks() const override { return samples_.rows / batch_; }
    Tensor anchored() const override { return anchor_logits_; }
    bool reads_differences() const override { return false; }

private:
    /// out = a + factor * b.
    void add(const Tensor& a, const Tensor& b, double factor, const Tensor& out, OpSequence& body) const {
        const Precision& role = out.id == difference_.id ? policy_.errors
                                : out.id == gradient_.id ? policy_.gradients
                                                         : policy_.loss;
        body.enqueue(samples_.place, "inner", layer_,
                     Combination{.a = a, .b = b, .out = out, .factor = factor, .mask = {}, .rounding = role.rounding});
    }
    void add_error(const Tensor& logits, const Tensor& error, OpSequence& body) const {
        const arithmetic::Rounding rounding =
            kind_ == StepKind::plain ? policy_.errors.rounding : policy_.loss.rounding;
        body.enqueue(samples_.place, "inner", layer_,
                     SoftmaxCrossEntropy{.logits = logits,
                                         .labels = labels_.selected_rows(batch_),
                                         .error = error,
                                         .metrics = metrics_,
                                         .operation = {.format = metrics_.format, .rounding = rounding}});
    }

    std::string layer_;
    Policy policy_;
    std::uint64_t batch_;
    StepKind kind_;
    Tensor samples_, labels_, metrics_, logits_, error_, block_gradient_, gradient_;
    Tensor anchor_logits_, anchor_error_, difference_;  // not of plain steps
    Tensor offset_logits_;                              // of an offset
    Tensor logits_at_anchor_;                           // where the full gradient is; allocated when that is known
};

}  // namespace

std::unique_ptr<FullGradient> softmax_full_gradient(const LinearProblem& problem, Place place,
                                                    const FullGradientFormats& formats, Executor& executor) {
    return std::make_unique<SoftmaxGradient>(problem, place, formats, executor);
}

std::unique_ptr<StepGradients> softmax_step_gradients(const LinearProblem& problem, Place place, StepKind kind,
                                                      const Policy& policy, const StepScales& scales,
                                                      Executor& executor) {
    return std::make_unique<SoftmaxSteps>(problem, place, kind, policy, scales, executor);
}

}  // namespace ulpsim::workloads

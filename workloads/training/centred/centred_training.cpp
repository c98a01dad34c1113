#include "workloads/training/centred/centred_training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "workloads/optimizers/method.hpp"
#include "workloads/training/batches.hpp"
#include "workloads/training/centred/centred_tensors.hpp"
#include "workloads/training/evaluation.hpp"
#include "workloads/training/metrics.hpp"
#include "workloads/training/step.hpp"

namespace ulpsim::workloads {
namespace {

constexpr double divergence = 1000;  // DESIGN 3.6: times the first loss or gradient norm

std::vector<Policy> policies_of(const PrecisionConfig& precision, const Network& network) {
    std::vector<Policy> policies;
    for (const DenseLayer& layer : network.layers) policies.push_back(Schedule(precision).policy(layer.name));
    return policies;
}

/// Rounded to binary32, as the update that moves the anchor will.
double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }

/// The unit in which a format's largest number is `reach`. Formats of eight exponent bits and more need none.
double unit_of(double reach, const arithmetic::Format& format) {
    if (format.exponent_bits >= 8 || reach == 0) return 1;
    return rounded(grid_unit(reach, format));
}

/// A run in progress.
class CentredTraining {
public:
    CentredTraining(const TrainingConfig& config, const Network& network, const Dataset& data,
                    const Placement& placement, Executor& executor, unsigned threads, const Observer& observer)
        : config_(config),
          data_(data),
          batch_(config.optimizer.batch),
          batches_(data.train.count() / batch_),
          steps_(config.optimizer.inner_steps > 0 ? config.optimizer.inner_steps : 2 * batches_),
          method_(method_of(config.optimizer.kind)),
          cached_(config.optimizer.anchor_values == AnchorValuesAt::cached),
          executor_(executor),
          threads_(threads),
          observer_(observer),
          policies_(policies_of(config.precision, network)),
          factors_(config.batch_average, config.loss_scale.value, batch_),
          ops_(executor),
          network_(network, policies_, {data.train.count(), batch_, cached_ ? batches_ * batch_ : batch_}, executor),
          anchor_(network, policies_, setting(placement), config.seed, ops_) {
        write_samples();
    }

    Status run() {
        move_to_anchor();
        first_ = now_;
        for (epoch_ = 1; epoch_ <= config_.epochs; ++epoch_) {
            start_at_anchor();
            run_steps();
            recentre();
            move_to_anchor();
            executor_.wait("other");
            tell_epoch();
            if (!(now_.loss.mean <= divergence * first_.loss.mean && now_.norm <= divergence * first_.norm))
                return Status::diverged;
            if (stopped_) return Status::interrupted;
            if (now_.norm <= config_.gradient_norm_goal) break;
        }
        return Status::completed;
    }

private:
    Anchor::Setting setting(const Placement& placement) const {
        const FullGradientConfig& full = config_.optimizer.full_gradient;
        return {.place = full.at.value_or(placement.update),
                .format = full.format,
                .samples = data_.train.count(),
                .batch = batch_,
                .loss_scale = factors_.loss,
                .weight_decay = config_.optimizer.weight_decay};
    }

    /// The samples in the order of the run, where they are needed: once for all.
    void write_samples() {
        const std::vector<std::uint32_t> order = permutation(config_.seed, 1, data_.train.count());
        const auto write = [&](const Tensor& samples, const Tensor& labels) {
            executor_.write(samples, packed_features(data_.train, order, samples.format), "boot");
            executor_.write(labels, packed_labels(data_.train, order), "boot");
        };
        write(network_.samples, network_.labels);
        samples_ = network_.samples;
        labels_ = network_.labels;
        if (anchor_.setting().place == Place::accelerator) return;
        samples_ =
            executor_.allocate(Place::host, Role::input, samples_.rows, samples_.columns, arithmetic::fp32, "samples");
        labels_ = executor_.allocate(Place::host, Role::label, labels_.rows, 1, label_format, "labels");
        write(samples_, labels_);
    }

    /// Loss and gradient of all samples at the anchor.
    void move_to_anchor() {
        anchor_.enqueue_gradient(samples_, labels_, batches_ * batch_, cached_ ? &network_.anchor_values : nullptr);
        now_.loss = anchor_.read_loss();
        double squares = 0;
        const auto measure = [&](const AnchorParameter& from, CentredParameter& to) {
            const double norm = anchor_.read_norm(from.gradient);
            squares += norm * norm;
            next_delta(norm, to);
        };
        reach_ = 0;
        for (std::size_t i = 0; i < network_.layers.size(); ++i) {
            measure(anchor_.layers()[i].weight, network_.layers[i].weight);
            measure(anchor_.layers()[i].bias, network_.layers[i].bias);
        }
        now_.norm = std::sqrt(squares);
    }

    void next_delta(double norm, CentredParameter& parameter) {
        const arithmetic::Format& format = parameter.offset.format;
        const bool fixed = method_ == Method::lp_svrg;
        const double reach = fixed ? config_.optimizer.range : norm / config_.optimizer.mu;
        reach_ = std::max(reach_, reach);
        parameter.delta = method_ == Method::svrg ? 1 : unit_of(reach, format);
    }

    /// What the offsets start from: the unit of the steps, the anchor's weights and gradients at the accelerator, zeros.
    void start_at_anchor() {
        // A power of two, so that it only moves exponents; bounded, so that one less than it is exact.
        step_unit_ =
            reach_ > 0 && std::isfinite(reach_) ? std::exp2(std::clamp(std::floor(std::log2(reach_)), -40., 40.)) : 1;
        for (std::size_t i = 0; i < network_.layers.size(); ++i) {
            CentredLayer& here = network_.layers[i];
            const Anchor::Layer& there = anchor_.layers()[i];
            start(there.weight, here.weight, here);
            start(there.bias, here.bias, here);
        }
    }

    void start(const AnchorParameter& from, CentredParameter& to, const CentredLayer& layer) {
        const std::string& name = layer.layer->name;
        // What a step's products leave is scaled like the errors, and divided by the step's unit.
        const double scale = 1 / (factors_.unscale * step_unit_);
        anchor_.enqueue_copy(from, from.gradient, scale, layer.policy->gradients.rounding, to.gradient, name);
        if (to.anchor) {
            to.anchor_unit = unit_of(largest(from.value), to.anchor.format);
            anchor_.enqueue_copy(from, from.value, 1 / to.anchor_unit, arithmetic::rne, to.anchor, name);
        }
        ops_.enqueue(Place::accelerator, "recentre", name,
                     Conversion{.in = to.zeros, .out = to.offset, .rounding = {}});
    }

    double largest(const Tensor& tensor) {
        double value = 0;
        for (const double each : unpacked(tensor, executor_.read(tensor, "recentre")))
            value = std::max(value, std::fabs(each));
        return value;
    }

    void run_steps() {
        for (std::uint64_t done = 0; done < steps_;) {
            // Whole batches in turn, on from where the last iteration ended.
            const std::uint64_t first = (first_batch_ + done) % batches_;
            const std::uint64_t some = cached_ ? std::min(steps_ - done, batches_ - first) : 1;
            if (!cached_) anchor_.enqueue_values(samples_, labels_, first * batch_, network_.anchor_values);
            const std::uint64_t blocks = cached_ ? batches_ - first : 1;
            ops_.program(Place::accelerator, some, blocks, false,
                         [&](OpSequence& body) { enqueue_step(first * batch_, body); });
            done += some;
        }
        first_batch_ = (first_batch_ + steps_) % batches_;
        tell(StepDone{epoch_, 1, 1, read_loss()});
    }

    void enqueue_step(std::uint64_t first_row, OpSequence& ops) const {
        const std::vector<CentredPass> passes = network_.passes(step_unit_, first_row, cached_ ? first_row : 0, true);
        for (std::size_t i = 0; i < passes.size(); ++i) {
            enqueue_centred_sums(passes[i], ops);
            if (i + 1 < passes.size()) enqueue_centred_relu(passes[i], passes[i + 1], ops);
        }
        enqueue_centred_loss(passes.back(), network_.loss_of(first_row, true, factors_.loss), ops);
        for (std::size_t i = passes.size(); i-- > 0;) {
            enqueue_centred_gradients(passes[i], factors_.gradient, ops);
            if (i > 0) enqueue_centred_input_error(passes[i], passes[i - 1], ops);
        }
        for (std::size_t i = passes.size(); i-- > 0;) {
            const CentredLayer& layer = network_.layers[i];
            enqueue_update(layer, layer.weight, layer.step.step_weight_gradient, ops);
            enqueue_update(layer, layer.bias, layer.step.step_bias_gradient, ops);
        }
    }

    void enqueue_update(const CentredLayer& layer, const CentredParameter& parameter, const Tensor& gradient,
                        OpSequence& ops) const {
        const Policy& policy = *layer.policy;
        Update update{.gradient = gradient,
                      .master = parameter.offset,
                      .velocity = {},
                      .weight = {},
                      .operation = {},
                      .changes = {}};
        update.operation = {.learning_rate = config_.optimizer.learning_rate * step_unit_ / parameter.delta,
                            .weight_decay = config_.optimizer.weight_decay * parameter.delta / step_unit_,
                            .unscale = factors_.unscale,
                            .state = policy.optimizer_state.format,
                            .state_rounding = policy.optimizer_state.rounding,
                            .master_rounding = policy.weights.rounding,
                            .weight_rounding = policy.weights.rounding};
        ops.enqueue(Place::accelerator, "inner", layer.layer->name, update);
    }

    void recentre() {
        double largest_delta = 0;
        clipped_ = {};
        for (std::size_t i = 0; i < network_.layers.size(); ++i) {
            const CentredLayer& here = network_.layers[i];
            Anchor::Layer& there = anchor_.layers()[i];
            anchor_.enqueue_recentre(there.weight, here.weight.offset, here.weight.delta, here.layer->name);
            anchor_.enqueue_recentre(there.bias, here.bias.offset, here.bias.delta, here.layer->name);
            largest_delta = std::max({largest_delta, here.weight.delta, here.bias.delta});
        }
        executor_.wait("recentre");
        for (const CentredLayer& layer : network_.layers) {
            count_clipped(layer.weight.offset);
            count_clipped(layer.bias.offset);
        }
        outer_.delta = largest_delta;
        outer_.clipped = clipped_.edge / clipped_.all;
        tell(Recentred{epoch_, epoch_ * steps_, largest_delta});
    }

    /// Measurement, outside time and energy.
    void count_clipped(const Tensor& offset) {
        const double edge = arithmetic::largest_finite(offset.format);
        for (const double value : unpacked(offset, executor_.peek(offset))) {
            clipped_.edge += std::fabs(value) >= edge ? 1 : 0;
            clipped_.all += 1;
        }
    }

    /// Mean over the steps of the last pass over the batches.
    double read_loss() {
        const std::uint64_t visited = std::min(steps_, batches_);
        std::vector<double> sums = unpacked(network_.metrics, executor_.read(network_.metrics, "other"));
        double loss = 0;
        for (std::uint64_t i = 0; i < visited; ++i) loss += sums[2 * ((first_batch_ + batches_ - 1 - i) % batches_)];
        return loss / static_cast<double>(visited * batch_);
    }

    void tell_epoch() {
        EpochDone done{epoch_, now_.loss.mean, now_.loss.right, std::nullopt};
        if (data_.test.count() > 0)
            done.test_accuracy = accuracy(forward_passes(), executor_, data_.test, config_.seed, threads_);
        outer_.gradient_norm = now_.norm;
        done.outer = outer_;
        tell(done);
    }

    /// The anchor's weights, everything else in fp32.
    std::vector<LayerPass> forward_passes() {
        measured_.accumulator.format = anchor_.setting().format;
        std::vector<LayerPass> passes;
        Tensor input = samples_;
        input.format = arithmetic::fp32;
        for (const Anchor::Layer& layer : anchor_.layers()) {
            Tensor output = layer.sums;
            output.format = arithmetic::fp32;
            DenseTensors tensors;
            tensors.input = input;
            tensors.weight = layer.weight.value;
            tensors.bias = layer.bias.value;
            tensors.output = tensors.error = output;
            passes.push_back({layer.layer, &measured_, tensors});
            input = output;
        }
        return passes;
    }

    void tell(const Event& event) {
        if (!observer_(event)) stopped_ = true;
    }

    struct Standing {
        Anchor::Loss loss;
        double norm = 0;
    };
    struct Clipped {
        double edge = 0, all = 0;
    };

    const TrainingConfig& config_;
    const Dataset& data_;
    std::uint64_t batch_, batches_, steps_;
    Method method_;
    bool cached_;
    Executor& executor_;
    unsigned threads_;
    const Observer& observer_;
    std::vector<Policy> policies_;
    StepFactors factors_;
    OpSequence ops_;
    CentredNetwork network_;
    Anchor anchor_;
    Tensor samples_, labels_;  // the anchor's
    Standing first_, now_;
    double reach_ = 0, step_unit_ = 1;
    std::uint64_t epoch_ = 1, first_batch_ = 0;
    OuterIteration outer_;
    Clipped clipped_;
    Policy measured_;
    bool stopped_ = false;
};

}  // namespace

Status train_centred(const TrainingConfig& config, const Network& network, const Dataset& data,
                     const Placement& placement, Executor& executor, unsigned threads, const Observer& observer) {
    return CentredTraining(config, network, data, placement, executor, threads, observer).run();
}

}  // namespace ulpsim::workloads

#include "workloads/training/training.hpp"

#include <cmath>

#include "models/arithmetic/count_operations.hpp"
#include "workloads/training/batches.hpp"
#include "workloads/training/centred/centred_training.hpp"
#include "workloads/training/evaluation.hpp"
#include "workloads/training/linear/linear_training.hpp"
#include "workloads/training/loss_scale.hpp"
#include "workloads/training/metrics.hpp"
#include "workloads/training/step.hpp"

namespace ulpsim::workloads {
namespace {

constexpr double divergence = 1000;  // DESIGN 3.6: times the first loss

std::vector<Policy> policies_of(const Network& network, const Schedule& schedule) {
    std::vector<Policy> policies;
    for (const DenseLayer& layer : network.layers) policies.push_back(schedule.policy(layer.name));
    return policies;
}

/// The roles that a change sets, as events name them.
std::vector<std::string> described(const PolicyChange& change) {
    std::vector<std::string> texts;
    const auto add = [&](const char* role, const arithmetic::Format& format, const arithmetic::Rounding& rounding) {
        std::string text = role;
        text.append(": ").append(arithmetic::name(format));
        if (rounding != arithmetic::rne) text.append(" ").append(arithmetic::name(rounding));
        texts.push_back(text);
    };
    const auto add_role = [&](const char* role, const auto& precision) {
        if (precision) add(role, precision->format, precision->rounding);
    };
    add_role("weights", change.weights);
    add_role("activations", change.activations);
    add_role("errors", change.errors);
    add_role("gradients", change.gradients);
    add_role("product", change.product);
    add_role("accumulator", change.accumulator);
    add_role("master_weights", change.master_weights);
    add_role("optimizer_state", change.optimizer_state);
    add_role("loss", change.loss);
    return texts;
}

/// A run in progress.
class Training {
public:
    Training(const TrainingConfig& config, const Network& network, const Dataset& data, const Placement& placement,
             Executor& executor, unsigned threads, const Observer& observer)
        : config_(config),
          network_(network),
          data_(data),
          executor_(executor),
          threads_(threads),
          observer_(observer),
          ops_(executor),
          schedule_(config.precision),
          batches_(data.train, config.seed, config.optimizer.batch),
          loss_scale_(config.loss_scale),
          model_(network, config, placement, start_policies(), config.optimizer.batch, ops_),
          metrics_(executor, placement.loss, model_.layers().back().policy.loss.format),
          health_(config.health) {
        ops_.count_by([this](const Op& op) { return health_.place(op); });
        if (loss_scale_.is_dynamic())
            overflows_ = executor.allocate(placement.update, Role::metric, 1, 1, arithmetic::fp32, "overflows");
        if (schedule_.needs(Metric::gradient_norm))
            squared_norm_ = executor.allocate(placement.update, Role::metric, 1, 1, arithmetic::fp32, "squared_norm");
        if (schedule_.needs(Metric::vanished_updates))
            changes_ = executor.allocate(placement.update, Role::metric, 1, 2, arithmetic::fp64, "changes");
    }

    Status run() {
        tell_changes(1);
        for (epoch_ = 1; epoch_ <= config_.epochs; ++epoch_)
            if (const Status status = run_epoch(); status != Status::completed) return status;
        return Status::completed;
    }

private:
    /// Rules of step 1 hold before anything is allocated.
    std::vector<Policy> start_policies() {
        fired_ = schedule_.start_step(1, 1);
        return policies_of(network_, schedule_);
    }

    Status run_epoch() {
        epoch_total_ = {};
        batches_.start_epoch(epoch_);
        for (std::uint64_t step = 1; step <= batches_.steps(); ++step) {
            ++step_;
            follow_schedule();
            const bool counted = health_.counts_step(step);
            if (counted) tell_roles();
            run_step(batches_.samples_of(step - 1));
            if (counted) health_.forget();
            const bool due = schedule_.needs_losses() || metrics_.full() || step == batches_.steps();
            tell(StepDone{epoch_, step, batches_.steps(), due ? read_losses() : std::nullopt});
            if (diverged_ || stopped_) {
                executor_.wait("other");
                return diverged_ ? Status::diverged : Status::interrupted;
            }
            const bool checkpoint = config_.checkpoint_every != 0 && step_ % config_.checkpoint_every == 0;
            if (checkpoint && step < batches_.steps()) {
                executor_.wait("other");
                tell_health();
                tell(Drained{epoch_, step_});
            }
        }
        executor_.wait("other");
        tell_health();
        tell_epoch();
        tell(Drained{epoch_, step_});
        return stopped_ ? Status::interrupted : Status::completed;
    }

    void follow_schedule() {
        fired_ = schedule_.start_step(epoch_, step_);
        if (fired_.empty()) return;
        const std::vector<Policy> policies = policies_of(network_, schedule_);
        model_.adopt(policies);
        if (metrics_.tensor().format != policies.back().loss.format) {
            read_losses();
            metrics_.adopt(policies.back().loss.format);
        }
        tell_changes(step_);
    }

    /// A tensor has the role of whoever reads it, as in the policy: a layer's output are the next one's activations. Of a
    /// role whose format is a copy's, the copy is counted, not the carrier that it is made from.
    void tell_roles() {
        const std::vector<LayerState>& layers = model_.layers();
        for (std::size_t buffer = 0; buffer < 2; ++buffer)
            tell_role(model_.input(buffer), layers.front().input_copies, "activations", layers.front().layer.name);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const LayerState& layer = layers[i];
            const std::string& name = layer.layer.name;
            const bool last = i + 1 == layers.size();
            tell_role(layer.error, layer.error_copies, "errors", name);
            for (const Parameter* parameter : {&layer.weight, &layer.bias}) {
                health_.tell(parameter->gradient, "gradients", name);
                health_.tell(parameter->state.weight, "weights", name);
                if (parameter->state.master) health_.tell(parameter->state.master, "master_weights", name);
                if (parameter->state.velocity) health_.tell(parameter->state.velocity, "optimizer_state", name);
            }
            if (last)
                health_.tell(layer.output, "loss", name);
            else
                tell_role(layer.output, layers[i + 1].input_copies, "activations", layers[i + 1].layer.name);
        }
        if (model_.error_at_loss().id != layers.back().error.id && !layers.back().error_copies.straight)
            health_.tell(model_.error_at_loss(), "errors", layers.back().layer.name);
    }

    void tell_role(const Tensor& tensor, const Copies& copies, const std::string& role, const std::string& layer) {
        health_.tell(copies.straight ? copies.straight : tensor, role, layer);
    }

    /// The samples are rounded where they are prepared, by no Op.
    void count_input(const Tensor& input, const std::vector<std::uint8_t>& bytes,
                     std::span<const std::uint32_t> samples) {
        arithmetic::OperationCounts* counts = health_.place(input);
        if (counts == nullptr) return;
        const std::vector<std::uint8_t> exact = packed_features(data_.train, samples, arithmetic::fp32);
        arithmetic::count_conversion(arithmetic::dense(arithmetic::fp32, exact.data(), input.rows, input.columns), {},
                                     arithmetic::dense(input.format, bytes.data(), input.rows, input.columns),
                                     counts->histograms, counts->result);
    }

    void run_step(std::span<const std::uint32_t> samples) {
        const std::uint64_t rows = samples.size(), buffer = step_ % 2;
        model_.fit_samples(rows);
        const Tensor input = model_.input(buffer).first_rows(rows), labels = model_.labels(buffer).first_rows(rows);
        const std::vector<std::uint8_t> features = packed_features(data_.train, samples, input.format);
        executor_.write(input, features, "transfer");
        count_input(input, features, samples);
        executor_.write(labels, packed_labels(data_.train, samples), "transfer");

        const StepFactors factors(config_.batch_average, loss_scale_.value(), rows);
        enqueue_gradients(model_, buffer, rows, factors, metrics_.tensor(), metrics_.next_slot(), ops_);
        metrics_.step_enqueued(rows);

        const bool overflow = loss_scale_.is_dynamic() && gradients_overflowed();
        if (!overflow) update_and_measure(factors.unscale);
        if (loss_scale_.observe(overflow)) tell(LossScaleChanged{epoch_, step_, loss_scale_.value()});
    }

    /// The updates, and what the schedule waits for in this step: the machine's own operations, read by the host.
    void update_and_measure(double unscale) {
        const bool norm = schedule_.needs(Metric::gradient_norm, step_);
        const bool changes = schedule_.needs(Metric::vanished_updates, step_);
        if (norm)
            ops_.enqueue(squared_norm_.place, "update", "schedule",
                         SquaredNorm{.in = gradients(), .out = squared_norm_});
        if (changes) executor_.write(changes_, std::vector<std::uint8_t>(16), "update");
        enqueue_update(model_, config_.optimizer, unscale, changes ? changes_ : Tensor{}, ops_);
        if (norm) {
            const double square = unpacked(squared_norm_, executor_.read(squared_norm_, "update"))[0];
            note_measurement(Metric::gradient_norm, unscale * std::sqrt(square));
        }
        if (changes) {
            const std::vector<double> counts = unpacked(changes_, executor_.read(changes_, "update"));
            if (counts[0] > 0) note_measurement(Metric::vanished_updates, counts[1] / counts[0]);
        }
    }

    void note_measurement(Metric metric, double value) {
        schedule_.observe(value, metric);
        tell(Measured{epoch_, step_, metric, value});
    }

    std::vector<Tensor> gradients() const {
        std::vector<Tensor> all;
        for (const LayerState& layer : model_.layers())
            for (const Parameter* parameter : {&layer.weight, &layer.bias})
                all.push_back(parameter->gradient_at_update);
        return all;
    }

    bool gradients_overflowed() {
        ops_.enqueue(overflows_.place, "update", "loss", CountNonfinite{.in = gradients(), .out = overflows_});
        return unpacked(overflows_, executor_.read(overflows_, "update"))[0] != 0;
    }

    /// The mean loss of the last step read.
    std::optional<double> read_losses() {
        std::optional<double> latest;
        for (const StepResult& step : metrics_.read()) {
            latest = step.mean_loss();
            if (!first_loss_) first_loss_ = latest;
            if (!std::isfinite(*latest) || *latest > divergence * *first_loss_) diverged_ = true;
            schedule_.observe(*latest);
            schedule_.observe(step.right / static_cast<double>(step.samples), Metric::train_accuracy);
            epoch_total_.samples += step.samples;
            epoch_total_.loss += step.loss;
            epoch_total_.right += step.right;
        }
        return latest;
    }

    /// Also where nothing has been counted: a run that is resumed tells the same at the same places.
    void tell_health() {
        if (config_.health.level != HealthConfig::Level::off) tell(HealthCounted{epoch_, health_.take()});
    }

    void tell_epoch() {
        const auto samples = static_cast<double>(epoch_total_.samples);
        EpochDone done{epoch_, epoch_total_.loss / samples, epoch_total_.right / samples, std::nullopt};
        if (data_.test.count() > 0)
            done.test_accuracy = accuracy(model_, executor_, data_.test, config_.seed, threads_);
        tell(done);
    }

    void tell_changes(std::uint64_t step) {
        for (const std::size_t rule : fired_)
            for (const std::string& what : described(config_.precision.schedule[rule].set))
                tell(PrecisionChanged{epoch_, step, rule, what, schedule_.why(rule)});
        fired_.clear();
    }

    void tell(const Event& event) {
        if (!observer_(event)) stopped_ = true;
    }

    const TrainingConfig& config_;
    const Network& network_;
    const Dataset& data_;
    Executor& executor_;
    unsigned threads_;
    const Observer& observer_;
    OpSequence ops_;
    Schedule schedule_;
    std::vector<std::size_t> fired_;  // rules of this step, still to be told
    Batches batches_;
    LossScale loss_scale_;
    Model model_;
    Metrics metrics_;
    Health health_;
    Tensor overflows_, squared_norm_, changes_;
    std::uint64_t epoch_ = 1, step_ = 0;  // step_ counts from the start of the run
    StepResult epoch_total_;
    std::optional<double> first_loss_;
    bool diverged_ = false, stopped_ = false;
};

}  // namespace

Status train(const TrainingConfig& config, const Network& network, const Dataset& data, const Placement& placement,
             Executor& executor, unsigned threads, const Observer& observer) {
    if (is_linear_training(config, network))
        return train_linear(config, network, data, placement, executor, threads, observer);
    if (is_centred_training(config))
        return train_centred(config, network, data, placement, executor, threads, observer);
    return Training(config, network, data, placement, executor, threads, observer).run();
}

}  // namespace ulpsim::workloads

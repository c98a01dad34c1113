#include "workloads/training/evaluation.hpp"

#include <algorithm>
#include <numeric>

#include "workloads/executor/reference_executor.hpp"
#include "workloads/executor/reserved_numbers.hpp"
#include "workloads/training/batches.hpp"
#include "workloads/training/metrics.hpp"
#include "workloads/training/step.hpp"

namespace ulpsim::workloads {
namespace {

constexpr std::uint64_t evaluation_batch = 500;

/// The forward half of a model on a reference executor, with copies of its weights.
struct ForwardCopy {
    ReferenceExecutor executor;
    OpSequence ops;
    std::vector<LayerPass> passes;
    Tensor labels, error, metrics;

    ForwardCopy(const std::vector<LayerPass>& original, Executor& source, std::uint64_t batch, std::uint64_t seed,
                unsigned threads)
        : executor(seed, threads), ops(executor, first_evaluation), passes(original) {
        const auto fresh = [&](const Tensor& like, std::uint64_t rows) {
            return executor.allocate(Place::accelerator, Role::activation, rows, like.columns, like.format, "");
        };
        const auto fresh_or_none = [&](const Tensor& like, std::uint64_t rows) {
            return like ? fresh(like, rows) : Tensor{};
        };
        const auto copy = [&](const Tensor& tensor) {
            const Tensor twin = fresh(tensor, tensor.rows);
            executor.write(twin, source.peek(tensor), "other");
            return twin;
        };
        const auto copy_or_none = [&](const Tensor& tensor) { return tensor ? copy(tensor) : Tensor{}; };
        Tensor input = fresh(passes.front().tensors.input, batch);
        for (LayerPass& pass : passes) {
            DenseTensors& tensors = pass.tensors;
            tensors = {.input = input,
                       .weight = copy(tensors.weight),
                       .bias = copy(tensors.bias),
                       .output = fresh(tensors.output, batch),
                       .error = {},
                       .weight_gradient = {},
                       .bias_gradient = {},
                       .input_error = {},
                       .input_copies = {.straight = fresh_or_none(tensors.input_copies.straight, batch),
                                        .turned = {},
                                        .scale = copy_or_none(tensors.input_copies.scale)},
                       .error_copies = {},
                       .turned_weight = {},
                       .weight_scale = copy_or_none(tensors.weight_scale),
                       .bias_in_units = fresh_or_none(tensors.bias_in_units, 1)};
            input = tensors.output;
        }
        labels = executor.allocate(Place::accelerator, Role::label, batch, 1, label_format, "");
        error = fresh(original.back().tensors.error, batch);
        metrics = executor.allocate(Place::accelerator, Role::metric, 1, 2, arithmetic::fp32, "");
    }

    double right(const Samples& samples, std::span<const std::uint32_t> which) {
        const std::uint64_t rows = which.size();
        std::vector<LayerPass> views = passes;
        for (LayerPass& pass : views) {
            pass.tensors.input = pass.tensors.input.first_rows(rows);
            pass.tensors.output = pass.tensors.output.first_rows(rows);
            Tensor& input = pass.tensors.input_copies.straight;
            if (input) input = input.first_rows(rows);
        }
        const Tensor input = views.front().tensors.input, expected = labels.first_rows(rows);
        executor.write(input, packed_features(samples, which, input.format), "other");
        executor.write(expected, packed_labels(samples, which), "other");
        enqueue_forward_pass(views, ops);
        // In fp32 whatever the format of the loss: it counts the right ones of up to 500.
        ops.enqueue(Place::accelerator, "other", "loss",
                    SoftmaxCrossEntropy{.logits = views.back().tensors.output,
                                        .labels = expected,
                                        .error = error.first_rows(rows),
                                        .metrics = metrics,
                                        .slot = 0,
                                        .operation = {}});
        return unpacked(metrics, executor.peek(metrics))[1];
    }
};

}  // namespace

double accuracy(const Model& model, Executor& executor, const Samples& samples, std::uint64_t seed, unsigned threads) {
    return accuracy(model.passes(0, 1), executor, samples, seed, threads);
}

double accuracy(const std::vector<LayerPass>& passes, Executor& executor, const Samples& samples, std::uint64_t seed,
                unsigned threads) {
    const std::uint64_t batch = std::min(evaluation_batch, samples.count());
    ForwardCopy copy(passes, executor, batch, seed, threads);
    std::vector<std::uint32_t> which(samples.count());
    std::iota(which.begin(), which.end(), 0u);
    double right = 0;
    for (std::uint64_t first = 0; first < which.size(); first += batch)
        right += copy.right(samples, std::span(which).subspan(first, std::min(batch, which.size() - first)));
    return right / static_cast<double>(samples.count());
}

}  // namespace ulpsim::workloads

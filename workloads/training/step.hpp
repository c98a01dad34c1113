#pragma once
#include <span>

#include "workloads/training/model.hpp"

namespace ulpsim::workloads {

/// Where the two factors of a step of `samples` go (training.hpp: BatchAverage): on the error that leaves the loss, on
/// the gradients that leave the products, and what the update takes out again.
struct StepFactors {
    double loss = 1, gradient = 1, unscale = 1;
    StepFactors(BatchAverage average, double loss_scale, std::uint64_t samples);
};

/// The layers' products from the input to the logits.
void enqueue_forward_pass(std::span<const LayerPass> passes, OpSequence& ops);

/// Forward, loss (into row `slot` of `metrics`) and backward over the first `rows` samples of a buffer, down to the
/// gradients at the place of the update.
void enqueue_gradients(const Model& model, std::uint64_t buffer, std::uint64_t rows, const StepFactors& factors,
                       const Tensor& metrics, std::uint64_t slot, OpSequence& ops);

/// The update of every parameter, and its new working weights back at the accelerator. `changes`: Update::changes, or none.
void enqueue_update(const Model& model, const OptimizerConfig& optimizer, double unscale, const Tensor& changes,
                    OpSequence& ops);

}  // namespace ulpsim::workloads

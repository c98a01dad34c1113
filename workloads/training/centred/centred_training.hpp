#pragma once
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// Trains a network by bit centering (HALP; facts: training 1.2 to 1.4): the gradient of all samples at the anchor, in
/// the format and at the place of optimizer.full_gradient; then inner_steps steps on the offset of the weights, which the
/// accelerator runs by itself over samples, labels and anchor values in its own memory; then the anchor moves by the
/// offset. Each is an epoch, and ends with the gradient at its new anchor, which the next one starts with.
///
/// A parameter tensor's offset is in units of delta = gradient norm / (mu * the format's largest number), a power of two
/// for all that the steps derive from it. Samples keep one order, drawn by the seed; whole batches of it are visited in
/// turn.
///
/// Roles of the precision policy: `weights` the offset and the working copy of the anchor's weights (which is rounded to
/// nearest), `activations`, `errors` and `loss` the anchor's values, the full ones and their offsets, `gradients` what the
/// step and the anchor add to the offset, `accumulator` also sums of two products.
Status train_centred(const TrainingConfig& config, const Network& network, const Dataset& data,
                     const Placement& placement, Executor& executor, unsigned threads, const Observer& observer);

/// A method with an anchor, for a network that is no linear model.
bool is_centred_training(const TrainingConfig& config);
/// What `check` refuses for it.
void check_centred(const TrainingConfig& config, const Network& network, const Dataset& data);

/// Bytes at the accelerator that hold a value a sample for the whole run: samples and labels, and anchor values where
/// they are cached.
struct CentredMemory {
    std::uint64_t samples = 0, anchor_values = 0;
};
CentredMemory centred_memory(const TrainingConfig& config, const Network& network, std::uint64_t samples);

}  // namespace ulpsim::workloads

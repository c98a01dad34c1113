#include "platform/architectures/fit.hpp"

#include <algorithm>
#include <string>

#include "models/arithmetic/error.hpp"
#include "platform/architectures/architecture.hpp"
#include "platform/runtime/tile_memory.hpp"
#include "platform/runtime/tiling.hpp"
#include "workloads/optimizers/method.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/centred/centred_training.hpp"

namespace ulpsim::platform {
namespace {

struct Fit {
    TilingMachine machine;
    bool resident = false;
    std::uint64_t batch = 0;

    /// a, b and out in these formats; m x n x k.
    void product(const workloads::Policy& policy, const arithmetic::Format& a, const arithmetic::Format& b,
                 const arithmetic::Format& out, models::Gemm gemm) const {
        const arithmetic::Dot dot = workloads::dot_of(policy, a, b);
        ProductShape shape;
        shape.gemm = gemm;
        shape.accumulator_bits = tile_bits(arithmetic::result_format(dot));
        shape.k_granule = arithmetic::split_granule(dot);
        shape.products = arithmetic::products_per_element(dot);
        shape.dataflow =
            models::resolve({gemm.m, gemm.n, gemm.k * shape.products}, machine.array, machine.array.dataflow);
        if (has_scale(policy.weights) || has_scale(policy.activations) || has_scale(policy.errors))
            shape.other_bytes = 2 * Layout::granule;
        if (!resident) {
            shape.a_bits = tile_bits(a);
            shape.b_bits = tile_bits(b);
            shape.out_bits = shape.mask_bits = tile_bits(out);
        }
        choose_tiling(shape, machine);
    }

    void layer(const workloads::Policy& policy, const workloads::DenseLayer& layer) const {
        const arithmetic::Format &x = policy.activations.format, &w = policy.weights.format, &e = policy.errors.format;
        product(policy, x, w, written_format(policy, policy.activations), {batch, layer.outputs, layer.inputs});
        product(policy, e, x, policy.gradients.format, {layer.outputs, layer.inputs, batch});
        product(policy, e, w, written_format(policy, policy.errors), {batch, layer.inputs, layer.outputs});
    }

    /// The loss is worked on in one piece: logits, labels, errors and two sums.
    /// Linear models by methods with an anchor keep the errors in the format of the loss.
    void loss(const workloads::Policy& policy, std::uint64_t classes, bool errors_are_losses) const {
        const std::uint64_t loss_bits = tile_bits(policy.loss.format);
        const std::uint64_t error_bits =
            errors_are_losses ? loss_bits : tile_bits(written_format(policy, policy.errors));
        const std::uint64_t need = batch * ((classes * (loss_bits + error_bits) + 7) / 8 + 4) + 4 * 64;
        if (resident || need <= machine.tile_bytes) return;
        throw Error("platform.accelerator.scratchpad.size_kib leaves " + std::to_string(machine.tile_bytes) +
                    " bytes for tiles; the loss of a batch of " + std::to_string(batch) + " needs " +
                    std::to_string(need));
    }
};

/// Before anything is allocated, so that the refusal says what the whole needs.
void check_centred_memory(const PlatformConfig& config, const workloads::TrainingConfig& training,
                          const workloads::Network& network, std::uint64_t samples) {
    const workloads::CentredMemory need = workloads::centred_memory(training, network, samples);
    const std::uint64_t there = dram_parameters(config.dram).bytes;
    if (need.samples + need.anchor_values <= there) return;
    throw Error("platform.dram.size_mib gives " + std::to_string(there) + " bytes; the samples need " +
                std::to_string(need.samples) + " and their anchor values " + std::to_string(need.anchor_values) +
                " (workload.optimizer.anchor_values: recomputed needs none for all samples)");
}

}  // namespace

void check_fit(const PlatformConfig& config, const workloads::TrainingConfig& training,
               const workloads::Network& network, std::uint64_t samples) {
    // One row at a time fits any scratchpad, and the host has none.
    if (network.loss == workloads::Loss::squared_error || config.kind == Kind::host_only) return;
    const bool centred = network.layers.size() > 1 && workloads::is_centred_training(training);
    if (centred) check_centred_memory(config, training, network, samples);
    const ExecutorParameters parameters = executor_parameters(config, {});
    Fit fit{parameters.tiling, parameters.resident_bytes > 0, std::min(training.optimizer.batch, samples)};
    fit.machine.tile_bytes = parameters.scratchpad_bytes - parameters.resident_bytes;
    fit.machine.slots = parameters.double_buffer ? 2 : 1;
    const std::uint64_t steps = (samples + training.optimizer.batch - 1) / training.optimizer.batch;
    for (const workloads::DenseLayer& layer : network.layers) {
        for (const workloads::Policy& policy : reachable_policies(training.precision, layer.name, steps)) {
            fit.layer(policy, layer);
            if (&layer == &network.layers.back() && (centred || config.kind == Kind::accelerator_only))
                fit.loss(policy, layer.outputs, workloads::has_anchor(workloads::method_of(training.optimizer.kind)));
        }
    }
}

}  // namespace ulpsim::platform

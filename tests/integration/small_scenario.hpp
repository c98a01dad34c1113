#pragma once
// A data set of a few hundred pictures and a scenario over it that trains in a fraction of a second.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/unit/workloads/idx_files.hpp"

namespace ulpsim::program {

/// Fashion-MNIST's four files with pictures that say their class by the rows that are bright.
inline void write_small_dataset(const std::filesystem::path& folder) {
    const auto write = [&](const std::string& name, std::uint32_t count) {
        workloads::idx_files::Bytes pixels, labels;
        for (std::uint32_t i = 0; i < count; ++i) {
            labels.push_back(static_cast<std::uint8_t>(i % 10));
            for (std::uint32_t p = 0; p < 784; ++p)
                pixels.push_back(static_cast<std::uint8_t>((p / 79 == i % 10 ? 150 : 0) + (p * 31 + i * 17) % 64));
        }
        const auto packed = [](const workloads::idx_files::Bytes& bytes) {
            return workloads::idx_files::compressed(bytes);
        };
        workloads::idx_files::write(folder / (name + "-images-idx3-ubyte.gz"),
                                    packed(workloads::idx_files::idx({count, 28, 28}, pixels)));
        workloads::idx_files::write(folder / (name + "-labels-idx1-ubyte.gz"),
                                    packed(workloads::idx_files::idx({count}, labels)));
    };
    write("train", 200);
    write("t10k", 50);
}

/// Three short epochs with a schedule that waits for an epoch and for what the machine measures, a dynamic loss scale that
/// overflows at first, and health.
inline std::string small_scenario(const std::string& kind, const std::filesystem::path& data) {
    const bool alone = kind == "accelerator_only";
    return "name: test/replay\nseed: 3\nplatform:\n  kind: " + kind +
           "\n  technology: asic28\n  dram: {model: lpddr4_3200, channels: 2, size_mib: 16}\n" +
           "  accelerator:\n    array: {rows: 16, cols: 16}\n    scratchpad: {size_kib: 64}\n"
           "    operators: [e4m3fn, e5m2, bf16]\n    expansion_unit: {lanes: 8}\n"
           "workload:\n  dataset: {name: fashion_mnist, directory: \"" +
           data.string() +
           "\", train_samples: 200, test_samples: 50}\n  network: {layers: [24, 10]}\n"
           "  optimizer: {kind: sgd, learning_rate: 0.05, momentum: 0.9, batch: 32}\n"
           "  loss_scale: {kind: dynamic, value: 1048576, growth_interval: 3}\n  epochs: 3\n"
           "precision:\n  weights: e4m3fn\n  activations: e4m3fn\n  errors: e5m2\n  gradients: e5m2\n"
           "  accumulator: fp32\n  master_weights: " +
           (alone ? "exp(bf16,2)" : "fp32") +
           "\n  optimizer_state: bf16\n  loss: fp32\n  schedule:\n"
           "    - {when: {epoch: 2}, set: {activations: bf16}}\n"
           "    - {when: {" +
           (alone ? "vanished_updates" : "gradient_norm") +
           ": {above: 0, every: 4}}, set: {errors: bf16}}\n"
           "health: {level: histograms, every: 2}\n";
}

/// Three outer iterations of HALP on a small least squares problem: loops at the accelerator, full gradients at the host,
/// and a scale that the host works out from what it reads.
inline std::string small_linear_scenario() {
    return "name: test/linear\nseed: 3\nplatform:\n  kind: host_accelerator\n  technology: asic28\n"
           "  dram: {model: lpddr4_3200, channels: 1, size_mib: 16}\n"
           "  accelerator:\n    array: {rows: 8, cols: 8}\n    scratchpad: {size_kib: 64}\n"
           "    operators: [e5m10, fp32]\n"
           "workload:\n  dataset: {name: least_squares, samples: 64, features: 16, condition: 10}\n"
           "  network: linear_regression\n"
           "  optimizer: {kind: halp, learning_rate: 0.001, batch: 1, inner_steps: 40, mu: 1}\n  epochs: 3\n"
           "precision:\n  weights: e5m10:sat\n  activations: e5m10\n  errors: e5m10\n  gradients: e5m10\n"
           "  accumulator: fp32\n  optimizer_state: fp32\n  loss: fp32\n";
}

}  // namespace ulpsim::program

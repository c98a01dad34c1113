#pragma once
#include <string>

namespace ulpsim::program {

/// A valid scenario; tests break one line of it. Line 1 is `name`.
inline const std::string valid_scenario = R"(name: test/edge
seed: 7
platform:
  kind: accelerator_only
  technology: asic28
  fidelity: lt
  host: {model: cortex_m7, clock_mhz: 400, cores: 1}
  interconnect: {width_bits: 128, clock_mhz: 500}
  dram: {model: lpddr4_3200, channels: 4, size_mib: 512}
  accelerator:
    clock_mhz: 500
    array:
      rows: 32
      cols: 16
      dataflow: output_stationary
    vector_unit: {lanes: 16}
    scratchpad: {size_kib: 512, banks: 16}
    dma: {max_outstanding: 16}
    operators: [e4m3fn, e5m2, bf16]
    expansion_unit: {lanes: 16, base: bf16, max_terms: 2, twosum: dedicated}
workload:
  dataset: {name: fashion_mnist, train_samples: 600, test_samples: 100, standardize: true}
  network: mlp
  optimizer: {kind: sgd, learning_rate: 0.05, momentum: 0.9, batch: 64}
  loss_scale: {kind: static, value: 1024}
  batch_average: after_product
  epochs: 5
precision:
  weights: e4m3fn
  activations: e4m3fn:sat
  errors: e5m2
  gradients: {format: e5m2, rounding: sr8}
  product: exact
  accumulator: {format: e8m23, rounding: rne, chunk: 0}
  master_weights: exp(bf16,2)
  optimizer_state: bf16
  loss: fp32
  layers: {fc3: {activations: bf16}}
  schedule:
    - {when: {epoch: 2}, set: {activations: bf16}}
    - {when: {plateau: {metric: train_loss, patience: 200}}, set: {gradients: exp(bf16,2)}}
health: off
)";

/// The scenario with `from` (which must occur) replaced by `to`.
inline std::string broken(const std::string& from, const std::string& to) {
    std::string text = valid_scenario;
    const std::size_t at = text.find(from);
    if (at == std::string::npos) return "the test's text does not occur: " + from;
    return text.replace(at, from.size(), to);
}

}  // namespace ulpsim::program

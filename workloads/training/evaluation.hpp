#pragma once
#include "workloads/datasets/dataset.hpp"
#include "workloads/training/model.hpp"

namespace ulpsim::workloads {

/// The fraction of `samples` that the network classifies rightly, with the working weights as they stand and the
/// forward formats of the model. Measurement: a reference executor does it, outside the time and energy of the run. The
/// run's executor must be idle.
double accuracy(const Model& model, Executor& executor, const Samples& samples, std::uint64_t seed, unsigned threads);
/// The same of passes of which only formats, columns, weights and biases count.
double accuracy(const std::vector<LayerPass>& passes, Executor& executor, const Samples& samples, std::uint64_t seed,
                unsigned threads);

}  // namespace ulpsim::workloads

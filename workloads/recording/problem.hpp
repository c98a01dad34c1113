#pragma once
#include <cstdint>

namespace ulpsim::workloads {

/// What a platform must know of the data to be checked against the training.
struct Problem {
    std::uint64_t features = 0, classes = 0, train_samples = 0;
};

}  // namespace ulpsim::workloads

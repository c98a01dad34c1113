#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "models/arithmetic/format.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {

/// Labels are stored as numbers; classes are below 256, so any wide format holds them exactly.
inline constexpr arithmetic::Format label_format = arithmetic::fp32;

/// The order of the samples in an epoch (from 1): a permutation of 0..count-1, from the seed and the epoch alone.
std::vector<std::uint32_t> permutation(std::uint64_t seed, std::uint64_t epoch, std::uint64_t count);

/// The features of some samples, one a row, packed in `format`, rounded to nearest even. This is preparation of the
/// data: a user would quantise the set once before training, so it costs the modelled machine nothing but the
/// transport.
std::vector<std::uint8_t> packed_features(const Samples& samples, std::span<const std::uint32_t> which,
                                          const arithmetic::Format& format);
/// Their labels, one a row, in label_format.
std::vector<std::uint8_t> packed_labels(const Samples& samples, std::span<const std::uint32_t> which);

/// The batches of an epoch. The last one is smaller when the batch does not divide the samples.
class Batches {
public:
    Batches(const Samples& samples, std::uint64_t seed, std::uint64_t size);

    void start_epoch(std::uint64_t epoch);
    std::uint64_t steps() const;
    /// The samples of a step, counted from 0.
    std::span<const std::uint32_t> samples_of(std::uint64_t step) const;

private:
    const Samples* samples_;
    std::uint64_t seed_, size_;
    std::vector<std::uint32_t> order_;
};

}  // namespace ulpsim::workloads

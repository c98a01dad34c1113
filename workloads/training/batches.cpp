#include "workloads/training/batches.hpp"

#include <algorithm>
#include <numeric>

#include "models/arithmetic/packing.hpp"
#include "workloads/executor/reserved_numbers.hpp"

namespace ulpsim::workloads {
namespace {

template <class Real>
std::vector<std::uint8_t> pack_features(const Samples& samples, std::span<const std::uint32_t> which,
                                        const arithmetic::Format& format) {
    std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(format, which.size(), samples.features));
    const arithmetic::Matrix matrix = arithmetic::dense(format, bytes.data(), which.size(), samples.features);
    std::vector<float> room;
    std::vector<Real> row(samples.features);
    for (std::size_t i = 0; i < which.size(); ++i) {
        std::ranges::copy(samples.row(which[i], room), row.begin());
        arithmetic::round_and_pack(format, arithmetic::rne, row.data(), 0, samples.features, {}, 0,
                                   matrix.bytes + i * matrix.pitch);
    }
    return bytes;
}

}  // namespace

std::vector<std::uint32_t> permutation(std::uint64_t seed, std::uint64_t epoch, std::uint64_t count) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    const arithmetic::RandomKey key{seed, first_permutation + epoch};
    std::vector<std::uint32_t> words(count);
    arithmetic::random_words(key, 0, count, 0, arithmetic::Stream::other, words.data());
    // Fisher and Yates. A 32-bit word scaled to 0..left-1 favours some of them by at most left / 2^32.
    for (std::uint64_t left = count; left > 1; --left) {
        const std::uint64_t chosen = words[left - 1] * left >> 32;
        std::swap(order[left - 1], order[chosen]);
    }
    return order;
}

std::vector<std::uint8_t> packed_features(const Samples& samples, std::span<const std::uint32_t> which,
                                          const arithmetic::Format& format) {
    return arithmetic::fits_binary32(format) ? pack_features<float>(samples, which, format)
                                             : pack_features<double>(samples, which, format);
}

std::vector<std::uint8_t> packed_labels(const Samples& samples, std::span<const std::uint32_t> which) {
    std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(label_format, which.size(), 1));
    const arithmetic::Matrix matrix = arithmetic::dense(label_format, bytes.data(), which.size(), 1);
    for (std::size_t i = 0; i < which.size(); ++i) {
        const float label = samples.labels[which[i]];
        arithmetic::pack(label_format, &label, 0, 1, matrix.bytes + i * matrix.pitch);
    }
    return bytes;
}

Batches::Batches(const Samples& samples, std::uint64_t seed, std::uint64_t size)
    : samples_(&samples), seed_(seed), size_(size) {}

void Batches::start_epoch(std::uint64_t epoch) { order_ = permutation(seed_, epoch, samples_->count()); }

std::uint64_t Batches::steps() const { return (samples_->count() + size_ - 1) / size_; }

std::span<const std::uint32_t> Batches::samples_of(std::uint64_t step) const {
    const std::uint64_t first = step * size_;
    return std::span(order_).subspan(first, std::min(size_, order_.size() - first));
}

}  // namespace ulpsim::workloads

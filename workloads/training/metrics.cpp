#include "workloads/training/metrics.hpp"

#include "models/arithmetic/packing.hpp"

namespace ulpsim::workloads {
namespace {

Tensor allocate(Executor& executor, Place place, const arithmetic::Format& format) {
    return executor.allocate(place, Role::metric, Metrics::interval, 2, format, "metrics");
}

}  // namespace

Metrics::Metrics(Executor& executor, Place place, const arithmetic::Format& format)
    : executor_(&executor), tensor_(allocate(executor, place, format)) {}

std::vector<StepResult> Metrics::read() {
    std::vector<StepResult> results;
    if (pending_.empty()) return results;
    const Tensor rows = tensor_.first_rows(pending_.size());
    const std::vector<double> values = unpacked(rows, executor_->read(rows, "other"));
    for (std::size_t i = 0; i < pending_.size(); ++i)
        results.push_back({.samples = pending_[i], .loss = values[2 * i], .right = values[2 * i + 1]});
    pending_.clear();
    return results;
}

void Metrics::adopt(const arithmetic::Format& format) {
    if (format == tensor_.format) return;
    executor_->release(tensor_);
    tensor_ = allocate(*executor_, tensor_.place, format);
}

std::vector<double> unpacked(const Tensor& tensor, const std::vector<std::uint8_t>& bytes) {
    const arithmetic::ConstMatrix matrix = arithmetic::dense(tensor.format, bytes.data(), tensor.rows, tensor.columns);
    std::vector<double> values(tensor.rows * tensor.columns);
    for (std::uint64_t row = 0; row < tensor.rows; ++row)
        arithmetic::unpack(tensor.format, matrix.bytes + row * matrix.pitch, 0, tensor.columns,
                           values.data() + row * tensor.columns);
    return values;
}

}  // namespace ulpsim::workloads

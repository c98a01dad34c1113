#include "workloads/training/linear/full_gradient.hpp"

#include <algorithm>
#include <cmath>

#include "models/arithmetic/packing.hpp"
#include "workloads/precision/admissible.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {

void write_values(const std::vector<double>& values, const Tensor& tensor, const std::string& phase,
                  Executor& executor) {
    std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns));
    const arithmetic::Matrix matrix = arithmetic::dense(tensor.format, bytes.data(), tensor.rows, tensor.columns);
    for (std::uint64_t row = 0; row < tensor.rows; ++row)
        arithmetic::round_and_pack(tensor.format, arithmetic::rne, values.data() + row * tensor.columns, 0,
                                   tensor.columns, {}, 0, matrix.bytes + row * matrix.pitch, matrix.plane);
    executor.write(tensor, bytes, phase);
}

FullGradient::FullGradient(const Samples& samples, Place place, const FullGradientFormats& formats, Executor& executor)
    : formats_(formats) {
    const std::uint64_t count = samples.count(), width = samples.features;
    const arithmetic::Format& values = formats.values;
    features_ = executor.allocate(place, Role::input, count, width, formats.features, "all_features");
    minus_targets_ = executor.allocate(place, Role::label, 1, count, values, "all_minus_targets");
    residuals_ = executor.allocate(place, Role::error, 1, count, values, "all_residuals");
    gradient_ = executor.allocate(place, Role::gradient, 1, width, values, "full_gradient");
    squared_norm_ = executor.allocate(place, Role::metric, 1, 1, values, "squared_norm");
    write_values({samples.values.begin(), samples.values.end()}, features_, "boot", executor);
    std::vector<double> minus_targets(count);
    std::ranges::transform(samples.targets, minus_targets.begin(), std::negate<>());
    write_values(minus_targets, minus_targets_, "boot", executor);
}

void FullGradient::enqueue(const Tensor& point, OpSequence& ops) const {
    const std::string phase = "full_gradient", layer = "-";
    MatrixProduct residuals;
    residuals.dot = dot_of(formats_.sums, point.format, features_.format);
    residuals.a = point;
    residuals.b = features_;
    residuals.transpose_b = true;
    residuals.bias = minus_targets_;
    residuals.out = residuals_;
    ops.enqueue(place(), phase, layer, residuals);
    MatrixProduct gradient;
    gradient.dot = dot_of(formats_.sums, residuals_.format, features_.format);
    gradient.a = residuals_;
    gradient.b = features_;
    gradient.out = gradient_;
    gradient.factor = 1 / static_cast<double>(features_.rows);
    ops.enqueue(place(), phase, layer, gradient);
    MatrixProduct square;
    square.dot = dot_of(formats_.sums, gradient_.format, gradient_.format);
    square.a = gradient_;
    square.b = gradient_;
    square.transpose_b = true;
    square.out = squared_norm_;
    ops.enqueue(place(), phase, layer, square);
}

double FullGradient::norm(Executor& executor) const {
    return std::sqrt(unpacked(squared_norm_, executor.read(squared_norm_, "full_gradient"))[0]);
}

double FullGradient::loss(Executor& executor) const {
    double sum = 0;
    for (const double residual : unpacked(residuals_, executor.peek(residuals_))) sum += residual * residual;
    return sum / (2 * static_cast<double>(residuals_.columns));
}

}  // namespace ulpsim::workloads

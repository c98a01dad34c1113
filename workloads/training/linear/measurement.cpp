#include "workloads/training/linear/measurement.hpp"

namespace ulpsim::workloads {
namespace {

arithmetic::Format format_for(const LinearProblem& problem) {
    return problem.bias() ? arithmetic::fp32 : arithmetic::fp64;
}

}  // namespace

FullGradientFormats host_formats(const arithmetic::Format& format) {
    FullGradientFormats formats{.samples = arithmetic::fp32, .values = format, .sums = {}};
    formats.sums.accumulator.format = format;
    return formats;
}

Measurement::Measurement(const LinearProblem& problem, unsigned threads)
    : executor_(0, threads),
      ops_(executor_),
      point_(executor_.allocate(Place::host, Role::weight, problem.layer.outputs, problem.inputs(), format_for(problem),
                                "point")),
      gradient_(full_gradient(problem, Place::host, host_formats(format_for(problem)), executor_)) {}

void Measurement::at(std::vector<double> point) {
    write_values(point, point_, executor_);
    gradient_->enqueue(point_, ops_);
    weights_ = std::move(point);
}

std::optional<double> Measurement::accuracy(const Samples& samples) const {
    if (samples.labels.empty()) return std::nullopt;
    const std::uint64_t outputs = point_.rows, inputs = point_.columns;
    std::uint64_t right = 0;
    std::vector<float> room;
    for (std::uint64_t i = 0; i < samples.count(); ++i) {
        const std::span<const float> x = samples.row(i, room);
        std::uint64_t best = 0;
        double largest = 0;
        for (std::uint64_t output = 0; output < outputs; ++output) {
            const double* w = weights_.data() + output * inputs;
            double sum = w[samples.features];  // of the constant
            for (std::uint64_t j = 0; j < samples.features; ++j) sum += w[j] * static_cast<double>(x[j]);
            if (output == 0 || sum > largest) best = output;
            if (best == output) largest = sum;
        }
        right += best == samples.labels[i] ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(samples.count());
}

}  // namespace ulpsim::workloads

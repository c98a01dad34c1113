#include "workloads/training/linear/problem.hpp"

#include <algorithm>

#include "models/arithmetic/packing.hpp"
#include "workloads/training/linear/least_squares.hpp"
#include "workloads/training/linear/softmax.hpp"

namespace ulpsim::workloads {

std::unique_ptr<FullGradient> full_gradient(const LinearProblem& problem, Place place,
                                            const FullGradientFormats& formats, Executor& executor) {
    if (problem.bias()) return softmax_full_gradient(problem, place, formats, executor);
    return least_squares_full_gradient(problem, place, formats, executor);
}

std::unique_ptr<StepGradients> step_gradients(const LinearProblem& problem, Place place, StepKind kind,
                                              const Policy& policy, const StepScales& scales, Executor& executor) {
    if (problem.bias()) return softmax_step_gradients(problem, place, kind, policy, scales, executor);
    return least_squares_step_gradients(problem, place, kind, policy, scales, executor);
}

Tensor write_samples(const LinearProblem& problem, Place place, const arithmetic::Format& format, double scale,
                     const std::string& name, Executor& executor) {
    const Samples& samples = *problem.samples;
    const Tensor tensor = executor.allocate(place, Role::input, samples.count(), problem.inputs(), format, name);
    std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(format, tensor.rows, tensor.columns));
    const arithmetic::Matrix matrix = arithmetic::dense(format, bytes.data(), tensor.rows, tensor.columns);
    std::vector<double> row(tensor.columns, 1 / scale);
    std::vector<float> room;
    for (std::uint64_t i = 0; i < tensor.rows; ++i) {
        std::ranges::transform(samples.row(i, room), row.begin(),
                               [&](float value) { return static_cast<double>(value) / scale; });
        arithmetic::round_and_pack(format, arithmetic::rne, row.data(), 0, row.size(), {}, 0,
                                   matrix.bytes + i * matrix.pitch, matrix.plane);
    }
    executor.write(tensor, bytes, "boot");
    return tensor;
}

void write_values(const std::vector<double>& values, const Tensor& tensor, Executor& executor) {
    std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns));
    const arithmetic::Matrix matrix = arithmetic::dense(tensor.format, bytes.data(), tensor.rows, tensor.columns);
    for (std::uint64_t row = 0; row < tensor.rows; ++row)
        arithmetic::round_and_pack(tensor.format, arithmetic::rne, values.data() + row * tensor.columns, 0,
                                   tensor.columns, {}, 0, matrix.bytes + row * matrix.pitch, matrix.plane);
    executor.write(tensor, bytes, "boot");
}

std::vector<double> values_of(const Tensor& tensor, Executor& executor) {
    const std::vector<std::uint8_t> bytes = executor.peek(tensor);
    const arithmetic::ConstMatrix matrix = arithmetic::dense(tensor.format, bytes.data(), tensor.rows, tensor.columns);
    std::vector<double> values(tensor.rows * tensor.columns);
    for (std::uint64_t row = 0; row < tensor.rows; ++row)
        arithmetic::unpack_sum(matrix, row, values.data() + row * tensor.columns);
    return values;
}

}  // namespace ulpsim::workloads

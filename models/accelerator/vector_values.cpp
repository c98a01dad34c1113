// What the vector unit computes; when and at what cost is in vector_unit.cpp.
#include <array>
#include <cstring>

#include "models/accelerator/scratchpad_matrix.hpp"
#include "models/accelerator/stopwatch.hpp"
#include "models/accelerator/vector_unit.hpp"
#include "models/arithmetic/count_operations.hpp"
#include "models/arithmetic/tensor_scale.hpp"

namespace ulpsim::models {
namespace {

/// The room of a result. Bits behind a row's last element are zero in memory, and packing leaves them as they are: they
/// are cleared here, since the region has held something else before. (Blocks of mx formats are written whole.)
arithmetic::Matrix result(Scratchpad& scratchpad, const Operand& operand, std::uint64_t rows, std::uint64_t columns) {
    const arithmetic::Matrix out = matrix(scratchpad, operand, rows, columns);
    if (out.format.is_mx() || columns * static_cast<std::uint64_t>(out.format.width()) % 8 == 0) return out;
    const std::uint64_t last = arithmetic::row_bytes(out.format, columns) - 1;
    for (std::uint64_t term = 0; term < out.format.terms; ++term) {
        for (std::uint64_t row = 0; row < rows; ++row) out.bytes[term * out.plane + row * out.pitch + last] = 0;
    }
    return out;
}

}  // namespace

double VectorUnit::scaled(double factor, const ScaleOperands& scales) const {
    for (std::size_t i = 0; i < scales.count; ++i) {
        double scale = 0;
        std::memcpy(&scale, scratchpad_.bytes() + scales.addresses[i], sizeof scale);
        factor *= scale;
    }
    return factor;
}

void VectorUnit::values(const ConvertCommand& c, arithmetic::OperationCounts* counts) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    const arithmetic::ConstMatrix in =
        c.transpose ? matrix(scratchpad_, c.in, c.columns, c.rows) : matrix(scratchpad_, c.in, c.rows, c.columns);
    const arithmetic::Matrix out = result(scratchpad_, c.out, c.rows, c.columns);
    if (c.divide || c.in.format.is_expansion()) {
        const double scale = scaled(1, c.scales);
        arithmetic::convert_tensor(in, c.transpose, scale, c.rounding, out, coordinates(execution_, c.position),
                                   execution_.threads);
        if (counts != nullptr && !c.transpose)
            arithmetic::count_conversion(in, {.factor = 1 / scale, .rounding = c.rounding}, out, counts->histograms,
                                         counts->result);
        return;
    }
    arithmetic::Epilogue epilogue{
        .factor = scaled(c.factor, c.scales), .activation = c.activation, .mask = {}, .rounding = c.rounding};
    if (c.activation == arithmetic::Activation::relu_gradient)
        epilogue.mask = matrix(scratchpad_, c.mask, c.rows, c.columns);
    arithmetic::convert(in, epilogue, out, coordinates(execution_, c.position), execution_.threads);
    if (counts != nullptr) arithmetic::count_conversion(in, epilogue, out, counts->histograms, counts->result);
}

void VectorUnit::values(const ColumnSumsCommand& c, arithmetic::OperationCounts* counts) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    const arithmetic::ColumnSums operation{.accumulator = c.sums.format,
                                           .accumulator_rounding = c.accumulator_rounding,
                                           .factor = c.factor,
                                           .rounding = c.rounding,
                                           .first_row = c.first_row,
                                           .last = c.last};
    const arithmetic::Matrix sums = matrix(scratchpad_, c.sums, 1, c.columns),
                             out = result(scratchpad_, c.out, 1, c.columns);
    arithmetic::column_sums(operation, matrix(scratchpad_, c.in, c.rows, c.columns), sums, out,
                            coordinates(execution_, c.position));
    if (counts != nullptr && c.last)
        arithmetic::count_conversion(sums, {.factor = c.factor, .rounding = c.rounding}, out, counts->histograms,
                                     counts->result);
}

void VectorUnit::values(const SoftmaxCommand& c, arithmetic::OperationCounts* counts) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    const arithmetic::SoftmaxCrossEntropy operation{.format = c.format, .factor = c.factor, .rounding = c.rounding};
    arithmetic::softmax_cross_entropy(operation, matrix(scratchpad_, c.logits, c.rows, c.columns),
                                      matrix(scratchpad_, c.labels, c.rows, 1),
                                      result(scratchpad_, c.error, c.rows, c.columns),
                                      result(scratchpad_, c.losses, 1, 2), coordinates(execution_, c.position), counts);
}

void VectorUnit::values(const UpdateCommand& c, arithmetic::OperationCounts* counts) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    const arithmetic::Update operation{.learning_rate = c.learning_rate,
                                       .momentum = c.momentum,
                                       .weight_decay = c.weight_decay,
                                       .unscale = c.unscale,
                                       .state = c.state,
                                       .state_rounding = c.state_rounding,
                                       .master_rounding = c.master_rounding,
                                       .weight_rounding = c.weight_rounding,
                                       .compensated = c.compensated};
    const arithmetic::Matrix velocity =
        c.has_velocity ? matrix(scratchpad_, c.velocity, c.rows, c.columns) : arithmetic::Matrix{};
    const arithmetic::Matrix weight =
        c.has_weight ? result(scratchpad_, c.weight, c.rows, c.columns) : arithmetic::Matrix{};
    const arithmetic::Matrix gradient = matrix(scratchpad_, c.gradient, c.rows, c.columns),
                             master = matrix(scratchpad_, c.master, c.rows, c.columns);
    const arithmetic::Matrix changes = c.has_changes
                                           ? arithmetic::dense(arithmetic::fp64, scratchpad_.bytes() + c.changes, 1, 2)
                                           : arithmetic::Matrix{};
    arithmetic::counted_update(operation, gradient, master, velocity, weight, coordinates(execution_, c.position),
                               execution_.threads, counts, changes);
}

void VectorUnit::values(const MeasureCommand& c, arithmetic::OperationCounts*) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    std::uint8_t* const running = scratchpad_.bytes() + c.extremes.address;
    arithmetic::Extremes extremes = arithmetic::extremes(matrix(scratchpad_, c.in, c.rows, c.columns));
    if (!c.first) {
        arithmetic::Extremes before;
        std::memcpy(&before, running, sizeof before);
        extremes = arithmetic::join(before, extremes);
    }
    std::memcpy(running, &extremes, sizeof extremes);
    if (!c.last) return;
    const double scale = arithmetic::power_of_two_scale(c.format, extremes);
    arithmetic::pack(c.out.format, &scale, 0, 1, scratchpad_.bytes() + c.out.address);
}

void VectorUnit::values(const CombineCommand& c, arithmetic::OperationCounts* counts) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    arithmetic::Combination operation{
        .factor = c.factor, .activation = c.activation, .mask = {}, .rounding = c.rounding};
    if (c.activation == arithmetic::Activation::relu_gradient)
        operation.mask = matrix(scratchpad_, c.mask, c.rows, c.columns);
    const arithmetic::ConstMatrix a = matrix(scratchpad_, c.a, c.rows, c.columns),
                                  b = matrix(scratchpad_, c.b, c.rows, c.columns);
    const arithmetic::Matrix out = result(scratchpad_, c.out, c.rows, c.columns);
    arithmetic::combine(operation, a, b, out, coordinates(execution_, c.position), execution_.threads);
    if (counts != nullptr) arithmetic::count_combination(operation, a, b, out, counts->histograms, counts->result);
}

void VectorUnit::values(const SquaresCommand& c, arithmetic::OperationCounts*) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    const arithmetic::Matrix sums = matrix(scratchpad_, c.sums, 1, c.columns);
    arithmetic::add_squares(matrix(scratchpad_, c.in, c.rows, c.columns), c.first_rows, sums);
    if (c.last_rows) arithmetic::add_up(sums, c.first, matrix(scratchpad_, c.total, 1, 1));
}

void VectorUnit::values(const CountCommand& c, arithmetic::OperationCounts*) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    const arithmetic::Matrix counter = matrix(scratchpad_, c.counter, 1, 1);
    double count = 0;
    if (!c.first) arithmetic::unpack(c.counter.format, counter.bytes, 0, 1, &count);
    count += static_cast<double>(arithmetic::count_nonfinite(matrix(scratchpad_, c.in, c.rows, c.columns)));
    arithmetic::pack(c.counter.format, &count, 0, 1, counter.bytes);
    if (!c.last) return;
    arithmetic::Format saturating = c.out.format;
    saturating.saturate = true;
    arithmetic::round_and_pack(saturating, arithmetic::rne, &count, 0, 1, {}, 0, scratchpad_.bytes() + c.out.address);
}

}  // namespace ulpsim::models

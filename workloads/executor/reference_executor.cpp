#include "workloads/executor/reference_executor.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/arithmetic/count_operations.hpp"
#include "models/arithmetic/tensor_scale.hpp"
#include "workloads/executor/validate.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::ConstMatrix;
using arithmetic::Coordinates;
using arithmetic::Matrix;
using Bytes = std::vector<std::uint8_t>;

/// The bytes of one term of a view within the bytes of its whole tensor: terms are planes of the whole tensor, and the
/// rows of a view follow each other in each plane.
struct Planes {
    std::uint64_t terms, view_bytes, plane, first;
    Planes(const Tensor& view, const Bytes& whole)
        : terms(view.format.terms),
          view_bytes(view.rows * arithmetic::row_bytes(view.format, view.columns)),
          plane(whole.size() / terms),
          first(view.first_row * arithmetic::row_bytes(view.format, view.columns)) {
        if (view.selected) throw std::logic_error("a selected view outside a loop's body");
        if (first + view_bytes > plane) throw std::logic_error("a view is larger than its tensor");
    }
};

/// Calls the function of models/arithmetic that bears the Op's name, on whole tensors.
class Interpreter {
public:
    /// `counts`: where the Op's roundings are counted, or null.
    Interpreter(std::map<std::uint32_t, Bytes>& tensors, Bytes& scratch, std::uint64_t seed, std::uint64_t number,
                unsigned threads, arithmetic::OperationCounts* counts)
        : tensors_(tensors), scratch_(scratch), key_{seed, number}, threads_(threads), counts_(counts) {}

    void operator()(const MatrixProduct& op) const {
        const arithmetic::Format accumulator = arithmetic::result_format(op.dot);
        const Matrix sums = scratch_matrix(accumulator, op.out.rows, op.out.columns);
        using Start = arithmetic::Product::Start;
        const arithmetic::Product product{.dot = op.dot,
                                          .a = matrix(op.a),
                                          .b = matrix(op.b),
                                          .transpose_a = op.transpose_a,
                                          .transpose_b = op.transpose_b,
                                          .first_k = 0,
                                          .start = op.bias ? Start::bias : Start::zero,
                                          .bias = matrix_or_none(op.bias)};
        arithmetic::matrix_product(product, sums, of(op.out), threads_);
        const arithmetic::Epilogue epilogue{.factor = scaled(op.factor, op.scales),
                                            .activation = op.activation,
                                            .mask = matrix_or_none(op.mask),
                                            .rounding = op.rounding};
        arithmetic::convert(sums, epilogue, matrix(op.out), of(op.out), threads_);
        count_conversion(sums, epilogue, op.out);
    }
    void operator()(const ColumnSums& op) const {
        const Matrix sums = scratch_matrix(op.accumulator, 1, op.in.columns);
        const arithmetic::ColumnSums operation{.accumulator = op.accumulator,
                                               .accumulator_rounding = op.accumulator_rounding,
                                               .factor = op.factor,
                                               .rounding = op.rounding};
        arithmetic::column_sums(operation, matrix(op.in), sums, matrix(op.out), of(op.out));
        count_conversion(sums, {.factor = op.factor, .rounding = op.rounding}, op.out);
    }
    void operator()(const Conversion& op) const {
        const double scale = scaled(1, op.scales);
        arithmetic::convert_tensor(matrix(op.in), op.transpose, scale, op.rounding, matrix(op.out), of(op.out), threads_);
        if (!op.transpose)
            count_conversion(matrix(op.in), {.factor = 1 / scale, .rounding = op.rounding}, op.out);
    }
    void operator()(const SoftmaxCrossEntropy& op) const {
        Matrix losses = matrix(op.metrics);
        losses.bytes += op.slot * losses.pitch;
        losses.rows = 1;
        arithmetic::softmax_cross_entropy(op.operation, matrix(op.logits), matrix(op.labels), matrix(op.error), losses,
                                          of(op.error), counts_);
    }
    void operator()(const Update& op) const {
        const Matrix gradient = matrix(op.gradient), master = matrix(op.master), velocity = matrix_or_none(op.velocity),
                     weight = matrix_or_none(op.weight);
        arithmetic::counted_update(op.operation, gradient, master, velocity, weight, of(op.master), threads_, counts_,
                                   matrix_or_none(op.changes));
    }
    void operator()(const CountNonfinite& op) const {
        std::uint64_t count = 0;
        for (const Tensor& tensor : op.in) count += arithmetic::count_nonfinite(matrix(tensor));
        const double value = std::min(static_cast<double>(count), arithmetic::largest_finite(op.out.format));
        const Matrix out = matrix(op.out);
        arithmetic::round_and_pack(out.format, arithmetic::rne, &value, 0, 1, key_, 0, out.bytes, out.plane);
    }
    void operator()(const MeasureScale& op) const {
        const double scale = arithmetic::power_of_two_scale(op.format, arithmetic::extremes(matrix(op.in)));
        arithmetic::pack(op.out.format, &scale, 0, 1, matrix(op.out).bytes);
    }
    void operator()(const Combination& op) const {
        const arithmetic::Combination operation{
            .factor = op.factor, .activation = op.activation, .mask = matrix_or_none(op.mask), .rounding = op.rounding};
        arithmetic::combine(operation, matrix(op.a), matrix(op.b), matrix(op.out), of(op.out), threads_);
        if (counts_ != nullptr)
            arithmetic::count_combination(operation, matrix(op.a), matrix(op.b), matrix(op.out), counts_->histograms,
                                          counts_->result);
    }
    void operator()(const SquaredNorm& op) const {
        bool first = true;
        for (const Tensor& tensor : op.in) {
            const Matrix sums = scratch_matrix(op.out.format, 1, tensor.columns);
            arithmetic::add_squares(matrix(tensor), true, sums);
            arithmetic::add_up(sums, std::exchange(first, false), matrix(op.out));
        }
    }
    void operator()(const Transfer& op) const {
        const Bytes& from = tensors_.at(op.in.id);
        Bytes& to = tensors_.at(op.out.id);
        const Planes source(op.in, from), target(op.out, to);
        for (std::uint64_t term = 0; term < source.terms; ++term)
            std::copy_n(from.data() + term * source.plane + source.first, source.view_bytes,
                        to.data() + term * target.plane + target.first);
    }

private:
    Matrix matrix(const Tensor& tensor) const {
        Bytes& whole = tensors_.at(tensor.id);
        const Planes planes(tensor, whole);
        Matrix view = arithmetic::dense(tensor.format, whole.data() + planes.first, tensor.rows, tensor.columns);
        view.plane = planes.plane;
        return view;
    }
    /// Accumulators, whatever they hold: they are written before they are read.
    Matrix scratch_matrix(const arithmetic::Format& format, std::uint64_t rows, std::uint64_t columns) const {
        const std::uint64_t bytes = arithmetic::packed_bytes(format, rows, columns);
        if (scratch_.size() < bytes) scratch_.resize(bytes);
        return arithmetic::dense(format, scratch_.data(), rows, columns);
    }
    double scaled(double factor, const Scales& scales) const {
        for (const Tensor& tensor : scales.factors) {
            if (!tensor) continue;
            double scale = 0;
            arithmetic::unpack(tensor.format, matrix(tensor).bytes, 0, 1, &scale);
            factor *= scale;
        }
        return factor;
    }
    void count_conversion(const Matrix& in, const arithmetic::Epilogue& epilogue, const Tensor& out) const {
        if (counts_ != nullptr)
            arithmetic::count_conversion(in, epilogue, matrix(out), counts_->histograms, counts_->result);
    }
    Matrix matrix_or_none(const Tensor& tensor) const { return tensor ? matrix(tensor) : Matrix{}; }
    Coordinates of(const Tensor& result) const { return {.key = key_, .total_columns = result.columns}; }

    std::map<std::uint32_t, Bytes>& tensors_;
    Bytes& scratch_;
    arithmetic::RandomKey key_;
    unsigned threads_;
    arithmetic::OperationCounts* counts_;
};

}  // namespace

ReferenceExecutor::ReferenceExecutor(std::uint64_t seed, unsigned threads) : seed_(seed), threads_(threads) {}

Tensor ReferenceExecutor::allocate(Place place, Role, std::uint64_t rows, std::uint64_t columns,
                                   const arithmetic::Format& format, const std::string&) {
    const Tensor tensor{.id = next_id_++, .place = place, .rows = rows, .columns = columns, .format = format};
    tensors_[tensor.id].assign(arithmetic::packed_bytes(format, rows, columns), 0);
    return tensor;
}

void ReferenceExecutor::release(Tensor tensor) { tensors_.erase(tensor.id); }

void ReferenceExecutor::enqueue(const Op& op) {
    validate(op);
    std::visit(Interpreter(tensors_, scratch_, seed_, op.number, threads_, op.counts), op.what);
}

void ReferenceExecutor::program(Place place, std::uint64_t iterations, const Body& body) {
    validate(place, body);
    for (std::uint64_t i = 0; i < iterations; ++i) {
        const std::uint64_t block = selected_block(body.selection, seed_, i);
        for (const Op& op : body.ops) enqueue(in_iteration(op, body, i, block));
    }
}

void ReferenceExecutor::write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string&) {
    Bytes& whole = tensors_.at(tensor.id);
    const Planes planes(tensor, whole);
    if (bytes.size() != planes.terms * planes.view_bytes)
        throw std::logic_error("the bytes written do not fit the tensor");
    for (std::uint64_t term = 0; term < planes.terms; ++term)
        std::copy_n(bytes.data() + term * planes.view_bytes, planes.view_bytes,
                    whole.data() + term * planes.plane + planes.first);
}

std::vector<std::uint8_t> ReferenceExecutor::read(Tensor tensor, const std::string&) { return peek(tensor); }

std::vector<std::uint8_t> ReferenceExecutor::peek(Tensor tensor) {
    const Bytes& whole = tensors_.at(tensor.id);
    const Planes planes(tensor, whole);
    Bytes bytes(planes.terms * planes.view_bytes);
    for (std::uint64_t term = 0; term < planes.terms; ++term)
        std::copy_n(whole.data() + term * planes.plane + planes.first, planes.view_bytes,
                    bytes.data() + term * planes.view_bytes);
    return bytes;
}

}  // namespace ulpsim::workloads

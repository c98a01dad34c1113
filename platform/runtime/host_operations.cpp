#include "platform/runtime/host_operations.hpp"

#include <stdexcept>
#include <utility>

#include "models/accelerator/stopwatch.hpp"
#include "models/arithmetic/count_operations.hpp"
#include "models/arithmetic/tensor_scale.hpp"

namespace ulpsim::platform {
namespace {

/// Floating-point work goes by the width of the format: beyond binary32 it is binary64's.
models::CpuWork flops(const arithmetic::Format& format, double count) {
    models::CpuWork work;
    (arithmetic::fits_binary32(format) ? work.flops_fp32 : work.flops_fp64) = count;
    return work;
}

/// Software ARS4x32: a quarter of seven AES instructions with their loads, and the use of the word (assumed).
constexpr double draw_ops = 10;
double draws(arithmetic::Rounding rounding, double count) { return rounding.is_stochastic() ? draw_ops * count : 0; }

double elements(const workloads::Tensor& tensor) { return static_cast<double>(tensor.rows * tensor.columns); }

/// Scales that are no powers of two cost an operation in binary64 an element.
models::CpuWork quotients(const workloads::Scales& scales, const workloads::Tensor& tensor) {
    return scales.powers_of_two ? models::CpuWork{} : flops(arithmetic::fp64, elements(tensor));
}
double bytes(const workloads::Tensor& tensor) {
    return static_cast<double>(arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns));
}

/// A host computes in its own formats; every other one is converted in software on the way in or out.
bool is_native(const arithmetic::Format& format) { return format == arithmetic::fp32 || format == arithmetic::fp64; }
double conversions(std::initializer_list<workloads::Tensor> tensors) {
    double count = 0;
    for (const workloads::Tensor& tensor : tensors) {
        if (tensor && !is_native(tensor.format)) count += elements(tensor);
    }
    return count;
}

}  // namespace

HostOperations::HostOperations(Machine& machine, models::Execution& execution, Tensors& tensors,
                               std::uint64_t cache_bytes)
    : machine_(machine), execution_(execution), tensors_(tensors), cache_(cache_bytes) {}

void HostOperations::run(const workloads::Op& op, power::Tag tag) {
    tag_ = tag;
    number_ = op.number;
    counts_ = op.counts;
    std::visit([this](const auto& what) { run_op(what); }, op.what);
}

HostOperations::Buffer HostOperations::room(const workloads::Tensor& tensor) const {
    Buffer buffer;
    buffer.size = arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns);
    if (!execution_.values) return buffer;
    buffer.bytes.resize(buffer.size);
    buffer.matrix = arithmetic::dense(tensor.format, buffer.bytes.data(), tensor.rows, tensor.columns);
    return buffer;
}

HostOperations::Buffer HostOperations::fetch(const workloads::Tensor& tensor) {
    Buffer buffer = room(tensor);
    for_each_plane(tensor, buffer, [&](std::uint64_t address, std::uint8_t* data, std::uint64_t count) {
        std::vector<HostCache::Run> evicted;
        const bool here = cache_.use({address, count}, false, evicted);
        write_back(evicted);
        if (!here) return machine_.read(address, data, count, tag_);
        if (execution_.values) machine_.debug_read(address, data, count);
    });
    return buffer;
}

void HostOperations::write_back(const std::vector<HostCache::Run>& runs) {
    for (const HostCache::Run& run : runs) {
        std::vector<std::uint8_t> bytes(execution_.values ? run.bytes : 0);
        if (execution_.values) machine_.debug_read(run.address, bytes.data(), run.bytes);
        machine_.write(run.address, bytes.data(), run.bytes, tag_);
    }
}

void HostOperations::put(const workloads::Tensor& tensor, const Buffer& buffer) {
    for_each_plane(tensor, buffer, [&](std::uint64_t address, const std::uint8_t* data, std::uint64_t count) {
        std::vector<HostCache::Run> evicted;
        cache_.use({address, count}, true, evicted);
        write_back(evicted);
        if (!cache_.fits({address, count})) return machine_.write(address, data, count, tag_);
        // The bytes are in memory at once; the time that it takes comes when they leave the cache.
        if (execution_.values) machine_.debug_write(address, data, count);
    });
}

double HostOperations::scaled(double factor, const workloads::Scales& scales) {
    for (const workloads::Tensor& tensor : scales.factors) {
        if (!tensor) continue;
        const Buffer buffer = fetch(tensor);
        double scale = 1;
        if (execution_.values) arithmetic::unpack(tensor.format, buffer.bytes.data(), 0, 1, &scale);
        factor *= scale;
    }
    return factor;
}

// The planes of a whole tensor follow each other without a gap; those of a view do not.
template <class Bytes, class Access>
void HostOperations::for_each_plane(const workloads::Tensor& tensor, Bytes& buffer, Access access) const {
    const TensorState& state = tensors_.at(tensor.id);
    const std::uint64_t first = state.address + tensor.first_row * state.pitch();
    const std::uint64_t all = buffer.size;
    const std::uint64_t planes = tensor.rows == state.tensor.rows ? 1 : tensor.format.terms;
    for (std::uint64_t plane = 0; plane < planes; ++plane)
        access(first + plane * state.plane(),
               execution_.values ? buffer.bytes.data() + plane * (all / planes) : nullptr, all / planes);
}

void HostOperations::count_conversion(const arithmetic::ConstMatrix& in, const arithmetic::Epilogue& epilogue,
                                      const arithmetic::ConstMatrix& out) const {
    if (counts_ != nullptr) arithmetic::count_conversion(in, epilogue, out, counts_->histograms, counts_->result);
}

void HostOperations::run_op(const workloads::MatrixProduct& op) {
    const Buffer a = fetch(op.a), b = fetch(op.b);
    const Buffer bias = op.bias ? fetch(op.bias) : Buffer{}, mask = op.mask ? fetch(op.mask) : Buffer{};
    Buffer out = room(op.out);
    const std::uint64_t depth = op.transpose_a ? op.a.rows : op.a.columns;
    models::CpuWork cost = flops(arithmetic::result_format(op.dot), 2 * elements(op.out) * static_cast<double>(depth));
    cost.simple_ops = conversions({op.a, op.b, op.bias, op.mask, op.out}) + draws(op.rounding, elements(op.out)) +
                      draws(op.dot.rounding, elements(op.out) * static_cast<double>(depth));
    cost.flops_fp64 += quotients(op.scales, op.out).flops_fp64;
    cost.bytes = bytes(op.a) + bytes(op.b) + bytes(op.out);
    const double factor = scaled(op.factor, op.scales);
    execution_.macs += op.out.rows * op.out.columns * depth;
    work(cost);
    if (execution_.values) {
        const models::Stopwatch watch(execution_.arithmetic_seconds);
        using Start = arithmetic::Product::Start;
        const arithmetic::Format sums = arithmetic::result_format(op.dot);
        std::vector<std::uint8_t> memory(arithmetic::packed_bytes(sums, op.out.rows, op.out.columns));
        const arithmetic::Matrix accumulators = arithmetic::dense(sums, memory.data(), op.out.rows, op.out.columns);
        const arithmetic::Coordinates at{.key = {execution_.seed, number_}, .total_columns = op.out.columns};
        const arithmetic::Product product{.dot = op.dot,
                                          .a = a.matrix,
                                          .b = b.matrix,
                                          .transpose_a = op.transpose_a,
                                          .transpose_b = op.transpose_b,
                                          .start = op.bias ? Start::bias : Start::zero,
                                          .bias = bias.matrix};
        arithmetic::matrix_product(product, accumulators, at, execution_.threads);
        const arithmetic::Epilogue epilogue{
            .factor = factor, .activation = op.activation, .mask = mask.matrix, .rounding = op.rounding};
        arithmetic::convert(accumulators, epilogue, out.matrix, at, execution_.threads);
        count_conversion(accumulators, epilogue, out.matrix);
    }
    put(op.out, out);
}

void HostOperations::run_op(const workloads::ColumnSums& op) {
    const Buffer in = fetch(op.in);
    Buffer out = room(op.out);
    models::CpuWork cost = flops(op.accumulator, elements(op.in));
    cost.simple_ops = conversions({op.in, op.out}) + draws(op.accumulator_rounding, elements(op.in)) +
                      draws(op.rounding, elements(op.out));
    cost.bytes = bytes(op.in);
    work(cost);
    if (execution_.values) {
        const models::Stopwatch watch(execution_.arithmetic_seconds);
        std::vector<std::uint8_t> memory(arithmetic::packed_bytes(op.accumulator, 1, op.in.columns));
        const arithmetic::Matrix sums = arithmetic::dense(op.accumulator, memory.data(), 1, op.in.columns);
        const arithmetic::ColumnSums operation{.accumulator = op.accumulator,
                                               .accumulator_rounding = op.accumulator_rounding,
                                               .factor = op.factor,
                                               .rounding = op.rounding};
        const arithmetic::Coordinates at{.key = {execution_.seed, number_}, .total_columns = op.out.columns};
        arithmetic::column_sums(operation, in.matrix, sums, out.matrix, at);
        count_conversion(sums, {.factor = op.factor, .rounding = op.rounding}, out.matrix);
    }
    put(op.out, out);
}

void HostOperations::run_op(const workloads::Conversion& op) {
    const Buffer in = fetch(op.in);
    const double scale = scaled(1, op.scales);
    Buffer out = room(op.out);
    models::CpuWork cost = quotients(op.scales, op.in);
    cost.simple_ops = elements(op.in) + draws(op.rounding, elements(op.out));
    cost.bytes = bytes(op.in) + bytes(op.out);
    work(cost);
    if (execution_.values) {
        const models::Stopwatch watch(execution_.arithmetic_seconds);
        const arithmetic::Coordinates at{.key = {execution_.seed, number_}, .total_columns = op.out.columns};
        arithmetic::convert_tensor(in.matrix, op.transpose, scale, op.rounding, out.matrix, at, execution_.threads);
        if (!op.transpose)
            count_conversion(in.matrix, {.factor = 1 / scale, .rounding = op.rounding}, out.matrix);
    }
    put(op.out, out);
}

void HostOperations::run_op(const workloads::SoftmaxCrossEntropy& op) {
    const Buffer logits = fetch(op.logits), labels = fetch(op.labels);
    Buffer error = room(op.error);
    models::CpuWork cost = flops(op.operation.format, 5 * elements(op.logits));
    cost.simple_ops = conversions({op.logits, op.error}) + draws(op.operation.rounding, elements(op.error));
    cost.elementary = elements(op.logits) + static_cast<double>(op.logits.rows);
    cost.bytes = bytes(op.logits) + bytes(op.error);
    work(cost);
    const workloads::Tensor row = op.metrics.first_rows(1);
    Buffer losses = room(row);
    if (execution_.values) {
        const models::Stopwatch watch(execution_.arithmetic_seconds);
        const arithmetic::Coordinates at{.key = {execution_.seed, number_}, .total_columns = op.error.columns};
        arithmetic::softmax_cross_entropy(op.operation, logits.matrix, labels.matrix, error.matrix, losses.matrix, at,
                                          counts_);
    }
    put(op.error, error);
    machine_.write(tensors_.at(row.id).address + op.slot * losses.size, losses.bytes.data(), losses.size, tag_);
}

void HostOperations::run_op(const workloads::Update& op) {
    const Buffer gradient = fetch(op.gradient), master = fetch(op.master);
    const Buffer velocity = op.velocity ? fetch(op.velocity) : Buffer{};
    Buffer weight = op.weight ? room(op.weight) : Buffer{};
    const Buffer changes = op.changes ? fetch(op.changes) : Buffer{};
    // Two flops a multiply-add: velocity, master, weight decay; the scale of the gradient is one more.
    double flops_an_element = 3;
    if (op.operation.momentum != 0) flops_an_element += 2;
    if (op.operation.weight_decay != 0) flops_an_element += 2;
    if (op.master.format.is_expansion())
        flops_an_element += op.operation.compensated ? 4 : 10 * (op.master.format.terms - 1);
    models::CpuWork cost = flops(op.operation.state, flops_an_element * elements(op.master));
    cost.simple_ops = conversions({op.gradient, op.master, op.velocity, op.weight});
    for (const arithmetic::Rounding rounding :
         {op.operation.state_rounding, op.operation.master_rounding, op.operation.weight_rounding}) {
        cost.simple_ops += draws(rounding, elements(op.master));
    }
    cost.bytes = bytes(op.gradient) + 2 * bytes(op.master) + 2 * (op.velocity ? bytes(op.velocity) : 0) +
                 (op.weight ? bytes(op.weight) : 0);
    if (op.changes) cost.simple_ops += 2 * elements(op.master);
    work(cost);
    if (execution_.values) {
        const models::Stopwatch watch(execution_.arithmetic_seconds);
        const arithmetic::Coordinates at{.key = {execution_.seed, number_}, .total_columns = op.master.columns};
        arithmetic::counted_update(op.operation, gradient.matrix, master.matrix, velocity.matrix, weight.matrix, at,
                                   execution_.threads, counts_, changes.matrix);
    }
    put(op.master, master);
    if (op.velocity) put(op.velocity, velocity);
    if (op.weight) put(op.weight, weight);
    if (op.changes) put(op.changes, changes);
}

void HostOperations::run_op(const workloads::CountNonfinite& op) {
    double count = 0;
    for (const workloads::Tensor& tensor : op.in) {
        const Buffer in = fetch(tensor);
        work({.simple_ops = elements(tensor), .bytes = bytes(tensor)});
        if (execution_.values) count += static_cast<double>(arithmetic::count_nonfinite(in.matrix));
    }
    Buffer out = room(op.out);
    arithmetic::Format saturating = op.out.format;
    saturating.saturate = true;
    if (execution_.values)
        arithmetic::round_and_pack(saturating, arithmetic::rne, &count, 0, 1, {}, 0, out.bytes.data());
    put(op.out, out);
}

void HostOperations::run_op(const workloads::MeasureScale& op) {
    const Buffer in = fetch(op.in);
    work({.simple_ops = 2 * elements(op.in), .bytes = bytes(op.in)});
    Buffer out = room(op.out);
    if (execution_.values) {
        const models::Stopwatch watch(execution_.arithmetic_seconds);
        const double scale = arithmetic::power_of_two_scale(op.format, arithmetic::extremes(in.matrix));
        arithmetic::pack(op.out.format, &scale, 0, 1, out.bytes.data());
    }
    put(op.out, out);
}

void HostOperations::run_op(const workloads::SquaredNorm& op) {
    Buffer out = room(op.out);
    bool first = true;
    for (const workloads::Tensor& tensor : op.in) {
        const Buffer in = fetch(tensor);
        models::CpuWork cost = flops(op.out.format, 2 * elements(tensor) + static_cast<double>(tensor.columns));
        cost.simple_ops = conversions({tensor});
        cost.bytes = bytes(tensor);
        work(cost);
        if (!execution_.values) continue;
        std::vector<std::uint8_t> memory(arithmetic::packed_bytes(op.out.format, 1, tensor.columns));
        const arithmetic::Matrix sums = arithmetic::dense(op.out.format, memory.data(), 1, tensor.columns);
        arithmetic::add_squares(in.matrix, true, sums);
        arithmetic::add_up(sums, std::exchange(first, false), out.matrix);
    }
    put(op.out, out);
}

void HostOperations::run_op(const workloads::Combination& op) {
    const Buffer a = fetch(op.a), b = fetch(op.b), mask = op.mask ? fetch(op.mask) : Buffer{};
    Buffer out = room(op.out);
    models::CpuWork cost = flops(op.out.format.element(), 2 * elements(op.out) * op.out.format.terms);
    cost.simple_ops = conversions({op.a, op.b, op.mask, op.out}) + draws(op.rounding, elements(op.out));
    if (op.activation != arithmetic::Activation::none) cost.simple_ops += elements(op.out);
    cost.bytes = bytes(op.a) + bytes(op.b) + bytes(op.out) + (op.mask ? bytes(op.mask) : 0);
    work(cost);
    if (execution_.values) {
        const models::Stopwatch watch(execution_.arithmetic_seconds);
        const arithmetic::Coordinates at{.key = {execution_.seed, number_}, .total_columns = op.out.columns};
        const arithmetic::Combination operation{
            .factor = op.factor, .activation = op.activation, .mask = mask.matrix, .rounding = op.rounding};
        arithmetic::combine(operation, a.matrix, b.matrix, out.matrix, at, execution_.threads);
        if (counts_ != nullptr)
            arithmetic::count_combination(operation, a.matrix, b.matrix, out.matrix, counts_->histograms,
                                          counts_->result);
    }
    put(op.out, out);
}

void HostOperations::run_op(const workloads::Transfer&) { throw std::logic_error("a transfer is the executor's"); }

}  // namespace ulpsim::platform

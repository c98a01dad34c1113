#include "workloads/recording/recorder.hpp"

namespace ulpsim::workloads {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20;

}  // namespace

Recorder::Recorder(Executor& executor, const Problem& problem, Sink sink)
    : executor_(executor), sink_(std::move(sink)), stream_(problem) {}

void Recorder::add(const Call& call, std::uint64_t number) {
    stream_.add(call, number);
    if (stream_.pending() >= piece) flush();
}

Tensor Recorder::allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                          const arithmetic::Format& format, const std::string& name) {
    const Tensor tensor = executor_.allocate(place, role, rows, columns, format, name);
    add(Allocation{tensor, role, name});
    tensors_.emplace(tensor.id, tensor);
    return tensor;
}

void Recorder::release(Tensor tensor) {
    executor_.release(tensor);
    add(Release{tensor});
    tensors_.erase(tensor.id);
}

void Recorder::enqueue(const Op& op) {
    executor_.enqueue(op);
    Op plain = op;
    plain.number = 0;
    add(plain, op.number);
}

void Recorder::program(Place place, std::uint64_t iterations, const Body& body) {
    executor_.program(place, iterations, body);
    Loop loop{place, iterations, body};
    const std::uint64_t first = body.ops.empty() ? 0 : body.ops.front().number;
    for (Op& op : loop.body.ops) op.number -= first;
    loop.body.selection.number -= first;
    add(loop, first);
}

void Recorder::write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) {
    executor_.write(tensor, bytes, phase);
    add(Write{tensor, phase});
}

std::vector<std::uint8_t> Recorder::read(Tensor tensor, const std::string& phase) {
    std::vector<std::uint8_t> bytes = executor_.read(tensor, phase);
    stream_.add(Read{tensor, phase});
    stream_.add_result(bytes);
    return bytes;
}

void Recorder::wait(const std::string& phase) {
    executor_.wait(phase);
    add(Wait{phase});
}

void Recorder::end(Status status) {
    stream_.end(status);
    flush();
}

}  // namespace ulpsim::workloads

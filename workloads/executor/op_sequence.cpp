#include "workloads/executor/op_sequence.hpp"

namespace ulpsim::workloads {

void OpSequence::transfer(const Tensor& from, const Tensor& to, const std::string& layer, const std::string& phase) {
    enqueue(to.place, phase, layer, Transfer{.in = from, .out = to});
}

void OpSequence::add(Op op) {
    ++next_number_;
    if (count_) op.counts = count_(op);
    if (recording_ != nullptr)
        recording_->push_back(std::move(op));
    else
        executor_->enqueue(op);
}

void OpSequence::program(Place place, std::uint64_t iterations, std::uint64_t blocks, bool random,
                         const std::function<void(OpSequence&)>& record) {
    Body body;
    body.selection = {.blocks = blocks, .random = random, .number = next_number_++};
    OpSequence recorder(*executor_, next_number_);
    recorder.recording_ = &body.ops;
    recorder.count_ = count_;
    record(recorder);
    next_number_ += iterations * body.ops.size();
    executor_->program(place, iterations, body);
}

}  // namespace ulpsim::workloads

#include "workloads/executor/op_sequence.hpp"

namespace ulpsim::workloads {

void OpSequence::transfer(const Tensor& from, const Tensor& to, const std::string& layer, const std::string& phase) {
    enqueue(to.place, phase, layer, Transfer{.in = from, .out = to});
}

void OpSequence::add(const Op& op) {
    ++next_number_;
    executor_->enqueue(op);
}

}  // namespace ulpsim::workloads

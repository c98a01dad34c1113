#include <stdexcept>

#include "models/arithmetic/packing.hpp"
#include "workloads/recording/recorder.hpp"

namespace ulpsim::workloads {
namespace {

/// Makes each call. A tensor is known by its number, which every executor counts from 1 in order of allocation.
class Caller {
public:
    explicit Caller(Executor& executor) : executor_(executor) {}

    void make(const RecordedCall& recorded) {
        number_ = recorded.number;
        std::visit([this](const auto& call) { make_call(call); }, *recorded.call);
    }

private:
    void make_call(const Op& op) {
        op_ = op;
        op_.number = number_;
        executor_.enqueue(op_);
    }
    void make_call(const Loop& loop) {
        Body body = loop.body;
        for (Op& op : body.ops) op.number += number_;
        body.selection.number += number_;
        executor_.program(loop.place, loop.iterations, body);
    }
    void make_call(const Allocation& call) {
        const Tensor& like = call.tensor;
        const Tensor tensor =
            executor_.allocate(like.place, call.role, like.rows, like.columns, like.format, call.name);
        if (tensor.id != like.id) throw std::runtime_error("its tensors are not numbered as this executor does");
    }
    void make_call(const Release& call) { executor_.release(call.tensor); }
    void make_call(const Write& call) {
        nothing_.resize(arithmetic::packed_bytes(call.tensor.format, call.tensor.rows, call.tensor.columns));
        executor_.write(call.tensor, nothing_, call.phase);
    }
    void make_call(const Read& call) { executor_.read(call.tensor, call.phase); }
    void make_call(const Wait& call) { executor_.wait(call.phase); }

    Executor& executor_;
    std::uint64_t number_ = 0;
    Op op_;
    std::vector<std::uint8_t> nothing_;
};

}  // namespace

Status replay(StreamReader& stream, Executor& executor, const Observer& observer) {
    Caller caller(executor);
    for (;;) {
        const std::optional<Record> record = stream.next();
        if (!record) throw std::runtime_error("it ends before the run does");
        if (const auto* status = std::get_if<Status>(&*record)) return *status;
        if (const auto* call = std::get_if<RecordedCall>(&*record)) caller.make(*call);
        if (const auto* event = std::get_if<Event>(&*record); event && !observer(*event)) return Status::interrupted;
    }
}

}  // namespace ulpsim::workloads

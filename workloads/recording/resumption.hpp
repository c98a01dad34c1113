#pragma once
#include <functional>

#include "workloads/executor/executor.hpp"
#include "workloads/recording/stream.hpp"

namespace ulpsim::workloads {

/// The executor of a run that goes on from a checkpoint. The training program is started anew, and up to the checkpoint
/// every call is passed on to an executor without values, while what the program reads comes from the recording of its
/// first life: so it makes the same calls again, which cost the same, and nothing of its state has to be saved. At the
/// checkpoint `revive` switches the values on and brings the tensors back; from there on this executor is transparent.
/// What peek() gives before is zeros, as all measurement of the first life is in its recorded events.
class Resumption final : public Executor {
public:
    /// `recorded` stands at the start of the stream; `drained` is the checkpoint's number among its Drained events.
    Resumption(Executor& executor, StreamReader& recorded, std::uint64_t drained, std::function<void()> revive)
        : executor_(executor), recorded_(recorded), drained_left_(drained), revive_(std::move(revive)) {}

    Tensor allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format,
                    const std::string& name) override;
    void release(Tensor tensor) override;
    void enqueue(const Op& op) override;
    void program(Place place, std::uint64_t iterations, const Body& body) override;
    void write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) override;
    std::vector<std::uint8_t> read(Tensor tensor, const std::string& phase) override;
    void wait(const std::string& phase) override;
    std::vector<std::uint8_t> peek(Tensor tensor) override { return executor_.peek(tensor); }

    bool is_alive() const { return drained_left_ == 0; }
    /// What the program told at this place in its first life; after the checkpoint what it tells now. Throws
    /// DataError, as every call does, where the program makes another kind of call than it did (operands are not
    /// compared: the checkpoint belongs to one program, scenario and technology).
    Event told(const Event& event);

private:
    template <class Kind>
    RecordedCall next_call();

    Executor& executor_;
    StreamReader& recorded_;
    std::uint64_t drained_left_;
    std::function<void()> revive_;
};

}  // namespace ulpsim::workloads

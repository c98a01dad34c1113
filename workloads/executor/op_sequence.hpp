#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "workloads/executor/executor.hpp"

namespace ulpsim::workloads {

/// Numbers the Ops of a training program from 1 on, one each, whatever executes them, and hands them to the executor.
/// The number is what an operation's random bits are drawn from.
class OpSequence {
public:
    explicit OpSequence(Executor& executor, std::uint64_t first_number = 1)
        : executor_(&executor), next_number_(first_number) {}

    template <class What>
    void enqueue(Place place, const std::string& phase, const std::string& layer, What what) {
        add(Op{.what = std::move(what), .place = place, .number = next_number_, .phase = phase, .layer = layer});
    }
    /// Moves `from` to the place of `to`. Charged to phase `transfer` unless it belongs to another one.
    void transfer(const Tensor& from, const Tensor& to, const std::string& layer,
                  const std::string& phase = "transfer");

    /// Asks `place` of every Op that follows (also in loops) where its roundings are to be counted.
    void count_by(std::function<arithmetic::OperationCounts*(const Op&)> place) { count_ = std::move(place); }

    /// A loop at `place` of what `record` enqueues into the sequence that it is given; selections are drawn under a number
    /// of their own.
    void program(Place place, std::uint64_t iterations, std::uint64_t blocks, bool random,
                 const std::function<void(OpSequence&)>& record);

    Executor& executor() const { return *executor_; }

private:
    void add(Op op);

    Executor* executor_;
    std::uint64_t next_number_;
    std::function<arithmetic::OperationCounts*(const Op&)> count_;
    std::vector<Op>* recording_ = nullptr;  // the Ops of a loop's body go here instead of to the executor
};

}  // namespace ulpsim::workloads

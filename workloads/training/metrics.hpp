#pragma once
#include <cstdint>
#include <vector>

#include "workloads/executor/executor.hpp"

namespace ulpsim::workloads {

/// What one step's loss operation reported.
struct StepResult {
    std::uint64_t samples = 0;
    double loss = 0;   ///< sum over the samples
    double right = 0;  ///< samples classified rightly
    double mean_loss() const { return loss / static_cast<double>(samples); }
};

/// The loss and accuracy of the steps since the last reading, in a tensor of one row a step. Reading makes the host
/// wait for the machine, so it is done rarely: when the tensor is full.
class Metrics {
public:
    /// Steps between two readings when nothing asks for every loss.
    static constexpr std::uint64_t interval = 50;

    Metrics(Executor& executor, Place place, const arithmetic::Format& format);

    const Tensor& tensor() const { return tensor_; }
    /// The row that the next step writes.
    std::uint64_t next_slot() const { return pending_.size(); }
    void step_enqueued(std::uint64_t samples) { pending_.push_back(samples); }
    bool full() const { return pending_.size() == interval; }
    /// The steps since the last reading, in order.
    std::vector<StepResult> read();
    /// Goes on in another format. Everything must have been read.
    void adopt(const arithmetic::Format& format);

private:
    Executor* executor_;
    Tensor tensor_;
    std::vector<std::uint64_t> pending_;  // samples of each step not yet read
};

/// The values of a dense tensor that is no expansion.
std::vector<double> unpacked(const Tensor& tensor, const std::vector<std::uint8_t>& bytes);

}  // namespace ulpsim::workloads

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/executor/body.hpp"
#include "workloads/executor/op.hpp"

namespace ulpsim::workloads {

/// The seam between a training program and what executes it. The reference executor computes at once; the platform
/// executor turns each Op into commands of a modelled machine. With the same program both leave the same bytes in every
/// tensor after every Op.
class Executor {
public:
    virtual ~Executor() = default;

    /// A tensor of zeros. Throws Error when the place's memory is full.
    virtual Tensor allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                            const arithmetic::Format& format, const std::string& name) = 0;
    virtual void release(Tensor tensor) = 0;

    /// Never waits (but for room in the machine's queues).
    virtual void enqueue(const Op& op) = 0;

    /// Hands `place` a loop as a whole: the same as enqueuing in_iteration(op) of every Op, `iterations` times over, but
    /// its control, its draws of rows and its numbering live at the place, and nobody else is visited until it ends.
    /// Never waits.
    virtual void program(Place place, std::uint64_t iterations, const Body& body) = 0;

    /// The host writes packed bytes (dense layout of the view) that it holds ready, in program order with the Ops
    /// around it: a batch streamed in, initial weights. Charged to `phase`.
    virtual void write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) = 0;
    /// The host waits for the tensor's last Op and reads its packed bytes. Charged to `phase`.
    virtual std::vector<std::uint8_t> read(Tensor tensor, const std::string& phase) = 0;
    /// The host waits until everything enqueued is done.
    virtual void wait(const std::string& phase) = 0;
    /// The bytes as they stand, outside time and energy: for measurement and tests, after a wait().
    virtual std::vector<std::uint8_t> peek(Tensor tensor) = 0;
};

}  // namespace ulpsim::workloads

#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <exception>
#include <systemc>

#include "models/accelerator/command.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// What has retired, seen by every unit and by the host: the dependency tokens.
struct Retirement {
    Tokens count{};
    Tokens awaited = never;  ///< the least count of each queue that a process sleeps for: nobody is woken before it
    std::array<sc_core::sc_event, queue_count> event;  ///< `awaited` is reached
    Tokens watched{};                                  ///< the host's compare registers
    sc_core::sc_event interrupt;                       ///< a queue reached its compare register
    std::exception_ptr error;                          ///< of a unit's process; rethrown after sc_start

    static constexpr Tokens never = [] {
        Tokens tokens;
        tokens.fill(~std::uint32_t{0});
        return tokens;
    }();
    /// One more command of a queue has retired.
    void retire(Queue queue);
};

/// Waits in the calling process until so many of each queue have retired; how long that took.
sc_core::sc_time wait_until_retired(Retirement& retirement, const Tokens& tokens);

/// Cycles at a clock as time, rounded once to the picosecond.
sc_core::sc_time cycles_to_time(std::uint64_t cycles, double clock_mhz);

/// An in-order queue of commands and the process that executes them. A command starts when its tokens are there; it
/// retires when execute() returns. Waiting for tokens is a stall (dependency), an empty queue is idle time.
class CommandUnit : public sc_core::sc_module {
public:
    bool full() const { return queue_.size() >= depth_; }
    /// From another process; not when full.
    void push(const Command& command);
    const sc_core::sc_event& popped() const { return popped_; }

protected:
    CommandUnit(const sc_core::sc_module_name& name, Queue queue, unsigned depth, double clock_mhz,
                Retirement& retirement, power::Ledger& ledger, power::Meter& meter);

    /// Does the command in the unit's own process: charges the meter and waits for the time it takes.
    virtual void execute(const Command& command) = 0;

    /// Busy for `cycles`, of which `port_stall` are lost at the scratchpad's ports.
    void spend(std::uint64_t cycles, std::uint64_t port_stall);
    double clock_mhz() const { return clock_mhz_; }
    power::Meter& meter() { return meter_; }
    const power::Meter& meter() const { return meter_; }

private:
    void run();
    void wait_for_tokens(const Command& command);

    Queue id_;
    unsigned depth_;
    double clock_mhz_;
    Retirement& retirement_;
    power::Ledger& ledger_;
    power::Meter& meter_;
    std::deque<Command> queue_;
    sc_core::sc_event pushed_, popped_;
};

}  // namespace ulpsim::models

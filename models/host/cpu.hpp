#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "models/host/work.hpp"
#include "models/memory/access.hpp"
#include "models/memory/transaction.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// A host CPU that runs a program it is given (a plain function in an SC_THREAD) and knows no workload.
/// TLM     initiator only: b_transport with timing annotation, temporally decoupled; synchronises before each access.
///         A run of memory is one transaction, whatever its length.
/// Time    work() by the model's rates; read() and write() add the memory's time; local time passes at the next
///         access or wait, and at the end of the program.
/// Energy  host_cycle a busy cycle and core; the idle rest through inventory().
/// Busy    while it works; stalled for memory during an access; idle in wait_until().
/// Errors  of the program are caught in the process and rethrown by rethrow() after sc_start; no wait in a catch block.
class Cpu : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<Cpu, 128> initiator{"initiator"};

    /// Throws Error for a clock that does not run or no core.
    Cpu(const sc_core::sc_module_name& name, const CpuModel& model, double clock_mhz, unsigned cores,
        power::Meter& meter);

    /// Set before sc_start; runs at time 0.
    void set_program(std::function<void()> program) { program_ = std::move(program); }
    void rethrow() const;

    // For the program, from its own process only:
    void work(const CpuWork& work, power::Tag tag);
    /// Cycles of one core (control, drivers) while the others idle.
    void cycles_of_work(std::uint64_t cycles, power::Tag tag);
    /// One contiguous access; throws std::runtime_error on an error response. `data` may be null when `values` is
    /// false.
    void read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes, power::Tag tag, bool values = true);
    void write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes, power::Tag tag,
               bool values = true);
    /// Eight bytes of a device's register, which no driver call prepares.
    std::uint64_t read_register(std::uint64_t address, power::Tag tag);
    void write_register(std::uint64_t address, std::uint64_t value, power::Tag tag);
    /// Lets simulated time catch up with the program's local time.
    void synchronise();
    /// Waits (idle, as for an interrupt) until `ready()` holds, woken by `event`; a wait that lasted costs
    /// interrupt_cycles.
    void wait_until(const std::function<bool()>& ready, const sc_core::sc_event& event, power::Tag tag);

    power::Inventory inventory() const;
    /// Cycles in which at least one core worked.
    std::uint64_t busy_cycles() const { return busy_cycles_; }

private:
    void run();
    void busy(std::uint64_t cycles, std::uint64_t cores, power::Tag tag);
    void access(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::uint64_t bytes,
                const Access& about);
    Access about(power::Tag tag, bool values) const;

    CpuModel model_;
    double clock_mhz_;
    unsigned cores_;
    power::Meter& meter_;
    power::OperationId cycle_;
    std::function<void()> program_;
    std::exception_ptr error_;
    std::uint64_t busy_cycles_ = 0;
    sc_core::sc_time local_;  // how far the program is ahead of simulated time
    Transaction transaction_;
    std::uint8_t unmoved_ = 0;  // what data pointers of transactions that move sizes only point at
};

}  // namespace ulpsim::models

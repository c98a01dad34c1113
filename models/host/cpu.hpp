#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

#include "models/host/work.hpp"
#include "models/memory/access.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// A host CPU that runs a program it is given (a plain function in an SC_THREAD) and knows no workload.
/// TLM     initiator only: b_transport with timing annotation, temporally decoupled; synchronises before each access.
/// Time    work() by the model's rates; read() and write() wait for the memory.
/// Energy  host_cycle a busy cycle and core; the idle rest through inventory().
/// Errors  of the program are caught in the process and rethrown by rethrow() after sc_start; no wait in a catch block.
class Cpu : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<Cpu, 128> initiator{"initiator"};

    Cpu(const sc_core::sc_module_name& name, const CpuModel& model, double clock_mhz, unsigned cores, power::Meter& meter);

    /// Set before sc_start; runs at time 0.
    void set_program(std::function<void()> program) { program_ = std::move(program); }
    void rethrow() const;

    // For the program, from its own process only:
    void work(const CpuWork& work, power::Tag tag);
    void cycles_of_work(std::uint64_t cycles, power::Tag tag);
    /// One contiguous access; throws std::runtime_error on an error response. `data` may be null when `values` is false.
    void read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes, power::Tag tag, bool values = true);
    void write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes, power::Tag tag, bool values = true);
    /// Waits (idle, as for an interrupt) until `ready()` holds, woken by `event`.
    void wait_until(const std::function<bool()>& ready, const sc_core::sc_event& event, power::Tag tag);

    power::Inventory inventory() const;
    std::uint64_t busy_cycles() const { return busy_cycles_; }

private:
    void run();
    void access(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::uint64_t bytes, power::Tag tag,
                bool values);

    CpuModel model_;
    double clock_mhz_;
    unsigned cores_;
    power::Meter& meter_;
    power::OperationId cycle_;
    std::function<void()> program_;
    std::exception_ptr error_;
    std::uint64_t busy_cycles_ = 0;
    std::vector<std::uint8_t> unmoved_;  // data pointer of transactions that move sizes only
};

}  // namespace ulpsim::models

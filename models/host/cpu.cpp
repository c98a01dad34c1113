#include "models/host/cpu.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "models/memory/clock.hpp"

namespace ulpsim::models {

Cpu::Cpu(const sc_core::sc_module_name& name, const CpuModel& model, double clock_mhz, unsigned cores,
         power::Meter& meter)
    : sc_module(name),
      model_(model),
      clock_mhz_(clock_mhz),
      cores_(cores),
      meter_(meter),
      cycle_(meter.intern(power::HostCycle{model.model})) {
    if (!(clock_mhz > 0)) throw Error("clock_mhz is not positive; allowed: above 0");
    if (cores == 0) throw Error("cores is 0; allowed: 1 and more");
    SC_HAS_PROCESS(Cpu);
    SC_THREAD(run);
    // A program is a whole training loop with its arithmetic: deeper than the kernel's default stack is meant for.
    set_stack_size(16 << 20);
}

void Cpu::run() {
    if (!program_) return;
    try {
        program_();
        synchronise();
    } catch (const sc_core::sc_unwind_exception&) {
        throw;  // the kernel's own way of ending a process
    } catch (...) {
        error_ = std::current_exception();
    }
}

void Cpu::rethrow() const {
    if (error_) std::rethrow_exception(error_);
}

void Cpu::work(const CpuWork& work, power::Tag tag) { busy(cycles(model_, work, cores_), cores_, tag); }

void Cpu::cycles_of_work(std::uint64_t cycles, power::Tag tag) { busy(cycles, 1, tag); }

void Cpu::busy(std::uint64_t cycles, std::uint64_t cores, power::Tag tag) {
    const std::uint64_t duration = picoseconds_of_cycles(cycles, clock_mhz_);
    local_ += time_of_picoseconds(duration);
    busy_cycles_ += cycles;
    meter_.count(cycle_, tag, cycles * cores);
    meter_.busy(duration);
}

void Cpu::synchronise() {
    if (local_ == sc_core::SC_ZERO_TIME) return;
    const sc_core::sc_time ahead = local_;
    local_ = sc_core::SC_ZERO_TIME;
    wait(ahead);
}

void Cpu::read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes, power::Tag tag, bool values) {
    access(tlm::TLM_READ_COMMAND, address, values ? data : &unmoved_, bytes, about(tag, values));
}

void Cpu::write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes, power::Tag tag, bool values) {
    // A write's data are not changed by anybody (base protocol); the payload has one pointer for both directions.
    access(tlm::TLM_WRITE_COMMAND, address, values ? const_cast<std::uint8_t*>(data) : &unmoved_, bytes,
           about(tag, values));
}

std::uint64_t Cpu::read_register(std::uint64_t address, power::Tag tag) {
    std::uint8_t bytes[8];
    Access posted = about(tag, true);
    posted.message = false;
    access(tlm::TLM_READ_COMMAND, address, bytes, sizeof bytes, posted);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

void Cpu::write_register(std::uint64_t address, std::uint64_t value, power::Tag tag) {
    std::uint8_t bytes[8];
    std::memcpy(bytes, &value, sizeof bytes);
    Access posted = about(tag, true);
    posted.message = false;
    access(tlm::TLM_WRITE_COMMAND, address, bytes, sizeof bytes, posted);
}

Access Cpu::about(power::Tag tag, bool values) const {
    Access about;
    about.tag = tag;
    about.max_outstanding = model_.max_outstanding;
    about.values = values;
    return about;
}

void Cpu::access(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::uint64_t bytes,
                 const Access& about) {
    if (bytes == 0) return;
    if (bytes > std::numeric_limits<unsigned>::max())
        throw std::runtime_error(std::string(name()) + ": an access of " + std::to_string(bytes) +
                                 " bytes is too long");
    synchronise();
    transaction_.start(command, address, data, static_cast<unsigned>(bytes), about);

    const sc_core::sc_time start = sc_core::sc_time_stamp();
    initiator->b_transport(transaction_.payload(), local_);
    meter_.stalled(power::Cause::memory, picoseconds(sc_core::sc_time_stamp() - start + local_));
    if (transaction_.payload().is_response_ok()) return;
    std::ostringstream text;
    text << name() << ": " << (command == tlm::TLM_READ_COMMAND ? "read" : "write") << " of " << bytes << " bytes at 0x"
         << std::hex << address << " got " << transaction_.payload().get_response_string();
    throw std::runtime_error(text.str());
}

void Cpu::wait_until(const std::function<bool()>& ready, const sc_core::sc_event& event, power::Tag tag) {
    synchronise();
    if (ready()) return;
    while (!ready()) wait(event);
    cycles_of_work(model_.interrupt_cycles, tag);
}

power::Inventory Cpu::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    inventory.host_model = model_.model;
    inventory.host_cores = cores_;
    inventory.host_clock_mhz = clock_mhz_;
    return inventory;
}

}  // namespace ulpsim::models

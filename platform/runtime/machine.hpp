#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/accelerator/command.hpp"
#include "models/host/work.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::platform {

/// What software on the modelled host sees of the machine: commands, memory and completion, never a module. Everything
/// takes modelled time but the debug accesses. `architectures/` implements it with SystemC; a test can fake it.
class Machine {
public:
    virtual ~Machine() = default;

    virtual power::Tag tag(std::string_view phase, std::string_view layer) = 0;

    // ---- the host ----
    virtual void work(const models::CpuWork& work, power::Tag tag) = 0;
    /// Cycles of one core: control and drivers.
    virtual void control(std::uint64_t cycles, power::Tag tag) = 0;
    /// The host's own view of addresses: its memory, and the accelerator's through bus or channel (one message a call).
    virtual void read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes, power::Tag tag) = 0;
    virtual void write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes, power::Tag tag) = 0;
    virtual void debug_read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes) = 0;
    virtual void debug_write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes) = 0;

    // ---- the accelerator ----
    /// Writes descriptors to the command ring and rings the doorbell; waits only while the ring is full.
    virtual void submit(std::span<const models::Command> commands, power::Tag tag) = 0;
    /// Writes descriptors to memory, for a loop to find them there; `address` is the host's.
    virtual void load(std::uint64_t address, std::span<const models::Command> commands, power::Tag tag) = 0;
    /// Waits until so many descriptors of each queue have retired.
    virtual void wait(const models::Tokens& tokens, power::Tag tag) = 0;
};

/// Memory that tensors are placed in, as the host addresses it.
struct MemoryMap {
    struct Region {
        std::uint64_t first = 0, bytes = 0;
        std::uint64_t device_first = 0;  ///< the same place as the accelerator's DMA addresses it
    };
    Region host;         ///< tensors of place host; empty on accelerator_only, where they share the accelerator's DRAM
    Region accelerator;  ///< DRAM of the accelerator
    Region scratchpad;   ///< window onto the scratchpad, for debug accesses and host reads
};

}  // namespace ulpsim::platform

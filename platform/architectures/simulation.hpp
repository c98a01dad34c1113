#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/configuration/platform_config.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"
#include "workloads/executor/executor.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::platform {

struct SimulationOptions {
    std::uint64_t seed = 1;
    unsigned threads = 1;
    bool values = true;  ///< false: sizes move instead of bytes; read() gives zeros; times and meters do not change
};

struct Traffic {
    std::uint64_t dram_read_bytes = 0, dram_write_bytes = 0, channel_bytes = 0, channel_messages = 0;
};
struct MemoryUse {
    std::uint64_t capacity_bytes = 0, peak_bytes = 0;
};

/// One modelled machine: elaborates the architecture that the configuration names, runs one program on its host and
/// keeps what it cost. One a process (SystemC refuses a module after elaboration).
class Simulation {
public:
    /// Throws Error for a configuration that check() refuses.
    Simulation(const PlatformConfig& config, const SimulationOptions& options);
    ~Simulation();

    /// Runs `program` as the host's program to its end and drains the machine. Throws what the program threw.
    void run(const std::function<void(workloads::Executor&)>& program);

    /// During run(), from a program whose machine is drained and whose values were off: from here on bytes move too, and
    /// `tensors` (by id) hold these.
    void resume_values(const std::map<std::uint32_t, std::vector<std::uint8_t>>& tensors);

    /// Usable during run() (from the program's observer) and after it.
    double seconds() const;
    const power::Ledger& ledger() const;
    std::vector<power::Inventory> inventories() const;
    Traffic traffic() const;
    std::map<std::string, MemoryUse> memory() const;
    std::map<std::string, std::uint64_t> cycles() const;  ///< by clock domain: accelerator, interconnect, host
    std::uint64_t transactions() const;                   ///< TLM transactions of the run
    std::uint64_t commands() const;                       ///< descriptors executed
    std::uint64_t macs() const;                           ///< of the compute array (and of the host's products)
    std::uint64_t array_cycles() const;                   ///< the array alone, without waiting for data
    double arithmetic_seconds() const;                    ///< wall time inside arithmetic kernels

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// Which place does what on this kind of platform.
workloads::Placement placement(Kind kind);

}  // namespace ulpsim::platform

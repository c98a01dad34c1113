#pragma once
#include <memory>
#include <string>
#include <vector>

#include "models/accelerator/accelerator.hpp"
#include "models/host/cpu.hpp"
#include "models/interconnect/bus.hpp"
#include "models/interconnect/channel.hpp"
#include "models/memory/dram.hpp"
#include "platform/architectures/host_port.hpp"
#include "platform/configuration/platform_config.hpp"
#include "platform/runtime/platform_executor.hpp"

namespace ulpsim::platform {

/// Addresses of the accelerator's bus, the same on all architectures.
inline constexpr std::uint64_t register_address = 0x1000'0000;
inline constexpr std::uint64_t scratchpad_address = 0x2000'0000;
inline constexpr std::uint64_t dram_address = 0x8000'0000;
/// Of the host's bus where it has one: its own DRAM at dram_address, and the accelerator's bus from here on.
inline constexpr std::uint64_t window_address = 0x10'0000'0000;
/// Command ring: the start of the accelerator's DRAM.
inline constexpr std::uint32_t ring_slots = 1024;
inline constexpr std::uint64_t ring_bytes = std::uint64_t{ring_slots} * models::descriptor_bytes;

/// One elaborated platform: modules, the host's port to them, and what its executor must know. Which modules there are
/// and how they are bound is the architecture; no algorithm is here.
struct Architecture {
    virtual ~Architecture() = default;
    virtual models::Cpu& cpu() = 0;
    virtual models::Accelerator* accelerator() { return nullptr; }  ///< none where the host is alone
    virtual models::Dram& dram() = 0;
    virtual models::Dram* host_dram() { return nullptr; }  ///< where the host has its own
    virtual const models::Channel* channel() const { return nullptr; }
    /// Of every component, in the order of the description.
    virtual std::vector<power::Inventory> inventories() = 0;
    virtual std::uint64_t bus_transactions() const = 0;
    virtual HostPort::Addresses host_addresses() const = 0;
    virtual MemoryMap memory_map() const = 0;
};

std::unique_ptr<Architecture> accelerator_only(const PlatformConfig& config, models::Execution& execution,
                                               power::Ledger& ledger);
std::unique_ptr<Architecture> host_accelerator(const PlatformConfig& config, models::Execution& execution,
                                               power::Ledger& ledger);

std::unique_ptr<Architecture> host_only(const PlatformConfig& config, power::Ledger& ledger);

// ---- configuration to parameters, shared by all ---------------------------------------------------------------------
models::AcceleratorParameters accelerator_parameters(const PlatformConfig& config);
models::DramParameters dram_parameters(const DramConfig& config);
models::BusParameters bus_parameters(const InterconnectConfig& config);
ExecutorParameters executor_parameters(const PlatformConfig& config, const MemoryMap& map);

}  // namespace ulpsim::platform

// The host alone, with its memory: what an accelerator has to beat.
//
//     host -- interconnect -- dram (tensors)
#include "platform/architectures/architecture.hpp"

namespace ulpsim::platform {
namespace {

class HostOnly final : public sc_core::sc_module, public Architecture {
public:
    HostOnly(const sc_core::sc_module_name& name, const PlatformConfig& config, power::Ledger& ledger)
        : sc_module(name),
          cpu_("host", models::cpu_model(config.host.model), config.host.clock_mhz, config.host.cores,
               ledger.meter("host")),
          bus_("interconnect", bus_parameters(config.interconnect), ledger.meter("interconnect")),
          dram_("dram", dram_parameters(config.dram), ledger.meter("dram")),
          dram_bytes_(dram_parameters(config.dram).bytes) {
        cpu_.initiator.bind(bus_.target);
        bus_.map({dram_address, dram_address + dram_bytes_});
        bus_.initiator.bind(dram_.target);
    }

    models::Cpu& cpu() override { return cpu_; }
    models::Dram& dram() override { return dram_; }
    std::uint64_t bus_transactions() const override { return bus_.transactions(); }
    std::vector<power::Inventory> inventories() override {
        return {cpu_.inventory(), bus_.inventory(), dram_.inventory()};
    }
    HostPort::Addresses host_addresses() const override { return {}; }
    MemoryMap memory_map() const override {
        return {.host = {dram_address, dram_bytes_, dram_address}, .accelerator = {}, .scratchpad = {}};
    }

private:
    models::Cpu cpu_;
    models::Bus bus_;
    models::Dram dram_;
    std::uint64_t dram_bytes_;
};

}  // namespace

std::unique_ptr<Architecture> host_only(const PlatformConfig& config, power::Ledger& ledger) {
    return std::make_unique<HostOnly>("platform", config, ledger);
}

}  // namespace ulpsim::platform

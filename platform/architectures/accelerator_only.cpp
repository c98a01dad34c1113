// Accelerator only: a small host boots the platform, streams batches into the one DRAM and submits commands.
//
//     host --+                    +-- dram (command ring, tensors)
//            +--- interconnect ---+-- accelerator.registers
//     accelerator dma_in, -+      +-- accelerator.scratchpad
//     dma_out, sequencer --+
#include "platform/architectures/architecture.hpp"

namespace ulpsim::platform {
namespace {

class AcceleratorOnly final : public sc_core::sc_module, public Architecture {
public:
    AcceleratorOnly(const sc_core::sc_module_name& name, const PlatformConfig& config, models::Execution& execution,
                    power::Ledger& ledger)
        : sc_module(name),
          cpu_("host", models::cpu_model(config.host.model), config.host.clock_mhz, config.host.cores,
               ledger.meter("host")),
          bus_("interconnect", bus_parameters(config.interconnect), ledger.meter("interconnect")),
          dram_("dram", dram_parameters(config.dram), ledger.meter("dram")),
          accelerator_("accelerator", accelerator_parameters(config), execution, ledger) {
        cpu_.initiator.bind(bus_.target);
        accelerator_.dma_in.initiator.bind(bus_.target);
        accelerator_.dma_out.initiator.bind(bus_.target);
        accelerator_.sequencer.initiator.bind(bus_.target);
        bus_.map({register_address, register_address + models::Sequencer::register_bytes});
        bus_.initiator.bind(accelerator_.sequencer.registers);
        bus_.map({scratchpad_address, scratchpad_address + accelerator_.scratchpad.size()});
        bus_.initiator.bind(accelerator_.scratchpad.target);
        dram_bytes_ = dram_parameters(config.dram).bytes;
        bus_.map({dram_address, dram_address + dram_bytes_});
        bus_.initiator.bind(dram_.target);
    }

    models::Cpu& cpu() override { return cpu_; }
    models::Accelerator* accelerator() override { return &accelerator_; }
    models::Dram& dram() override { return dram_; }
    std::uint64_t bus_transactions() const override { return bus_.transactions(); }

    std::vector<power::Inventory> inventories() override {
        std::vector<power::Inventory> all{cpu_.inventory(), bus_.inventory(), dram_.inventory()};
        for (power::Inventory& inventory : accelerator_.inventories()) all.push_back(std::move(inventory));
        return all;
    }

    HostPort::Addresses host_addresses() const override { return {register_address, dram_address, ring_slots}; }

    MemoryMap memory_map() const override {
        const std::uint64_t first = dram_address + ring_bytes, bytes = dram_bytes_ - ring_bytes;
        return {.host = {first, 0, first},
                .accelerator = {first, bytes, first},
                .scratchpad = {scratchpad_address, accelerator_.scratchpad.size(), scratchpad_address}};
    }

private:
    models::Cpu cpu_;
    models::Bus bus_;
    models::Dram dram_;
    models::Accelerator accelerator_;
    std::uint64_t dram_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Architecture> accelerator_only(const PlatformConfig& config, models::Execution& execution,
                                               power::Ledger& ledger) {
    return std::make_unique<AcceleratorOnly>("platform", config, execution, ledger);
}

}  // namespace ulpsim::platform

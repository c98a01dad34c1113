// Host plus accelerator: two memory systems joined by an off-chip channel. The host reaches the accelerator's bus
// through a window of its own address space; nothing on the accelerator's side reaches the host's memory.
//
//     host -- host_interconnect --+-- host_dram
//                                 +-- channel -- interconnect --+-- dram (command ring, tensors)
//                 accelerator dma_in, dma_out, sequencer -------+-- accelerator.registers, accelerator.scratchpad
#include "platform/architectures/architecture.hpp"

namespace ulpsim::platform {
namespace {

class HostAccelerator final : public sc_core::sc_module, public Architecture {
public:
    HostAccelerator(const sc_core::sc_module_name& name, const PlatformConfig& config, models::Execution& execution,
                    power::Ledger& ledger)
        : sc_module(name),
          cpu_("host", models::cpu_model(config.host.model), config.host.clock_mhz, config.host.cores,
               ledger.meter("host")),
          host_bus_("host_interconnect", bus_parameters(config.interconnect), ledger.meter("host_interconnect")),
          host_dram_("host_dram", dram_parameters(config.host_dram), ledger.meter("host_dram")),
          channel_("channel", models::channel_timing(config.channel.model), ledger.meter("channel")),
          bus_("interconnect", bus_parameters(config.interconnect), ledger.meter("interconnect")),
          dram_("dram", dram_parameters(config.dram), ledger.meter("dram")),
          accelerator_("accelerator", accelerator_parameters(config), execution, ledger),
          host_dram_bytes_(dram_parameters(config.host_dram).bytes),
          dram_bytes_(dram_parameters(config.dram).bytes) {
        cpu_.initiator.bind(host_bus_.target);
        host_bus_.map({dram_address, dram_address + host_dram_bytes_});
        host_bus_.initiator.bind(host_dram_.target);
        host_bus_.map({window_address, window_address + dram_address + dram_bytes_});
        host_bus_.initiator.bind(channel_.target);

        channel_.initiator.bind(bus_.target);
        accelerator_.dma_in.initiator.bind(bus_.target);
        accelerator_.dma_out.initiator.bind(bus_.target);
        accelerator_.sequencer.initiator.bind(bus_.target);
        bus_.map({register_address, register_address + models::Sequencer::register_bytes});
        bus_.initiator.bind(accelerator_.sequencer.registers);
        bus_.map({scratchpad_address, scratchpad_address + accelerator_.scratchpad.size()});
        bus_.initiator.bind(accelerator_.scratchpad.target);
        bus_.map({dram_address, dram_address + dram_bytes_});
        bus_.initiator.bind(dram_.target);
    }

    models::Cpu& cpu() override { return cpu_; }
    models::Accelerator* accelerator() override { return &accelerator_; }
    models::Dram& dram() override { return dram_; }
    models::Dram* host_dram() override { return &host_dram_; }
    const models::Channel* channel() const override { return &channel_; }
    std::uint64_t bus_transactions() const override { return host_bus_.transactions() + bus_.transactions(); }

    std::vector<power::Inventory> inventories() override {
        std::vector<power::Inventory> all{cpu_.inventory(),     host_bus_.inventory(), host_dram_.inventory(),
                                          channel_.inventory(), bus_.inventory(),      dram_.inventory()};
        for (power::Inventory& inventory : accelerator_.inventories()) all.push_back(std::move(inventory));
        return all;
    }

    HostPort::Addresses host_addresses() const override {
        return {window_address + register_address, window_address + dram_address, ring_slots};
    }

    MemoryMap memory_map() const override {
        const std::uint64_t device = dram_address + ring_bytes;
        return {
            .host = {dram_address, host_dram_bytes_, dram_address},
            .accelerator = {window_address + device, dram_bytes_ - ring_bytes, device},
            .scratchpad = {window_address + scratchpad_address, accelerator_.scratchpad.size(), scratchpad_address}};
    }

private:
    models::Cpu cpu_;
    models::Bus host_bus_;
    models::Dram host_dram_;
    models::Channel channel_;
    models::Bus bus_;
    models::Dram dram_;
    models::Accelerator accelerator_;
    std::uint64_t host_dram_bytes_, dram_bytes_;
};

}  // namespace

std::unique_ptr<Architecture> host_accelerator(const PlatformConfig& config, models::Execution& execution,
                                               power::Ledger& ledger) {
    return std::make_unique<HostAccelerator>("platform", config, execution, ledger);
}

}  // namespace ulpsim::platform

#pragma once
#include "models/accelerator/accelerator.hpp"
#include "models/host/cpu.hpp"
#include "platform/runtime/machine.hpp"

namespace ulpsim::platform {

/// The Machine that platforms of any kind give to the runtime: a host CPU and, where there is an accelerator, its command
/// ring and registers, wherever the architecture has put them in the host's address space.
class HostPort final : public Machine {
public:
    struct Addresses {
        std::uint64_t registers = 0;  ///< of the sequencer, as the host sees them
        std::uint64_t ring = 0;       ///< of the command ring, as the host sees it
        std::uint32_t ring_slots = 0;
    };
    /// `accelerator`: null where there is none; nothing can be submitted then.
    HostPort(models::Cpu& cpu, models::Accelerator* accelerator, const models::Execution& execution,
             power::Ledger& ledger, const Addresses& addresses);

    power::Tag tag(std::string_view phase, std::string_view layer) override { return ledger_.tag(phase, layer); }
    void work(const models::CpuWork& work, power::Tag tag) override;
    void control(std::uint64_t cycles, power::Tag tag) override;
    void read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes, power::Tag tag) override;
    void write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes, power::Tag tag) override;
    void debug_read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes) override;
    void debug_write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes) override;
    void submit(std::span<const models::Command> commands, power::Tag tag) override;
    void load(std::uint64_t address, std::span<const models::Command> commands, power::Tag tag) override;
    void wait(const models::Tokens& tokens, power::Tag tag) override;

private:
    void debug(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::uint64_t bytes);
    void advance(power::Tag tag);
    void encode(std::span<const models::Command> commands);

    models::Cpu& cpu_;
    models::Accelerator* accelerator_;
    const models::Execution& execution_;
    power::Ledger& ledger_;
    Addresses addresses_;
    std::uint32_t submitted_ = 0;
    std::vector<std::uint8_t> descriptors_;
};

}  // namespace ulpsim::platform

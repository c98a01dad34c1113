#include "platform/architectures/simulation.hpp"

#include <cmath>
#include <cstdlib>

#include "platform/architectures/architecture.hpp"

// SystemC's library refers to it; the program has its own main and elaborates in Simulation's constructor.
int sc_main(int, char*[]) __attribute__((weak));
int sc_main(int, char*[]) { return 0; }

namespace ulpsim::platform {

namespace {

std::unique_ptr<Architecture> architecture(const PlatformConfig& config, models::Execution& execution,
                                           power::Ledger& ledger) {
    if (config.kind == Kind::accelerator_only) return accelerator_only(config, execution, ledger);
    if (config.kind == Kind::host_accelerator) return host_accelerator(config, execution, ledger);
    return host_only(config, ledger);
}

}  // namespace

struct Simulation::Parts {
    PlatformConfig config;
    models::Execution execution;
    power::Ledger ledger;
    std::unique_ptr<Architecture> architecture;
    std::unique_ptr<HostPort> port;
    std::unique_ptr<PlatformExecutor> executor;

    void settle() {
        const std::uint64_t now = models::picoseconds(sc_core::sc_time_stamp());
        architecture->dram().finish(now);
        if (models::Accelerator* accelerator = architecture->accelerator()) accelerator->scratchpad.finish(now);
        if (models::Dram* host = architecture->host_dram()) host->finish(now);
    }
};

Simulation::Simulation(const PlatformConfig& config, const SimulationOptions& options)
    : parts_(std::make_unique<Parts>()) {
    check(config);
    // The copyright banner goes to standard error at the first use of the kernel.
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    Parts& m = *parts_;
    m.config = config;
    m.execution.seed = options.seed;
    m.execution.threads = options.threads;
    m.execution.values = options.values;
    m.architecture = architecture(config, m.execution, m.ledger);
    m.port = std::make_unique<HostPort>(m.architecture->cpu(), m.architecture->accelerator(), m.execution, m.ledger,
                                        m.architecture->host_addresses());
    m.executor = std::make_unique<PlatformExecutor>(*m.port, m.execution,
                                                    executor_parameters(config, m.architecture->memory_map()));
}

Simulation::~Simulation() = default;

void Simulation::run(const std::function<void(workloads::Executor&)>& program) {
    Parts& m = *parts_;
    m.architecture->cpu().set_program([&] {
        program(*m.executor);
        m.executor->wait("other");
    });
    sc_core::sc_start();
    m.architecture->cpu().rethrow();
    if (const models::Accelerator* accelerator = m.architecture->accelerator()) accelerator->rethrow();
    m.ledger.advance(models::picoseconds(sc_core::sc_time_stamp()), m.ledger.tag("other", "-"));
}

void Simulation::resume_values(const std::map<std::uint32_t, std::vector<std::uint8_t>>& tensors) {
    parts_->execution.values = true;
    for (const auto& [id, bytes] : tensors) parts_->executor->poke(id, bytes);
}

double Simulation::seconds() const { return sc_core::sc_time_stamp().to_seconds(); }

const power::Ledger& Simulation::ledger() const {
    parts_->settle();
    return parts_->ledger;
}

std::vector<power::Inventory> Simulation::inventories() const { return parts_->architecture->inventories(); }

Traffic Simulation::traffic() const {
    Architecture& a = *parts_->architecture;
    Traffic traffic{.dram_read_bytes = a.dram().bytes_read(), .dram_write_bytes = a.dram().bytes_written()};
    if (const models::Dram* host = a.host_dram()) {
        traffic.dram_read_bytes += host->bytes_read();
        traffic.dram_write_bytes += host->bytes_written();
    }
    if (const models::Channel* channel = a.channel()) {
        traffic.channel_bytes = channel->payload_bytes();
        traffic.channel_messages = channel->messages();
    }
    return traffic;
}

std::map<std::string, MemoryUse> Simulation::memory() const {
    const Parts& m = *parts_;
    const Allocator &accelerator = m.executor->accelerator_memory(), &host = m.executor->host_memory();
    std::map<std::string, MemoryUse> use;
    if (m.config.kind == Kind::host_only) {
        use["dram"] = {host.capacity(), host.peak()};
        return use;
    }
    use["dram"] = {accelerator.capacity() + ring_bytes, accelerator.peak() + ring_bytes};
    if (m.config.kind == Kind::host_accelerator) use["host_dram"] = {host.capacity(), host.peak()};
    const models::AcceleratorParameters parameters = accelerator_parameters(m.config);
    use["scratchpad"] = {parameters.scratchpad_bytes, m.executor->scratchpad_peak()};
    return use;
}

std::map<std::string, std::uint64_t> Simulation::cycles() const {
    const PlatformConfig& c = parts_->config;
    const auto at = [&](double mhz) { return static_cast<std::uint64_t>(std::llround(seconds() * mhz * 1e6)); };
    std::map<std::string, std::uint64_t> cycles{{"host", at(c.host.clock_mhz)},
                                                {"interconnect", at(c.interconnect.clock_mhz)}};
    if (c.kind != Kind::host_only) cycles["accelerator"] = at(c.accelerator.clock_mhz);
    return cycles;
}

std::uint64_t Simulation::transactions() const { return parts_->architecture->bus_transactions(); }

std::uint64_t Simulation::commands() const {
    std::uint64_t sum = 0;
    if (const models::Accelerator* accelerator = parts_->architecture->accelerator())
        for (const std::uint32_t count : accelerator->retirement.count) sum += count;
    return sum;
}

std::uint64_t Simulation::macs() const { return parts_->execution.macs; }
std::uint64_t Simulation::array_cycles() const {
    const models::Accelerator* accelerator = parts_->architecture->accelerator();
    return accelerator == nullptr ? 0 : accelerator->array.cycles();
}
double Simulation::arithmetic_seconds() const { return parts_->execution.arithmetic_seconds; }

workloads::Placement placement(Kind kind) {
    using workloads::Place;
    if (kind == Kind::accelerator_only) return {};
    return {.loss = Place::host,
            .update = Place::host,
            .steps = kind == Kind::host_only ? Place::host : Place::accelerator};
}

}  // namespace ulpsim::platform

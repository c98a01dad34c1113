// From the configuration's structs to the parameters of modules and runtime.
#include <algorithm>

#include "platform/architectures/architecture.hpp"

namespace ulpsim::platform {

models::AcceleratorParameters accelerator_parameters(const PlatformConfig& config) {
    const AcceleratorConfig& a = config.accelerator;
    return {
        .clock_mhz = a.clock_mhz,
        .array = {.rows = a.array.rows,
                  .columns = a.array.columns,
                  .dataflow = a.array.dataflow,
                  .overlap_drain = a.array.overlap_drain,
                  .double_buffered_weights = a.array.double_buffered_weights},
        .vector_lanes = a.vector_unit.lanes,
        .expansion = {.lanes = a.expansion_unit.lanes,
                      .base = a.expansion_unit.base,
                      .max_terms = a.expansion_unit.max_terms,
                      .twosum = a.expansion_unit.twosum},
        .scratchpad_bytes = a.scratchpad.size_kib * 1024,
        .scratchpad_banks = a.scratchpad.banks,
        .max_outstanding = a.dma.max_outstanding,
        .bus_width_bits = config.interconnect.width_bits,
        .bus_clock_mhz = config.interconnect.clock_mhz,
        .operators = a.operators,
        .ring_address = dram_address,
        .ring_slots = ring_slots,
    };
}

models::DramParameters dram_parameters(const DramConfig& config) {
    return {.timing = models::dram_timing(config.model),
            .channels = config.channels,
            .bytes = config.size_mib * 1024 * 1024};
}

models::BusParameters bus_parameters(const InterconnectConfig& config) {
    return {.width_bits = config.width_bits, .clock_mhz = config.clock_mhz};
}

ExecutorParameters executor_parameters(const PlatformConfig& config, const MemoryMap& map) {
    const models::AcceleratorParameters accelerator = accelerator_parameters(config);
    const double bus = config.interconnect.width_bits / 8.0 * config.interconnect.clock_mhz * 1e6;
    const double dram = models::dram_timing(config.dram.model).peak_bytes_per_second() * config.dram.channels;
    return {
        .memory = map,
        .shared_memory = config.kind == Kind::accelerator_only,
        .tiling = {.array = accelerator.array,
                   .clock_mhz = accelerator.clock_mhz,
                   .bytes_per_second = std::min(bus, dram),
                   .vector_lanes = accelerator.vector_lanes},
        .resident_bytes = config.accelerator.scratchpad.resident_kib * 1024,
        .scratchpad_bytes = accelerator.scratchpad_bytes,
        .double_buffer = config.accelerator.scratchpad.double_buffer,
        .host_cache_bytes = config.host.cache_kib * 1024,
    };
}

}  // namespace ulpsim::platform

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/accelerator/parameters.hpp"
#include "models/arithmetic/format.hpp"

namespace ulpsim::platform {

enum class Kind : std::uint8_t { accelerator_only, host_accelerator, host_only };
using models::Dataflow;
using models::TwoSum;

struct HostConfig {
    std::string model = "cortex_m7";
    double clock_mhz = 400;
    unsigned cores = 1;
    std::uint64_t cache_kib = 0;  ///< last level of its caches, for operands of whole operations; 0: none of them stays
};
/// The accelerator's bus, and on host_accelerator the host's own as well.
struct InterconnectConfig {
    unsigned width_bits = 128;  ///< 32..1024, a power of two
    double clock_mhz = 500;
};
struct DramConfig {
    std::string model = "lpddr4_3200";
    unsigned channels = 1;
    std::uint64_t size_mib = 512;
};
struct ChannelConfig {
    std::string model = "pcie3_x1";
};
struct ArrayConfig {
    unsigned rows = 32, columns = 32;
    Dataflow dataflow = Dataflow::output_stationary;
    bool overlap_drain = false;
    bool double_buffered_weights = false;
};
struct VectorUnitConfig {
    unsigned lanes = 16;
};
struct ScratchpadConfig {
    std::uint64_t size_kib = 512;
    unsigned banks = 16;
    std::uint64_t resident_kib = 0;  ///< part that holds tensors for the whole run; the rest is for tiles
    bool double_buffer = true;       ///< the next tile loads while one is computed on; false: one after the other
};
struct DmaConfig {
    unsigned max_outstanding = 16;
};
struct ExpansionUnitConfig {
    unsigned lanes = 0;  ///< 0: the accelerator has none, and no expansion can be worked on
    arithmetic::Format base = arithmetic::bf16;
    unsigned max_terms = 3;
    TwoSum twosum = TwoSum::dedicated;
};
struct AcceleratorConfig {
    double clock_mhz = 500;
    ArrayConfig array;
    VectorUnitConfig vector_unit;
    ScratchpadConfig scratchpad;
    DmaConfig dma;
    std::vector<arithmetic::Format> operators;  ///< what the multipliers support
    ExpansionUnitConfig expansion_unit;
};

/// A platform, as the scenario's `platform:` section says it.
struct PlatformConfig {
    Kind kind = Kind::accelerator_only;
    std::string technology = "asic28";
    HostConfig host;
    InterconnectConfig interconnect;
    DramConfig dram;
    DramConfig host_dram;           ///< host_accelerator only
    ChannelConfig channel;          ///< host_accelerator only
    AcceleratorConfig accelerator;  ///< none with host_only
};

/// Throws Error "KEY is VALUE; allowed: ..." with the key path below `platform`.
void check(const PlatformConfig& config);

/// As scenario files write them, in the order of Kind.
const std::vector<std::string>& kind_names();
std::vector<std::string> host_models();
std::vector<std::string> dram_models();
std::vector<std::string> channel_models();

}  // namespace ulpsim::platform

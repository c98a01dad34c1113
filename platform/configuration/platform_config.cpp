#include "platform/configuration/platform_config.hpp"

#include <cmath>
#include <sstream>

#include "models/arithmetic/error.hpp"
#include "models/host/work.hpp"
#include "models/interconnect/channel.hpp"
#include "models/memory/dram_timing.hpp"

namespace ulpsim::platform {
namespace {

template <class Value>
[[noreturn]] void refuse(const std::string& key, const Value& value, const std::string& allowed) {
    std::ostringstream text;
    text << "platform." << key << " is " << value << "; allowed: " << allowed;
    throw Error(text.str());
}

template <class Value>
void range(const std::string& key, Value value, Value low, Value high) {
    if (value >= low && value <= high) return;
    std::ostringstream allowed;
    allowed << low << " to " << high;
    refuse(key, value, allowed.str());
}

void one_of(const std::string& key, const std::string& value, const std::vector<std::string>& names) {
    std::string allowed;
    for (const std::string& name : names) {
        if (name == value) return;
        allowed += (allowed.empty() ? "" : ", ") + name;
    }
    refuse(key, value, allowed);
}

void power_of_two(const std::string& key, unsigned value, unsigned low, unsigned high) {
    if (value >= low && value <= high && (value & (value - 1)) == 0) return;
    refuse(key, value, "powers of two from " + std::to_string(low) + " to " + std::to_string(high));
}

void check_dram(const std::string& key, const DramConfig& dram) {
    one_of(key + ".model", dram.model, dram_models());
    range(key + ".channels", dram.channels, 1U, 16U);
    range<std::uint64_t>(key + ".size_mib", dram.size_mib, 1, 65536);
}

void check_accelerator(const AcceleratorConfig& a) {
    const std::string key = "accelerator.";
    range(key + "clock_mhz", a.clock_mhz, 1.0, 5000.0);
    range(key + "array.rows", a.array.rows, 1U, 1024U);
    range(key + "array.cols", a.array.columns, 1U, 1024U);
    range(key + "vector_unit.lanes", a.vector_unit.lanes, 1U, 4096U);
    range<std::uint64_t>(key + "scratchpad.size_kib", a.scratchpad.size_kib, 16, 65536);
    range(key + "scratchpad.banks", a.scratchpad.banks, 1U, 256U);
    if (a.scratchpad.resident_kib > a.scratchpad.size_kib - 16) {
        refuse(key + "scratchpad.resident_kib", a.scratchpad.resident_kib,
               "0 to " + std::to_string(a.scratchpad.size_kib - 16) + ", 16 KiB below size_kib");
    }
    range(key + "dma.max_outstanding", a.dma.max_outstanding, 1U, 256U);
    if (a.operators.empty()) refuse(key + "operators", "empty", "a list of formats");
    for (const arithmetic::Format& format : a.operators) {
        if (format.is_expansion()) refuse(key + "operators", name(format), "formats without exp()");
    }
    range(key + "expansion_unit.lanes", a.expansion_unit.lanes, 0U, 4096U);
    range(key + "expansion_unit.max_terms", a.expansion_unit.max_terms, 2U, 4U);
    const arithmetic::Format& base = a.expansion_unit.base;
    if (base.is_expansion() || base.saturate || !base.subnormals) {
        refuse(key + "expansion_unit.base", name(base), "formats without exp(), :sat and :nosub");
    }
}

}  // namespace

const std::vector<std::string>& kind_names() {
    static const std::vector<std::string> names{"accelerator_only", "host_accelerator", "host_only"};
    return names;
}
std::vector<std::string> host_models() { return models::cpu_model_names(); }
std::vector<std::string> dram_models() { return models::dram_timing_names(); }
std::vector<std::string> channel_models() { return models::channel_timing_names(); }

void check(const PlatformConfig& config) {
    one_of("host.model", config.host.model, host_models());
    range("host.clock_mhz", config.host.clock_mhz, 1.0, 5000.0);
    range("host.cores", config.host.cores, 1U, 64U);
    range<std::uint64_t>("host.cache_kib", config.host.cache_kib, 0, 65536);
    power_of_two("interconnect.width_bits", config.interconnect.width_bits, 32, 1024);
    range("interconnect.clock_mhz", config.interconnect.clock_mhz, 1.0, 5000.0);
    check_dram("dram", config.dram);
    if (config.kind == Kind::host_accelerator) {
        check_dram("host_dram", config.host_dram);
        one_of("channel.model", config.channel.model, channel_models());
    }
    if (config.kind != Kind::host_only) check_accelerator(config.accelerator);
}

}  // namespace ulpsim::platform

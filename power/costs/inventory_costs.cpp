#include "power/costs/costs.hpp"
#include "power/costs/model_lookup.hpp"
#include "power/costs/sram.hpp"

namespace ulpsim::power {
namespace {

constexpr double um2_per_mm2 = 1e6;

Area logic_area(const Technology& technology, const Inventory& inventory) {
    Area sum = square_micrometres(technology.logic.register_area_um2_per_bit.value *
                                  static_cast<double>(inventory.register_bits));
    for (const auto& [operation, count] : inventory.operators)
        sum += static_cast<double>(count) * area(technology, operation);
    return sum;
}

double sram_kib(const Inventory& inventory) {
    double kib = 0;
    for (const auto& sram : inventory.srams) kib += static_cast<double>(sram.bank_kib) * sram.banks;
    return kib;
}

}  // namespace

Area area(const Technology& technology, const Inventory& inventory) {
    Area sum = logic_area(technology, inventory);
    for (const auto& sram : inventory.srams)
        sum += square_micrometres(um2_per_mm2 * sram.banks *
                                  sram_bank(technology.sram, sram.bank_kib, sram.word_bits).area_mm2);
    double mm2 = 0;
    if (!inventory.dram_model.empty())
        mm2 += inventory.dram_channels *
               find_model(technology.dram, "dram", inventory.dram_model).controller_area_mm2.value;
    if (!inventory.channel_model.empty())
        mm2 += find_model(technology.channel, "channel", inventory.channel_model).area_mm2.value;
    if (!inventory.host_model.empty())
        mm2 += inventory.host_cores * find_model(technology.host, "host", inventory.host_model).area_mm2.value;
    return sum + square_micrometres(um2_per_mm2 * mm2);
}

Power static_power(const Technology& technology, const Inventory& inventory) {
    const double logic_um2 = logic_area(technology, inventory) / square_micrometres(1);
    double uw = technology.logic.leakage_uw_per_um2.value * logic_um2 +
                technology.sram.leakage_uw_per_kib.value * sram_kib(inventory);
    if (!inventory.dram_model.empty())
        uw +=
            1000 * inventory.dram_channels * find_model(technology.dram, "dram", inventory.dram_model).standby_mw.value;
    if (!inventory.channel_model.empty())
        uw += 1000 * find_model(technology.channel, "channel", inventory.channel_model).idle_mw.value;
    if (!inventory.host_model.empty()) {
        const HostModel& host = find_model(technology.host, "host", inventory.host_model);
        uw += host.active_uw_per_mhz.value * host.idle_fraction.value * inventory.host_clock_mhz * inventory.host_cores;
    }
    return microwatts(uw);
}

Energy clock_energy(const Technology& technology, const Inventory& inventory) {
    return picojoules(technology.logic.register_energy_pj_per_bit.value * technology.logic.clock_tree_factor.value *
                      static_cast<double>(inventory.register_bits));
}

Group static_group(const Inventory& inventory) {
    if (!inventory.dram_model.empty()) return Group::dram;
    if (!inventory.channel_model.empty()) return Group::channel;
    if (!inventory.host_model.empty()) return Group::host;
    return inventory.srams.empty() ? Group::logic : Group::sram;
}

}  // namespace ulpsim::power

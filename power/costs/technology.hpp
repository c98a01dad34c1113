#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "power/ledger/operation.hpp"

namespace ulpsim::power {

/// A figure with where it comes from ("assumed" and "from memory" are sources too).
struct Figure {
    double value = 0;
    std::string source;
};

struct Uncertainty {
    double low = 1, nominal = 1, high = 1;
};

/// Features of an operator times these coefficients (facts: power 1.2).
struct LogicModel {
    Figure energy_fa_pj, energy_cp_pj, energy_sh_pj;
    Figure area_fa_um2, area_cp_um2, area_sh_um2, area_ex_um2;
    Figure energy_scale_integer, energy_scale_float;  ///< to this technology's node and calibration
    Figure area_scale_integer, area_scale_float;
    Figure register_energy_pj_per_bit, register_area_um2_per_bit;
    Figure leakage_uw_per_um2;
    Figure subnormal_area_factor;
    Figure two_sum_area_base, two_sum_area_per_bit, two_sum_energy_factor;  ///< dedicated 2Sum against one adder
};

struct SramPoint {
    double kib = 0;
    double read_pj = 0, write_pj = 0, area_mm2 = 0;  ///< of a 64-bit access, of the bank
};
struct SramModel {
    std::vector<SramPoint> points;  ///< ascending; interpolated in log(kib)
    std::string source;
    Figure leakage_uw_per_kib;
};

struct DramModel {
    Figure read_pj_per_bit, write_pj_per_bit, activate_nj, refresh_nj, standby_mw;  ///< a channel
};
struct ChannelModel {
    Figure energy_pj_per_bit, message_nj, idle_mw;
};
struct HostModel {
    Figure active_uw_per_mhz;  ///< a core at this technology's voltage
    Figure idle_fraction;      ///< of the active power while waiting
    Figure area_mm2;           ///< a core
};

/// What operations cost at one node. Read from power/technologies/NAME.yaml.
struct Technology {
    std::string name;
    double node_nm = 0, voltage_v = 0, temperature_c = 0;
    std::array<Uncertainty, group_count> uncertainty;  ///< indexed by Group
    LogicModel logic;
    SramModel sram;
    Figure wire_pj_per_bit_mm, bus_length_mm;
    std::map<std::string, DramModel> dram;
    std::map<std::string, ChannelModel> channel;
    std::map<std::string, HostModel> host;
};

/// Throws Error naming key, what is wrong and what is allowed (a figure without a source, a negative cost, ...).
void check(const Technology& technology);

}  // namespace ulpsim::power

#pragma once
#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "power/ledger/operation.hpp"

namespace ulpsim::power {

/// A figure with where it comes from ("assumed" and "from memory" are sources too).
struct Figure {
    double value = 0;
    std::string source;
    friend bool operator==(const Figure&, const Figure&) = default;
};

/// Factors on every energy of a group; costs are given at nominal, which is 1.
struct Uncertainty {
    double low = 1, nominal = 1, high = 1;
    std::string source;
    friend bool operator==(const Uncertainty&, const Uncertainty&) = default;
};

/// Operators: features (full adders FA, carry bits CP, shifter bit-stages SH, exponent bits EX; operator_features.hpp)
/// times these coefficients, times the scale of the kind of operator.
struct LogicModel {
    Figure energy_fa_pj, energy_cp_pj, energy_sh_pj;  ///< E0: glitch-free, at the fit's node and voltage
    Figure energy_scale_integer, energy_scale_float;  ///< from there to this technology
    Figure area_fa_um2, area_cp_um2, area_sh_um2, area_ex_um2;
    Figure area_scale_integer, area_scale_float;  ///< float: with the operator's own pipeline registers

    Figure register_energy_pj_per_bit, register_area_um2_per_bit;  ///< one bit clocked once
    Figure clock_tree_factor;  ///< energy of registers with the tree that clocks them, over the registers alone
    Figure leakage_uw_per_um2;

    /// What subnormals multiply an operator's cost by.
    Figure subnormal_multiply_energy_factor, subnormal_multiply_area_factor;
    Figure subnormal_add_energy_factor, subnormal_add_area_factor;
    Figure subnormal_mac_energy_factor, subnormal_mac_area_factor;

    /// Dedicated 2Sum against one adder of its format: area (base + per_bit * precision), energy factor.
    Figure two_sum_area_base, two_sum_area_per_bit, two_sum_energy_factor;
    Figure divide_energy_factor;  ///< against one multiplication of its format
    /// exp, log: base + precision / bits_per_fma fused multiply-adds of their format.
    Figure elementary_fma_base, elementary_bits_per_fma;
    Figure compare_energy_pj_per_bit, compare_area_um2_per_bit;
    Figure random_energy_pj_per_bit;  ///< a bit of the counter-based generator
    Figure random_area_um2_per_bit;   ///< of a generator, for each bit that it delivers a cycle
    Figure descriptor_energy_pj, descriptor_area_um2;
};

/// Delay of an unpipelined operator in ns at the fit's node; X, p: exponent and significand bits.
struct DelayModel {
    Figure multiply_constant_ns, multiply_per_exponent_bit_ns, multiply_per_log_precision_ns,
        multiply_per_precision_bit_ns;
    Figure add_constant_ns, add_per_exponent_bit_ns, add_per_log_width_ns;    ///< width: p + 4
    Figure mac_constant_ns, mac_per_precision_bit_ns, mac_per_log_window_ns;  ///< window: max(2 p, accumulator's p) + 3
    /// int and fix: linear in the bits; a multiply-accumulate overlaps with its addition.
    Figure integer_add_constant_ns, integer_add_per_bit_ns, integer_multiply_constant_ns, integer_multiply_per_bit_ns,
        integer_mac_overlap_ns;
    Figure two_sum_factor;  ///< dedicated, against an adder
    Figure scale;           ///< to this technology
};

struct SramPoint {
    double kib = 0;
    double read_pj = 0, write_pj = 0, area_mm2 = 0;  ///< of a 64-bit access, of the bank
    friend bool operator==(const SramPoint&, const SramPoint&) = default;
};
/// Banks of one port. An access of b bits costs (fixed + per_bit b) / (fixed + per_bit 64) of the 64-bit one.
struct SramModel {
    std::vector<SramPoint> points;  ///< ascending; interpolated in log(kib)
    std::string source;
    Figure leakage_uw_per_kib;
    Figure read_width_fixed, read_width_per_bit, write_width_fixed, write_width_per_bit;
};

struct WireModel {
    Figure energy_pj_per_bit_mm;
    Figure bus_length_mm;  ///< from the bus's masters to its memories
};

struct DramModel {
    Figure read_pj_per_bit, write_pj_per_bit, activate_nj, refresh_nj, standby_mw;  ///< a channel
    Figure controller_area_mm2;  ///< controller and PHY on the chip, a channel; the DRAM itself is not chip area
};
struct ChannelModel {
    Figure energy_pj_per_bit;  ///< on the wire, both ends
    Figure message_nj, idle_mw;
    Figure area_mm2;  ///< both ends
};
struct HostModel {
    Figure active_uw_per_mhz;  ///< a busy core at this technology's voltage
    Figure idle_fraction;      ///< of the active power, drawn whether busy or not
    Figure area_mm2;           ///< a core
};

/// What operations cost at one node. Read from power/technologies/NAME.yaml, whose keys are the names of these fields.
struct Technology {
    std::string name;
    double node_nm = 0, voltage_v = 0, temperature_c = 0;
    std::array<Uncertainty, group_count> uncertainty;  ///< indexed by Group
    LogicModel logic;
    DelayModel delay;
    SramModel sram;
    WireModel wire;
    std::map<std::string, DramModel> dram;
    std::map<std::string, ChannelModel> channel;
    std::map<std::string, HostModel> host;
};

/// The figures of a section by name, so that a reader, a check or a comparison is one loop.
template <class Model>
struct FigureField {
    std::string_view name;
    Figure Model::*figure;
};
std::span<const FigureField<LogicModel>> figure_fields(const LogicModel&);
std::span<const FigureField<DelayModel>> figure_fields(const DelayModel&);
std::span<const FigureField<SramModel>> figure_fields(const SramModel&);
std::span<const FigureField<WireModel>> figure_fields(const WireModel&);
std::span<const FigureField<DramModel>> figure_fields(const DramModel&);
std::span<const FigureField<ChannelModel>> figure_fields(const ChannelModel&);
std::span<const FigureField<HostModel>> figure_fields(const HostModel&);

/// Throws Error "KEY is VALUE; allowed: ..." (a figure without a source, a negative cost, points out of order, ...).
void check(const Technology& technology);

}  // namespace ulpsim::power

#include "power/costs/technology.hpp"

// The names of the figures, once: a reader, check() and comparisons loop over these tables.

#define ULPSIM_FIGURE(Model, field) \
    FigureField<Model> { #field, &Model::field }

namespace ulpsim::power {

std::span<const FigureField<LogicModel>> figure_fields(const LogicModel&) {
    using M = LogicModel;
    static constexpr FigureField<M> fields[] = {
        ULPSIM_FIGURE(M, energy_fa_pj),
        ULPSIM_FIGURE(M, energy_cp_pj),
        ULPSIM_FIGURE(M, energy_sh_pj),
        ULPSIM_FIGURE(M, energy_scale_integer),
        ULPSIM_FIGURE(M, energy_scale_float),
        ULPSIM_FIGURE(M, area_fa_um2),
        ULPSIM_FIGURE(M, area_cp_um2),
        ULPSIM_FIGURE(M, area_sh_um2),
        ULPSIM_FIGURE(M, area_ex_um2),
        ULPSIM_FIGURE(M, area_scale_integer),
        ULPSIM_FIGURE(M, area_scale_float),
        ULPSIM_FIGURE(M, register_energy_pj_per_bit),
        ULPSIM_FIGURE(M, register_area_um2_per_bit),
        ULPSIM_FIGURE(M, clock_tree_factor),
        ULPSIM_FIGURE(M, leakage_uw_per_um2),
        ULPSIM_FIGURE(M, subnormal_multiply_energy_factor),
        ULPSIM_FIGURE(M, subnormal_multiply_area_factor),
        ULPSIM_FIGURE(M, subnormal_add_energy_factor),
        ULPSIM_FIGURE(M, subnormal_add_area_factor),
        ULPSIM_FIGURE(M, subnormal_mac_energy_factor),
        ULPSIM_FIGURE(M, subnormal_mac_area_factor),
        ULPSIM_FIGURE(M, two_sum_area_base),
        ULPSIM_FIGURE(M, two_sum_area_per_bit),
        ULPSIM_FIGURE(M, two_sum_energy_factor),
        ULPSIM_FIGURE(M, divide_energy_factor),
        ULPSIM_FIGURE(M, elementary_fma_base),
        ULPSIM_FIGURE(M, elementary_bits_per_fma),
        ULPSIM_FIGURE(M, compare_energy_pj_per_bit),
        ULPSIM_FIGURE(M, compare_area_um2_per_bit),
        ULPSIM_FIGURE(M, random_energy_pj_per_bit),
        ULPSIM_FIGURE(M, random_area_um2_per_bit),
        ULPSIM_FIGURE(M, descriptor_energy_pj),
        ULPSIM_FIGURE(M, descriptor_area_um2),
    };
    return fields;
}

std::span<const FigureField<DelayModel>> figure_fields(const DelayModel&) {
    using M = DelayModel;
    static constexpr FigureField<M> fields[] = {
        ULPSIM_FIGURE(M, multiply_constant_ns),
        ULPSIM_FIGURE(M, multiply_per_exponent_bit_ns),
        ULPSIM_FIGURE(M, multiply_per_log_precision_ns),
        ULPSIM_FIGURE(M, multiply_per_precision_bit_ns),
        ULPSIM_FIGURE(M, add_constant_ns),
        ULPSIM_FIGURE(M, add_per_exponent_bit_ns),
        ULPSIM_FIGURE(M, add_per_log_width_ns),
        ULPSIM_FIGURE(M, mac_constant_ns),
        ULPSIM_FIGURE(M, mac_per_precision_bit_ns),
        ULPSIM_FIGURE(M, mac_per_log_window_ns),
        ULPSIM_FIGURE(M, integer_add_constant_ns),
        ULPSIM_FIGURE(M, integer_add_per_bit_ns),
        ULPSIM_FIGURE(M, integer_multiply_constant_ns),
        ULPSIM_FIGURE(M, integer_multiply_per_bit_ns),
        ULPSIM_FIGURE(M, integer_mac_overlap_ns),
        ULPSIM_FIGURE(M, two_sum_factor),
        ULPSIM_FIGURE(M, scale),
    };
    return fields;
}

std::span<const FigureField<SramModel>> figure_fields(const SramModel&) {
    using M = SramModel;
    static constexpr FigureField<M> fields[] = {
        ULPSIM_FIGURE(M, leakage_uw_per_kib),  ULPSIM_FIGURE(M, read_width_fixed),
        ULPSIM_FIGURE(M, read_width_per_bit),  ULPSIM_FIGURE(M, write_width_fixed),
        ULPSIM_FIGURE(M, write_width_per_bit),
    };
    return fields;
}

std::span<const FigureField<WireModel>> figure_fields(const WireModel&) {
    using M = WireModel;
    static constexpr FigureField<M> fields[] = {
        ULPSIM_FIGURE(M, energy_pj_per_bit_mm),
        ULPSIM_FIGURE(M, bus_length_mm),
    };
    return fields;
}

std::span<const FigureField<DramModel>> figure_fields(const DramModel&) {
    using M = DramModel;
    static constexpr FigureField<M> fields[] = {
        ULPSIM_FIGURE(M, read_pj_per_bit), ULPSIM_FIGURE(M, write_pj_per_bit), ULPSIM_FIGURE(M, activate_nj),
        ULPSIM_FIGURE(M, refresh_nj),      ULPSIM_FIGURE(M, standby_mw),       ULPSIM_FIGURE(M, controller_area_mm2),
    };
    return fields;
}

std::span<const FigureField<ChannelModel>> figure_fields(const ChannelModel&) {
    using M = ChannelModel;
    static constexpr FigureField<M> fields[] = {
        ULPSIM_FIGURE(M, energy_pj_per_bit),
        ULPSIM_FIGURE(M, message_nj),
        ULPSIM_FIGURE(M, idle_mw),
        ULPSIM_FIGURE(M, area_mm2),
    };
    return fields;
}

std::span<const FigureField<HostModel>> figure_fields(const HostModel&) {
    using M = HostModel;
    static constexpr FigureField<M> fields[] = {
        ULPSIM_FIGURE(M, active_uw_per_mhz),
        ULPSIM_FIGURE(M, idle_fraction),
        ULPSIM_FIGURE(M, area_mm2),
    };
    return fields;
}

}  // namespace ulpsim::power

#undef ULPSIM_FIGURE

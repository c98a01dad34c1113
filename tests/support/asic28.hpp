#pragma once
#include "power/costs/technology.hpp"

namespace ulpsim::test {

/// The figures of power/technologies/asic28.yaml for tests that read no file; an integration test holds them against
/// each other. Sources are in the file.
inline power::Figure fixture_figure(double value) { return {value, "power/technologies/asic28.yaml"}; }

inline power::LogicModel asic28_logic() {
    const auto figure = fixture_figure;
    power::LogicModel m;
    m.energy_fa_pj = figure(0.01039);
    m.energy_cp_pj = figure(0.00895);
    m.energy_sh_pj = figure(0.00247);
    m.energy_scale_integer = figure(0.2136);
    m.energy_scale_float = figure(0.3213);
    m.area_fa_um2 = figure(6.477);
    m.area_cp_um2 = figure(5.61);
    m.area_sh_um2 = figure(1.712);
    m.area_ex_um2 = figure(1.974);
    m.area_scale_integer = figure(0.377);
    m.area_scale_float = figure(0.6786);
    m.register_energy_pj_per_bit = figure(0.0063);
    m.register_area_um2_per_bit = figure(2.85);
    m.clock_tree_factor = figure(1.25);
    m.leakage_uw_per_um2 = figure(0.01);
    m.subnormal_multiply_energy_factor = figure(1.33);
    m.subnormal_multiply_area_factor = figure(1.28);
    m.subnormal_add_energy_factor = figure(1.12);
    m.subnormal_add_area_factor = figure(1.03);
    m.subnormal_mac_energy_factor = figure(1.09);
    m.subnormal_mac_area_factor = figure(1.06);
    m.two_sum_area_base = figure(1.25);
    m.two_sum_area_per_bit = figure(0.019);
    m.two_sum_energy_factor = figure(1.3);
    m.divide_energy_factor = figure(7.1);
    m.elementary_fma_base = figure(2);
    m.elementary_bits_per_fma = figure(4);
    m.compare_energy_pj_per_bit = figure(0.000634);
    m.compare_area_um2_per_bit = figure(1.06);
    m.random_energy_pj_per_bit = figure(0.3);
    m.random_area_um2_per_bit = figure(328);
    m.descriptor_energy_pj = figure(14);
    m.descriptor_area_um2 = figure(5000);
    return m;
}

inline power::DelayModel asic28_delay() {
    const auto figure = fixture_figure;
    power::DelayModel m;
    m.multiply_constant_ns = figure(-0.35);
    m.multiply_per_exponent_bit_ns = figure(0.077);
    m.multiply_per_log_precision_ns = figure(0.6215);
    m.multiply_per_precision_bit_ns = figure(0.0255);
    m.add_constant_ns = figure(-1.4368);
    m.add_per_exponent_bit_ns = figure(0.1375);
    m.add_per_log_width_ns = figure(0.759);
    m.mac_constant_ns = figure(-0.1058);
    m.integer_add_constant_ns = figure(0.063);
    m.integer_add_per_bit_ns = figure(0.0271);
    m.integer_multiply_constant_ns = figure(0.327);
    m.integer_multiply_per_bit_ns = figure(0.0617);
    m.integer_mac_overlap_ns = figure(0.29);
    m.mac_per_precision_bit_ns = figure(0.1622);
    m.mac_per_log_window_ns = figure(0.6456);
    m.two_sum_factor = figure(1.3);
    m.scale = figure(0.74);
    return m;
}

inline power::SramModel asic28_sram() {
    const auto figure = fixture_figure;
    power::SramModel m;
    m.leakage_uw_per_kib = figure(5);
    m.read_width_fixed = figure(0.174);
    m.read_width_per_bit = figure(0.00337);
    m.write_width_fixed = figure(0.0795);
    m.write_width_per_bit = figure(0.0058);
    m.source = "power/technologies/asic28.yaml";
    m.points = {
        {1, 0.65, 1.37, 0.0014},     {2, 0.8, 2.27, 0.0026},       {4, 1.4, 2.55, 0.0052},
        {8, 2.12, 4.46, 0.0098},     {16, 3.01, 5.35, 0.0213},     {32, 5.66, 6.71, 0.0411},
        {64, 8.15, 9.21, 0.0862},    {128, 11.9, 14.07, 0.1577},   {256, 16.91, 19.07, 0.328},
        {512, 24.37, 26.54, 0.6719}, {1024, 33.08, 37.79, 1.4229}, {2048, 47.19, 56.66, 2.9835},
    };
    return m;
}

inline power::Technology asic28() {
    const auto figure = fixture_figure;
    const auto uncertainty = [](double low, double high) {
        return power::Uncertainty{low, 1, high, "power/technologies/asic28.yaml"};
    };
    power::Technology t;
    t.name = "asic28";
    t.node_nm = 28;
    t.voltage_v = 0.9;
    t.temperature_c = 57;
    t.uncertainty = {uncertainty(0.8, 2.9), uncertainty(0.47, 2.0), uncertainty(0.71, 1.67), uncertainty(0.8, 1.7),
                     uncertainty(0.8, 2.0)};
    t.logic = asic28_logic();
    t.delay = asic28_delay();
    t.sram = asic28_sram();
    t.wire = {figure(0.095), figure(1.5)};
    t.dram["lpddr4_3200"] = {figure(12), figure(9), figure(1.2), figure(22.3), figure(37.9), figure(1.18)};
    t.channel["pcie3_x1"] = {figure(10), figure(216), figure(60), figure(0.92)};
    t.channel["pcie3_x4"] = {figure(10), figure(216), figure(240), figure(3.68)};
    t.channel["qspi"] = {figure(24), figure(13), figure(0.01), figure(0.02)};
    t.channel["spi"] = {figure(61), figure(13), figure(0.01), figure(0.02)};
    t.channel["chiplet"] = {figure(1), figure(1.3), figure(10), figure(0.5)};
    t.channel["on_chip"] = {figure(0.155), figure(1.3), figure(0.02), figure(0.002)};
    t.host["cortex_m7"] = {figure(33), figure(0.1), figure(0.067)};
    t.host["cortex_a7"] = {figure(72.9), figure(0.15), figure(0.45)};
    t.host["cortex_a53"] = {figure(81), figure(0.15), figure(0.9)};
    t.host["cortex_a72"] = {figure(353), figure(0.15), figure(3.3)};
    return t;
}

}  // namespace ulpsim::test

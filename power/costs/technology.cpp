#include "power/costs/technology.hpp"

#include <cmath>

#include "models/arithmetic/refusal.hpp"

namespace ulpsim::power {
namespace {

void check_source(const std::string& key, const std::string& source) {
    if (source.empty()) throw Error(key + " has no source; allowed: a text that says where the figure is from");
}

void check_at_least_zero(const std::string& key, double value) {
    if (!std::isfinite(value) || value < 0) refuse(key, value, "0 or more");
}

void check_positive(const std::string& key, double value) {
    if (!std::isfinite(value) || value <= 0) refuse(key, value, "more than 0");
}

void check_figure(const std::string& key, const Figure& figure) {
    check_at_least_zero(key, figure.value);
    check_source(key, figure.source);
}

template <class Model>
void check_figures(const std::string& section, const Model& model) {
    for (const auto& [name, figure] : figure_fields(model))
        check_figure(section + "." + std::string(name), model.*figure);
}

void check_uncertainty(const std::string& key, const Uncertainty& u) {
    check_positive(key + ".low", u.low);
    if (u.nominal != 1) refuse(key + ".nominal", u.nominal, "1: costs are given at nominal");
    if (u.low > 1) refuse(key + ".low", u.low, "up to 1");
    if (!std::isfinite(u.high) || u.high < 1) refuse(key + ".high", u.high, "1 or more");
    check_source(key, u.source);
}

/// A fit's coefficients may be negative; its scale may not.
void check_delay(const DelayModel& delay) {
    for (const auto& [name, figure] : figure_fields(delay)) {
        const std::string key = "delay." + std::string(name);
        if (!std::isfinite((delay.*figure).value)) refuse(key, (delay.*figure).value, "a finite number");
        check_source(key, (delay.*figure).source);
    }
    check_positive("delay.scale", delay.scale.value);
}

void check_sram(const SramModel& sram) {
    check_figures("sram", sram);
    if (sram.points.empty()) throw Error("sram.points is empty; allowed: one point and more");
    check_source("sram.points", sram.source);
    double previous_kib = 0;
    for (std::size_t i = 0; i < sram.points.size(); ++i) {
        const SramPoint& point = sram.points[i];
        const std::string key = "sram.points[" + std::to_string(i) + "]";
        if (!std::isfinite(point.kib) || point.kib <= previous_kib)
            refuse(key + ".kib", point.kib, "more than the point before");
        previous_kib = point.kib;
        check_at_least_zero(key + ".read_pj", point.read_pj);
        check_at_least_zero(key + ".write_pj", point.write_pj);
        check_at_least_zero(key + ".area_mm2", point.area_mm2);
    }
    check_positive("sram.read_width_per_bit", sram.read_width_per_bit.value);
    check_positive("sram.write_width_per_bit", sram.write_width_per_bit.value);
}

}  // namespace

void check(const Technology& technology) {
    if (technology.name.empty()) throw Error("technology has no name; allowed: the file's stem");
    check_positive("node_nm", technology.node_nm);
    check_positive("voltage_v", technology.voltage_v);
    if (!std::isfinite(technology.temperature_c) || technology.temperature_c < -273.15)
        refuse("temperature_c", technology.temperature_c, "-273.15 or more");
    for (int i = 0; i < group_count; ++i)
        check_uncertainty("uncertainty." + std::string(name(static_cast<Group>(i))),
                          technology.uncertainty[static_cast<std::size_t>(i)]);
    check_figures("logic", technology.logic);
    check_positive("logic.elementary_bits_per_fma", technology.logic.elementary_bits_per_fma.value);
    check_delay(technology.delay);
    check_sram(technology.sram);
    check_figures("wire", technology.wire);
    for (const auto& [model, dram] : technology.dram) check_figures("dram." + model, dram);
    for (const auto& [model, channel] : technology.channel) check_figures("channel." + model, channel);
    for (const auto& [model, host] : technology.host) {
        check_figures("host." + model, host);
        if (host.idle_fraction.value > 1)
            refuse("host." + model + ".idle_fraction", host.idle_fraction.value, "0 to 1");
    }
}

}  // namespace ulpsim::power

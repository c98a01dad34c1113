#include "power/costs/costs.hpp"

#include <cmath>

#include "power/costs/model_lookup.hpp"
#include "power/costs/operator_features.hpp"
#include "power/costs/sram.hpp"

namespace ulpsim::power {
namespace {

double subnormal_energy(const LogicModel& logic, const OperatorFeatures& f) {
    if (!f.subnormals) return 1;
    switch (f.kind) {
        case OperatorKind::multiply:
            return logic.subnormal_multiply_energy_factor.value;
        case OperatorKind::add:
            return logic.subnormal_add_energy_factor.value;
        case OperatorKind::mac:
            return logic.subnormal_mac_energy_factor.value;
        case OperatorKind::other:
        case OperatorKind::integer:
            return 1;
    }
    return 1;
}

double subnormal_area(const LogicModel& logic, const OperatorFeatures& f) {
    if (!f.subnormals) return 1;
    switch (f.kind) {
        case OperatorKind::multiply:
            return logic.subnormal_multiply_area_factor.value;
        case OperatorKind::add:
            return logic.subnormal_add_area_factor.value;
        case OperatorKind::mac:
            return logic.subnormal_mac_area_factor.value;
        case OperatorKind::other:
        case OperatorKind::integer:
            return 1;
    }
    return 1;
}

double energy_pj(const LogicModel& logic, const OperatorFeatures& f) {
    const double e0 = logic.energy_fa_pj.value * f.toggling.full_adders +
                      logic.energy_cp_pj.value * f.toggling.carry_bits +
                      logic.energy_sh_pj.value * f.toggling.shifter_bits;
    const Figure& scale = f.kind == OperatorKind::integer ? logic.energy_scale_integer : logic.energy_scale_float;
    return scale.value * subnormal_energy(logic, f) * e0;
}

double area_um2(const LogicModel& logic, const OperatorFeatures& f) {
    const double synthesised =
        logic.area_fa_um2.value * f.built.full_adders + logic.area_cp_um2.value * f.built.carry_bits +
        logic.area_sh_um2.value * f.built.shifter_bits + logic.area_ex_um2.value * f.built.exponent_bits;
    const Figure& scale = f.kind == OperatorKind::integer ? logic.area_scale_integer : logic.area_scale_float;
    return scale.value * subnormal_area(logic, f) * synthesised;
}

Add adder_of(const arithmetic::Format& format) { return {format, arithmetic::rne}; }
Fma fma_of(const arithmetic::Format& format) { return {format, format, format, arithmetic::rne}; }

double elementary_steps(const LogicModel& logic, const arithmetic::Format& format) {
    return logic.elementary_fma_base.value + std::ceil(format.precision() / logic.elementary_bits_per_fma.value);
}

/// Two levels of multiplexers, two register slices, one wire of the bus's length; of one beat (facts: power 4).
double bus_beat_pj(const Technology& t, double width_bits) {
    const double multiplexers = 2 * t.logic.energy_scale_integer.value * t.logic.energy_sh_pj.value;
    const double slices = 2 * t.logic.register_energy_pj_per_bit.value;
    const double wire = t.wire.energy_pj_per_bit_mm.value * t.wire.bus_length_mm.value;
    return width_bits * (multiplexers + slices + wire);
}

/// Nominal energy in picojoules.
struct Energies {
    const Technology& t;

    double operator()(const Mac& mac) const { return energy_pj(t.logic, features(mac)); }
    double operator()(const Fma& fma) const { return energy_pj(t.logic, features(fma)); }
    double operator()(const Add& add) const { return energy_pj(t.logic, features(add)); }
    double operator()(const Multiply& multiply) const { return energy_pj(t.logic, features(multiply)); }
    double operator()(const Convert& convert) const { return energy_pj(t.logic, features(convert)); }
    double operator()(const Divide& divide) const {
        const arithmetic::Format& f = divide.format;
        return t.logic.divide_energy_factor.value * energy_pj(t.logic, features(Multiply{f, f, f, arithmetic::rne}));
    }
    double operator()(const TwoSum& two_sum) const {
        return t.logic.two_sum_energy_factor.value * energy_pj(t.logic, features(adder_of(two_sum.format)));
    }
    double operator()(const TwoProduct& product) const { return energy_pj(t.logic, features(product)); }
    double operator()(const Elementary& elementary) const {
        return elementary_steps(t.logic, elementary.format) * energy_pj(t.logic, features(fma_of(elementary.format)));
    }
    double operator()(const Compare& compare) const { return compare.bits * t.logic.compare_energy_pj_per_bit.value; }
    double operator()(const RandomBits& random) const { return random.bits * t.logic.random_energy_pj_per_bit.value; }
    double operator()(const RegisterBit&) const { return t.logic.register_energy_pj_per_bit.value; }
    double operator()(const Descriptor&) const { return t.logic.descriptor_energy_pj.value; }
    double operator()(const SramRead& read) const { return sram_bank(t.sram, read.bank_kib, read.bits).read_pj; }
    double operator()(const SramWrite& write) const { return sram_bank(t.sram, write.bank_kib, write.bits).write_pj; }
    double operator()(const DramActivate& dram) const {
        return 1000 * find_model(t.dram, "dram", dram.model).activate_nj.value;
    }
    double operator()(const DramReadByte& dram) const {
        return 8 * find_model(t.dram, "dram", dram.model).read_pj_per_bit.value;
    }
    double operator()(const DramWriteByte& dram) const {
        return 8 * find_model(t.dram, "dram", dram.model).write_pj_per_bit.value;
    }
    double operator()(const DramRefresh& dram) const {
        return 1000 * find_model(t.dram, "dram", dram.model).refresh_nj.value;
    }
    double operator()(const BusByte& bus) const { return bus_beat_pj(t, bus.width_bits) / (bus.width_bits / 8.0); }
    double operator()(const LinkByte& link) const {
        return 8 * find_model(t.channel, "channel", link.model).energy_pj_per_bit.value;
    }
    double operator()(const LinkMessage& link) const {
        return 1000 * find_model(t.channel, "channel", link.model).message_nj.value;
    }
    double operator()(const HostCycle& host) const {  // 1 uW/MHz is 1 pJ a cycle; the idle part is static power
        const HostModel& model = find_model(t.host, "host", host.model);
        return model.active_uw_per_mhz.value * (1 - model.idle_fraction.value);
    }
    double operator()(const Clock&) const { return 0; }  // account() prices them from the inventory
    double operator()(const Static&) const { return 0; }
};

/// Area of one operator in square micrometres; what is no operator has none of its own.
struct Areas {
    const Technology& t;

    double operator()(const Mac& mac) const { return area_um2(t.logic, features(mac)); }
    double operator()(const Fma& fma) const { return area_um2(t.logic, features(fma)); }
    double operator()(const Add& add) const { return area_um2(t.logic, features(add)); }
    double operator()(const Multiply& multiply) const { return area_um2(t.logic, features(multiply)); }
    double operator()(const Divide& divide) const { return area_um2(t.logic, features(divide)); }
    double operator()(const Convert& convert) const { return area_um2(t.logic, features(convert)); }
    double operator()(const TwoSum& two_sum) const {
        const double ratio =
            t.logic.two_sum_area_base.value + t.logic.two_sum_area_per_bit.value * two_sum.format.precision();
        return ratio * area_um2(t.logic, features(adder_of(two_sum.format)));
    }
    double operator()(const TwoProduct& product) const { return area_um2(t.logic, features(product)); }
    double operator()(const Elementary& elementary) const {  // iterates on one multiply-add
        return area_um2(t.logic, features(fma_of(elementary.format)));
    }
    double operator()(const Compare& compare) const { return compare.bits * t.logic.compare_area_um2_per_bit.value; }
    double operator()(const RandomBits& random) const { return random.bits * t.logic.random_area_um2_per_bit.value; }
    double operator()(const RegisterBit&) const { return t.logic.register_area_um2_per_bit.value; }
    double operator()(const Descriptor&) const { return t.logic.descriptor_area_um2.value; }
    double operator()(const BusByte& bus) const {
        const double multiplexers = 2 * t.logic.area_scale_integer.value * t.logic.area_sh_um2.value;
        return bus.width_bits * (multiplexers + 2 * t.logic.register_area_um2_per_bit.value);
    }
    template <class NoOperator>
    double operator()(const NoOperator&) const {
        return 0;
    }
};

}  // namespace

Energy energy(const Technology& technology, const Operation& operation) {
    return picojoules(std::visit(Energies{technology}, operation));
}

Area area(const Technology& technology, const Operation& operation) {
    return square_micrometres(std::visit(Areas{technology}, operation));
}

}  // namespace ulpsim::power

#include "models/accelerator/expansion_unit.hpp"

#include <stdexcept>

#include "models/accelerator/command_unit.hpp"
#include "models/memory/access.hpp"

namespace ulpsim::models {

ExpansionUnit::ExpansionUnit(const sc_core::sc_module_name& name, const ExpansionParameters& parameters,
                             double clock_mhz, power::Meter& meter)
    : sc_module(name),
      parameters_(parameters),
      clock_mhz_(clock_mhz),
      meter_(meter),
      two_sum_(meter.intern(power::TwoSum{parameters.base})),
      add_(meter.intern(power::Add{parameters.base, arithmetic::rne})),
      compare_(meter.intern(power::Compare{static_cast<std::uint32_t>(parameters.base.width())})) {}

std::uint64_t ExpansionUnit::cycles(std::uint64_t elements, unsigned terms) const {
    if (parameters_.lanes == 0) throw std::logic_error("an expansion reached an accelerator without an expansion unit");
    return (elements + parameters_.lanes - 1) / parameters_.lanes * expansion_slots(terms, parameters_.twosum);
}

void ExpansionUnit::add(std::uint64_t elements, unsigned terms, power::Tag tag) {
    const arithmetic::BaseOperations operation = expansion_add(terms, parameters_.twosum);
    if (operation.two_sums != 0) meter_.count(two_sum_, tag, elements * operation.two_sums);
    meter_.count(add_, tag, elements * operation.adds);
    meter_.count(compare_, tag, elements * operation.compares);
    const std::uint64_t spent = cycles(elements, terms);
    clocked_[tag] += spent;
    meter_.busy(picoseconds(cycles_to_time(spent, clock_mhz_)));
}

power::Inventory ExpansionUnit::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    const std::uint64_t lanes = parameters_.lanes;
    if (parameters_.twosum == TwoSum::dedicated)
        inventory.operators.push_back({power::TwoSum{parameters_.base}, lanes});
    inventory.operators.push_back({power::Add{parameters_.base, arithmetic::rne}, lanes});
    inventory.operators.push_back({power::Compare{static_cast<std::uint32_t>(parameters_.base.width())}, lanes});
    // An accumulating expansion, its result and the value, in two pipeline stages (assumed).
    inventory.register_bits =
        lanes * static_cast<std::uint64_t>(parameters_.base.width()) * (2 * parameters_.max_terms + 1) * 2;
    inventory.clocked_cycles = clocked_;
    return inventory;
}

}  // namespace ulpsim::models

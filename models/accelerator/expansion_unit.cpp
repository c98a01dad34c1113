#include "models/accelerator/expansion_unit.hpp"

#include <algorithm>
#include <stdexcept>

#include "models/accelerator/command_unit.hpp"
#include "models/memory/access.hpp"

namespace ulpsim::models {

ExpansionUnit::ExpansionUnit(const sc_core::sc_module_name& name, const ExpansionParameters& parameters,
                             double clock_mhz, power::Meter& meter)
    : sc_module(name), parameters_(parameters), clock_mhz_(clock_mhz), meter_(meter) {
    if (parameters.twosum == TwoSum::dedicated) use(power::TwoSum{parameters.base});
    use(power::Add{parameters.base, arithmetic::rne});
    use(power::Compare{static_cast<std::uint32_t>(parameters.base.width())});
}

power::OperationId ExpansionUnit::use(const power::Operation& operation) {
    const auto known = std::ranges::find(used_, operation, &Used::operation);
    if (known != used_.end()) return known->id;
    used_.push_back({operation, meter_.intern(operation)});
    return used_.back().id;
}

std::uint64_t ExpansionUnit::cycles(const arithmetic::BaseOperations& work, std::uint64_t elements) const {
    if (parameters_.lanes == 0) throw std::logic_error("an expansion reached an accelerator without an expansion unit");
    return (elements + parameters_.lanes - 1) / parameters_.lanes * issue_slots(issued(work, parameters_.twosum));
}

std::uint64_t ExpansionUnit::latency(const arithmetic::BaseOperations& work) const {
    return issue_latency(issued(work, parameters_.twosum));
}

void ExpansionUnit::perform(const arithmetic::BaseOperations& work, std::uint64_t elements, power::Tag tag) {
    for (const auto& [operation, count] : issues(issued(work, parameters_.twosum), parameters_.base))
        meter_.count(use(operation), tag, elements * count);
    const std::uint64_t spent = cycles(work, elements);
    clocked_[tag] += spent;
    meter_.busy(picoseconds(cycles_to_time(spent, clock_mhz_)));
}

power::Inventory ExpansionUnit::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    for (const Used& used : used_) inventory.operators.push_back({used.operation, parameters_.lanes});
    inventory.register_bits = parameters_.lanes * lane_register_bits(parameters_.base, parameters_.max_terms);
    inventory.clocked_cycles = clocked_;
    return inventory;
}

}  // namespace ulpsim::models

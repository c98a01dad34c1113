#pragma once
#include <map>
#include <systemc>

#include "models/accelerator/vector_timing.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// Lanes of 2Sum operators and adders in one base format: adds a value to an expansion, element by element.
/// Driven by the vector unit, whose commands stream through it; it has no queue of its own.
/// Time    ceil(elements / lanes) x expansion_slots cycles.
/// Energy  its base operations: twosum and add when dedicated, add alone when sequential; compare.
class ExpansionUnit : public sc_core::sc_module {
public:
    ExpansionUnit(const sc_core::sc_module_name& name, const ExpansionParameters& parameters, double clock_mhz,
                  power::Meter& meter);

    /// Cycles of adding one value to each of `elements` expansions of `terms` terms.
    std::uint64_t cycles(std::uint64_t elements, unsigned terms) const;
    /// Charges them.
    void add(std::uint64_t elements, unsigned terms, power::Tag tag);
    power::Inventory inventory() const;

private:
    ExpansionParameters parameters_;
    double clock_mhz_;
    power::Meter& meter_;
    power::OperationId two_sum_, add_, compare_;
    std::map<power::Tag, std::uint64_t> clocked_;
};

}  // namespace ulpsim::models

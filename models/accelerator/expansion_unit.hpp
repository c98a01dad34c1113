#pragma once
#include <map>
#include <systemc>
#include <vector>

#include "models/accelerator/expansion_timing.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// Lanes of operators of one base format that work on expansions of it, element by element. Any work that is given as base
/// operations: all of arithmetic::ExpansionOperation (a subtraction is an addition). Conversions are the vector unit's.
/// Driven by the vector unit, whose commands stream through it; it has no queue of its own.
/// Time    ceil(elements / lanes) x issue_slots cycles, and issue_latency once a command.
/// Energy  the base operations that it issues: twosum and twoprod when dedicated, additions and products when sequential.
/// Area    adders (2Sums) and comparisons in every lane; of the other operators those that the program has used.
class ExpansionUnit : public sc_core::sc_module {
public:
    ExpansionUnit(const sc_core::sc_module_name& name, const ExpansionParameters& parameters, double clock_mhz,
                  power::Meter& meter);

    /// Cycles of `work` on each of `elements` expansions, streaming: without the latency.
    std::uint64_t cycles(const arithmetic::BaseOperations& work, std::uint64_t elements) const;
    /// Cycles until the first result.
    std::uint64_t latency(const arithmetic::BaseOperations& work) const;
    /// Charges it.
    void perform(const arithmetic::BaseOperations& work, std::uint64_t elements, power::Tag tag);
    power::Inventory inventory() const;

private:
    struct Used {
        power::Operation operation;
        power::OperationId id;
    };
    power::OperationId use(const power::Operation& operation);

    ExpansionParameters parameters_;
    double clock_mhz_;
    power::Meter& meter_;
    std::vector<Used> used_;  // each once: the operators of a lane
    std::map<power::Tag, std::uint64_t> clocked_;
};

}  // namespace ulpsim::models

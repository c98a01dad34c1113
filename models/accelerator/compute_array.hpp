#pragma once
#include <map>
#include <vector>

#include "models/accelerator/array_timing.hpp"
#include "models/accelerator/command_unit.hpp"
#include "models/memory/scratchpad.hpp"
#include "power/ledger/inventory.hpp"

namespace ulpsim::models {

/// Systolic array of multiply-accumulators; executes ProductCommands on operands in the scratchpad.
/// Time    array_cycles() and port_stall_cycles(). Each product of the terms of expansions is a step of k of its own.
/// Energy  mac a multiply-accumulate (used ones only: idle elements of partial folds do not switch), sram_read and
///         sram_write of operands and accumulators, random_bits of stochastic accumulation; its registers' clock by
///         inventory() in busy cycles. The further terms of a bias are additions by the idle accumulators' adders.
/// Values  the whole product at once, by arithmetic::matrix_product: bit-true, order of k as the definition says.
class ComputeArray : public CommandUnit {
public:
    ComputeArray(const sc_core::sc_module_name& name, const AcceleratorParameters& parameters, Scratchpad& scratchpad,
                 Execution& execution, Retirement& retirement, power::Ledger& ledger, power::Meter& meter);

    power::Inventory inventory() const;
    /// Cycles of the formulas alone, without waiting for data or ports.
    std::uint64_t cycles() const { return cycles_; }

private:
    struct Multiplier {
        arithmetic::Dot dot;
        power::OperationId id;
    };
    void execute(const Command& command) override;
    void charge(const ProductCommand& product, Dataflow dataflow, power::Tag tag);
    void values(const ProductCommand& product);
    power::OperationId multiplier(const arithmetic::Dot& dot);

    AcceleratorParameters parameters_;
    Scratchpad& scratchpad_;
    Execution& execution_;
    std::vector<Multiplier> multipliers_;  // few: those that a run uses
    std::uint64_t cycles_ = 0;
    std::map<power::Tag, std::uint64_t> clocked_;
};

}  // namespace ulpsim::models

#pragma once
#include <functional>
#include <map>
#include <vector>

#include "models/accelerator/command_unit.hpp"
#include "models/accelerator/expansion_unit.hpp"
#include "models/memory/scratchpad.hpp"
#include "power/ledger/inventory.hpp"

namespace ulpsim::models {

/// Lanes of adders, multipliers and converters beside the array: epilogues, reductions, losses, updates. An update of
/// expansions streams through the expansion unit, which works in its shadow or it in the other's.
/// Time    ceil(slots / lanes) + latency cycles (vector_timing.hpp; with expansions also theirs), or longer where the
///         scratchpad's ports are slower.
/// Energy  the operations of each element, sram_read and sram_write, random_bits.
/// Values  by the function of the same name in models/arithmetic/operations.hpp.
class VectorUnit : public CommandUnit {
public:
    VectorUnit(const sc_core::sc_module_name& name, const AcceleratorParameters& parameters, Scratchpad& scratchpad,
               ExpansionUnit& expansion_unit, Execution& execution, Retirement& retirement, power::Ledger& ledger,
               power::Meter& meter);

    power::Inventory inventory() const;

private:
    /// Scratchpad bits that a command moves.
    struct Bits {
        std::uint64_t read = 0, written = 0;
    };
    struct Used {
        power::Operation operation;
        power::OperationId id;
        std::size_t follower = 0;  ///< the one that was counted next
    };
    void execute(const Command& command) override;

    Bits perform(const ConvertCommand& command, power::Tag tag);
    Bits perform(const ColumnSumsCommand& command, power::Tag tag);
    Bits perform(const SoftmaxCommand& command, power::Tag tag);
    Bits perform(const UpdateCommand& command, power::Tag tag);
    Bits perform(const CountCommand& command, power::Tag tag);
    Bits perform(const MeasureCommand& command, power::Tag tag);
    Bits perform(const CombineCommand& command, power::Tag tag);
    Bits perform(const SquaresCommand& command, power::Tag tag);

    /// The factor times the scales, one after the other.
    double scaled(double factor, const ScaleOperands& scales) const;
    /// `counts`: where its roundings are counted, or null.
    void values(const ConvertCommand& command, arithmetic::OperationCounts* counts);
    void values(const ColumnSumsCommand& command, arithmetic::OperationCounts* counts);
    void values(const SoftmaxCommand& command, arithmetic::OperationCounts* counts);
    void values(const UpdateCommand& command, arithmetic::OperationCounts* counts);
    void values(const CountCommand& command, arithmetic::OperationCounts* counts);
    void values(const CombineCommand& command, arithmetic::OperationCounts* counts);
    void values(const SquaresCommand& command, arithmetic::OperationCounts* counts);
    void values(const MeasureCommand& command, arithmetic::OperationCounts* counts);

    void count(const power::Operation& operation, std::uint64_t n, power::Tag tag);
    void count_rounding(const arithmetic::Format& from, const arithmetic::Format& to, arithmetic::Rounding rounding,
                        std::uint64_t n, power::Tag tag);

    AcceleratorParameters parameters_;
    Scratchpad& scratchpad_;
    ExpansionUnit& expansion_unit_;
    Execution& execution_;
    std::vector<Used> used_;  // each once: the operators that the lanes need
    std::size_t last_ = 0;    // the one that was counted last
    std::map<power::Tag, std::uint64_t> clocked_;
};

}  // namespace ulpsim::models

#include "models/accelerator/accelerator.hpp"

namespace ulpsim::models {

Accelerator::Accelerator(const sc_core::sc_module_name& name, const AcceleratorParameters& p, Execution& execution,
                         power::Ledger& ledger)
    : sc_module(name),
      scratchpad("scratchpad",
                 {.bytes = p.scratchpad_bytes, .banks = p.scratchpad_banks, .word_bits = 64, .clock_mhz = p.clock_mhz},
                 ledger.meter("accelerator.scratchpad")),
      dma_in("dma_in", Queue::load, p, scratchpad, execution, retirement, ledger, ledger.meter("accelerator.dma_in")),
      dma_out("dma_out", Queue::store, p, scratchpad, execution, retirement, ledger,
              ledger.meter("accelerator.dma_out")),
      array("array", p, scratchpad, execution, retirement, ledger, ledger.meter("accelerator.array")),
      expansion_unit("expansion_unit", p.expansion, p.clock_mhz, ledger.meter("accelerator.expansion_unit")),
      vector_unit("vector_unit", p, scratchpad, expansion_unit, execution, retirement, ledger,
                  ledger.meter("accelerator.vector_unit")),
      sequencer("sequencer", p, {&dma_in, &array, &vector_unit, &dma_out}, execution, retirement,
                ledger.meter("accelerator.sequencer")),
      has_expansion_unit_(p.expansion.lanes > 0) {}

std::vector<power::Inventory> Accelerator::inventories() const {
    std::vector<power::Inventory> all{scratchpad.inventory(), dma_in.inventory(),      dma_out.inventory(),
                                      array.inventory(),      vector_unit.inventory(), sequencer.inventory()};
    if (has_expansion_unit_) all.push_back(expansion_unit.inventory());
    return all;
}

void Accelerator::rethrow() const {
    if (retirement.error) std::rethrow_exception(retirement.error);
}

}  // namespace ulpsim::models

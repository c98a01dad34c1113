#pragma once
#include <tlm_utils/simple_target_socket.h>
#include <vector>

#include "models/accelerator/compute_array.hpp"
#include "models/accelerator/dma_engine.hpp"
#include "models/accelerator/expansion_unit.hpp"
#include "models/accelerator/sequencer.hpp"
#include "models/accelerator/vector_unit.hpp"
#include "models/memory/scratchpad.hpp"

namespace ulpsim::models {

/// A low-precision accelerator: a sequencer that deals descriptors to DMA-in, array, vector unit and DMA-out, which run
/// beside each other and are held together by tokens alone (decoupled access/execute), around one scratchpad.
///
///      memory <-> sequencer -> [load] dma_in -> scratchpad -> [array] array
///                           -> [vector] vector_unit + expansion_unit        scratchpad -> [store] dma_out -> memory
class Accelerator : public sc_core::sc_module {
public:
    /// Components are metered as accelerator.scratchpad, .dma_in, .dma_out, .array, .vector_unit, .expansion_unit,
    /// .sequencer.
    Accelerator(const sc_core::sc_module_name& name, const AcceleratorParameters& parameters, Execution& execution,
                power::Ledger& ledger);

    /// Of the components that there are: an expansion unit of 0 lanes is none.
    std::vector<power::Inventory> inventories() const;
    /// Rethrows what a unit's process threw.
    void rethrow() const;

    Retirement retirement;
    Scratchpad scratchpad;
    DmaEngine dma_in, dma_out;
    ComputeArray array;
    ExpansionUnit expansion_unit;
    VectorUnit vector_unit;
    Sequencer sequencer;

private:
    bool has_expansion_unit_;
};

}  // namespace ulpsim::models

#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

#include "models/accelerator/command_unit.hpp"
#include "models/memory/scratchpad.hpp"
#include "models/memory/transaction.hpp"
#include "power/ledger/inventory.hpp"

namespace ulpsim::models {

/// One direction of the DMA: executes the Move commands of the load or of the store queue.
/// TLM     initiator; a contiguous run of memory is one transaction, whatever its length. Between transactions the
///         process waits for the one before, so every DRAM access is synchronised; bursts overlap inside one
///         (max_outstanding). Any alignment. A run past the scratchpad's end and an error response are the unit's
///         error.
/// Time    the transactions' own: bus, DRAM. The scratchpad's side is hidden (its ports are faster than the bus).
/// Energy  register_bit twice a bit (staging buffer in and out), sram_read or sram_write at the scratchpad.
class DmaEngine : public CommandUnit {
public:
    tlm_utils::simple_initiator_socket<DmaEngine, 128> initiator{"initiator"};

    DmaEngine(const sc_core::sc_module_name& name, Queue queue, const AcceleratorParameters& parameters,
              Scratchpad& scratchpad, const Execution& execution, Retirement& retirement, power::Ledger& ledger,
              power::Meter& meter);

    power::Inventory inventory() const;
    std::uint64_t transactions() const { return transactions_; }

private:
    void execute(const Command& command) override;
    void transfer(std::uint64_t memory, std::uint64_t scratchpad, std::uint64_t bytes, power::Tag tag);

    bool store_;
    unsigned max_outstanding_, bus_bytes_;
    double bus_clock_mhz_;
    Scratchpad& scratchpad_;
    const Execution& execution_;
    power::OperationId staging_;
    Transaction transaction_;
    std::uint64_t transactions_ = 0;
};

}  // namespace ulpsim::models

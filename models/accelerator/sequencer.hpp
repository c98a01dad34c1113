#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/accelerator/command_unit.hpp"
#include "models/memory/transaction.hpp"
#include "power/ledger/inventory.hpp"

namespace ulpsim::models {

/// Fetches descriptors from the command ring in memory and deals them to the four queues, in order.
/// TLM     initiator for fetches, up to `fetch_slots` consecutive descriptors a transaction; target for the registers:
///         a write of 8 bytes at 0 rings the doorbell with the number of descriptors submitted so far (mod 2^32 in the
///         low half); a read of 8 bytes at 8 + 8 q gives how many of queue q have retired, a write there sets the count at
///         which the host is interrupted. Anything else: TLM_ADDRESS_ERROR_RESPONSE.
/// Loops   a LoopCommand's body is fetched once when it fits `loop_slots`, else in every iteration; it starts when
///         everything before it has retired.
/// Time    the fetch, one cycle a descriptor; stalled while a queue is full.
/// Coarse  a doorbell is seen when it is rung, not when its annotated time has come: early by the bus's latency at most.
/// Energy  descriptor a descriptor; sram_write and sram_read of the queues' memory and of the loop's; random_bits for each random selection. The fetches' own traffic is nobody's:
///         it is charged to the phase `other`.
class Sequencer : public sc_core::sc_module {
public:
    static constexpr std::uint32_t fetch_slots = 16;
    static constexpr std::uint64_t register_bytes = 8 + 8 * queue_count;

    tlm_utils::simple_initiator_socket<Sequencer, 128> initiator{"initiator"};
    tlm_utils::simple_target_socket<Sequencer, 128> registers{"registers"};

    Sequencer(const sc_core::sc_module_name& name, const AcceleratorParameters& parameters,
              std::array<CommandUnit*, queue_count> units, const Execution& execution, Retirement& retirement,
              power::Meter& meter);

    /// Descriptors that the ring may overwrite, and the event of more.
    std::uint32_t fetched() const { return fetched_; }
    const sc_core::sc_event& fetched_event() const { return fetched_event_; }
    power::Inventory inventory() const;
    std::uint64_t transactions() const { return transactions_; }

private:
    void run();
    /// Consecutive descriptors, at most fetch_slots.
    void fetch(std::uint64_t address, std::span<Command> commands);
    void deal(const Command& command);
    void push(const Command& command);
    void run_loop(const LoopCommand& loop, power::Tag tag);
    std::uint64_t select(const LoopCommand& loop, std::uint64_t iteration, power::Tag tag);
    void write_register(std::uint64_t address, std::uint32_t value, const sc_core::sc_time& delay);
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

    AcceleratorParameters parameters_;
    std::array<CommandUnit*, queue_count> units_;
    const Execution& execution_;
    Retirement& retirement_;
    power::Meter& meter_;
    power::OperationId descriptor_, queue_read_, queue_write_, loop_read_, loop_write_;
    sc_core::sc_event doorbell_, fetched_event_;
    std::uint32_t submitted_ = 0, fetched_ = 0;
    std::uint64_t transactions_ = 0;
    // Not on the process's stack, which is never unwound.
    std::vector<Command> fetched_commands_, loop_body_;
    std::vector<std::uint8_t> buffer_;
    Transaction transaction_;
    bool draws_ = false;  // has selected at random: there is a generator
};

}  // namespace ulpsim::models

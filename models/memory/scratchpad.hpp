#pragma once
#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <vector>

#include "models/memory/access.hpp"
#include "models/memory/calendar.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

struct ScratchpadParameters {
    std::uint64_t bytes = 0;
    unsigned banks = 16;
    unsigned word_bits = 64;  ///< of a bank's port
    double clock_mhz = 500;
};

/// Banked on-chip SRAM, one port a bank, loosely timed.
/// TLM     b_transport and transport_dbg for the bus side. Past the end: TLM_ADDRESS_ERROR_RESPONSE. Byte enables: refused.
/// Units   of the accelerator read and write it directly (bytes()), and count their words by count_read, count_write.
/// Time    a burst touching n words: 1 + ceil(n / banks) cycles, consecutive words lying in consecutive banks; all but the
///         first cycle is on a calendar, so bursts of the bus side share the ports.
/// Energy  sram_read, sram_write: one a word touched. Leakage and area: inventory().
/// Busy    the time that all words need with every port at work, each piece of time taken once.
/// Coarse  conflicts between DMA and units on one bank are ignored; a unit's own port limit is in its time().
class Scratchpad : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Scratchpad, 128> target{"target"};

    /// Throws Error for parameters that make no memory. The storage starts as zeros.
    Scratchpad(const sc_core::sc_module_name& name, const ScratchpadParameters& parameters, power::Meter& meter);

    std::uint8_t* bytes() { return storage_.data(); }
    std::uint64_t size() const { return parameters_.bytes; }
    /// Bits that all banks deliver in a cycle.
    std::uint64_t bits_per_cycle() const { return std::uint64_t{parameters_.banks} * parameters_.word_bits; }
    /// Charges ceil(bits / word) word accesses.
    void count_read(std::uint64_t bits, power::Tag tag);
    void count_write(std::uint64_t bits, power::Tag tag);
    /// Brings the meter's busy time up to `picoseconds`. Call it whenever activity is read.
    void finish(std::uint64_t picoseconds);
    power::Inventory inventory() const;

private:
    void use_ports(std::uint64_t words);
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    std::uint64_t words(std::uint64_t bits) const;

    ScratchpadParameters parameters_;
    power::Meter& meter_;
    power::OperationId read_, write_;
    std::vector<std::uint8_t> storage_;
    Calendar ports_;  // of the bus side: decides times
    Calendar use_;    // of everybody: what the ports could have been doing
    std::uint64_t used_ = 0, reported_ = 0;
};

}  // namespace ulpsim::models

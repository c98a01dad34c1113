#pragma once
#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <string>
#include <vector>

#include "models/memory/access.hpp"
#include "models/memory/dram_channel.hpp"
#include "models/memory/dram_timing.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

struct DramParameters {
    DramTiming timing;        ///< of one channel
    unsigned channels = 1;    ///< interleaved by `interleave_bytes`
    std::uint64_t bytes = 0;  ///< of all channels
    std::uint64_t interleave_bytes = 1024;
    unsigned look_ahead = 16;           ///< bursts among which the controller chooses
    double controller_latency_ns = 30;  ///< controller and PHY, a round trip (facts: platform 4.1, assumed: 20 to 50)
};

/// Dynamic memory of several channels with bank and row state, loosely timed.
/// TLM     b_transport, transport_dbg; no DMI (accesses are counted). Past the end: TLM_ADDRESS_ERROR_RESPONSE.
///         Byte enables and streaming: refused. The initiator must have synchronised: state depends on the order of calls.
/// Time    facts: platform 4.2, per channel over the contiguous run; refresh; max_outstanding of the Access extension.
/// Energy  dram_activate a row opened (again after each refresh), dram_read_byte and dram_write_byte a byte of the
/// whole bursts that a run touches,
///         dram_refresh a tREFI and channel, idle ones included; standby through inventory().
/// Busy    time with data on the bus, averaged over the channels.
/// Coarse  see DramChannel.
class Dram : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Dram, 128> target{"target"};

    /// Throws Error for parameters that make no memory. The storage reads as zeros.
    Dram(const sc_core::sc_module_name& name, const DramParameters& parameters, power::Meter& meter);
    ~Dram() override;

    /// Charges the refreshes that fell due by `picoseconds` and are not charged yet. Refreshes are nobody's: they have the
    /// phase `other` and no layer whoever finds them due, so calling this changes no figure but the running total. Call it
    /// whenever the ledger is read and at the end of the run.
    void finish(std::uint64_t picoseconds);

    power::Inventory inventory() const;
    /// Bytes that initiators asked for; the meter counts whole bursts.
    std::uint64_t bytes_read() const { return bytes_read_; }
    std::uint64_t bytes_written() const { return bytes_written_; }
    std::uint64_t transactions() const { return transactions_; }

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    /// Which stripe of a channel an address is in: in round `number` of the channels, so far into the round.
    struct Round {
        std::uint64_t number, offset;
    };
    Round round_of(std::uint64_t address) const;
    /// The local address of what lies before the address in a channel.
    std::uint64_t below(unsigned channel, const Round& round) const;
    std::uint64_t access(std::uint64_t arrival, const AddressRange& range, bool write, const Access& access);
    void count_busy(std::uint64_t picoseconds);

    DramParameters parameters_;
    std::uint64_t controller_;  // its latency in picoseconds
    power::Meter& meter_;
    power::OperationId activate_, read_, write_, refresh_;
    std::vector<DramChannel> channels_;
    std::uint8_t* storage_ = nullptr;  // mapped, so that untouched memory costs nothing
    std::uint64_t bytes_read_ = 0, bytes_written_ = 0, transactions_ = 0, busy_of_all_channels_ = 0;
};

}  // namespace ulpsim::models

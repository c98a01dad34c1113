#pragma once
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <cstdint>
#include <vector>

#include "models/memory/access.hpp"
#include "models/memory/address_range.hpp"
#include "models/memory/calendar.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

struct BusParameters {
    unsigned width_bits = 128;
    double clock_mhz = 500;
    unsigned latency_cycles =
        4;  ///< arbitration, decode, register slices; each way of a transaction together (assumed)
};

/// Shared on-chip bus with an address map. Bandwidth is shared between its masters by a splitting calendar; data stream
/// through it, so a transaction ends at the later of bus and target.
/// TLM     b_transport, transport_dbg; no DMI. A run that no range includes whole: TLM_ADDRESS_ERROR_RESPONSE. Only the
///         address is changed on the way, and put back.
/// Time    latency + beats on the calendar, beats = ceil((address mod width + bytes) / width), one address beat
///         per 4 KiB page touched. The read and the write channel are resources of their own (AXI).
/// Energy  bus_byte a byte of transactions that succeed.
/// Busy    average of the two channels.
/// Coarse  the target starts at the request's arrival, also when the bus is taken: up to a latency early.
class Bus : public sc_core::sc_module {
public:
    tlm_utils::multi_passthrough_target_socket<Bus, 128> target{"target"};
    tlm_utils::multi_passthrough_initiator_socket<Bus, 128> initiator{"initiator"};

    /// Throws Error for a width that is no whole number of bytes or a clock that does not run.
    Bus(const sc_core::sc_module_name& name, const BusParameters& parameters, power::Meter& meter);

    /// Addresses of the range go to the next socket bound to `initiator`, less the range's first address. Call it right
    /// before the bind, in the same order. Throws std::logic_error when ranges overlap; simulation does not start (also
    /// std::logic_error) when ranges and bound targets differ in number.
    void map(const AddressRange& range);
    power::Inventory inventory() const;
    std::uint64_t transactions() const { return transactions_; }

private:
    void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(int id, tlm::tlm_generic_payload& payload);
    void end_of_elaboration() override;
    const AddressRange* range_of(std::uint64_t address) const;
    std::uint64_t occupancy(std::uint64_t address, std::uint64_t bytes) const;
    void count_busy(std::uint64_t picoseconds);

    BusParameters parameters_;
    std::uint64_t latency_;  // in picoseconds
    power::Meter& meter_;
    power::OperationId byte_;
    std::vector<AddressRange> map_;
    Calendar read_, write_;
    std::uint64_t transactions_ = 0, busy_of_both_ = 0;
};

}  // namespace ulpsim::models

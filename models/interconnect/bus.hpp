#pragma once
#include <cstdint>
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
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
    unsigned latency_cycles = 4;  ///< arbitration, decode, register slices; each way of a transaction together (assumed)
};

/// Shared on-chip bus with an address map. Bandwidth is shared between its masters by a splitting calendar; data stream
/// through it, so a transaction ends at the later of bus and target.
/// TLM     b_transport, transport_dbg; no DMI. An address that no range includes: TLM_ADDRESS_ERROR_RESPONSE.
/// Time    latency + beats on the calendar, beats = ceil((address mod width + bytes) / width), one address beat per 4 KiB.
///         The read and the write channel are resources of their own (AXI).
/// Energy  bus_byte a byte.
class Bus : public sc_core::sc_module {
public:
    tlm_utils::multi_passthrough_target_socket<Bus, 128> target{"target"};
    tlm_utils::multi_passthrough_initiator_socket<Bus, 128> initiator{"initiator"};

    Bus(const sc_core::sc_module_name& name, const BusParameters& parameters, power::Meter& meter);

    /// Addresses of the range go to the next socket bound to `initiator`, less the range's first address. Call it right
    /// before the bind, in the same order. Throws std::logic_error when ranges overlap.
    void map(const AddressRange& range);
    power::Inventory inventory() const;
    std::uint64_t transactions() const { return transactions_; }

private:
    void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(int id, tlm::tlm_generic_payload& payload);

    BusParameters parameters_;
    power::Meter& meter_;
    power::OperationId byte_;
    std::vector<AddressRange> map_;
    Calendar read_, write_;
    std::uint64_t transactions_ = 0;
};

}  // namespace ulpsim::models

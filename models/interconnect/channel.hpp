#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <string>
#include <vector>

#include "models/memory/access.hpp"
#include "models/memory/calendar.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// A link between two memory systems as data, off the chip or on it. Sources in channel_timing.cpp (facts: platform 5, power 5).
struct ChannelTiming {
    std::string model;
    double bytes_per_second = 0;       ///< raw, one direction
    std::uint64_t payload_bytes = 0;   ///< largest payload of a packet
    std::uint64_t overhead_bytes = 0;  ///< framing and header a packet
    double latency_ns = 0;             ///< one way
    double message_ns = 0;             ///< software and doorbell, a message
    bool half_duplex = false;

    /// Bytes on the wire for a message: payload and the overhead of its packets.
    std::uint64_t wire_bytes(std::uint64_t bytes) const {
        return bytes + (bytes + payload_bytes - 1) / payload_bytes * overhead_bytes;
    }
};
/// Throws Error listing the known models.
const ChannelTiming& channel_timing(const std::string& model);
std::vector<std::string> channel_timing_names();

/// Channel between two memory systems; a transaction is a message, unless its Access says that it is a register
/// access: that takes latency and wire like any other, but no message cost.
/// TLM     b_transport and transport_dbg are passed on to the far side; no DMI. b_transport waits until the message has
///         reached the far side, so that the memory there sees calls in order of time.
/// Time    message + latency + wire bytes / rate on a splitting calendar a direction (one for both when half
///         duplex); data stream through, so a message ends at the later of link and target. A read adds the latency of the request.
/// Energy  link_byte a byte on the wire (packet overhead included), link_message a message; idle through inventory().
/// Busy    the wire, of a full-duplex link the average of both directions.
/// Coarse  request packets of a read and acknowledgements are not counted (each 2 to 5 % of the bytes the other way).
class Channel : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Channel, 128> target{"target"};
    tlm_utils::simple_initiator_socket<Channel, 128> initiator{"initiator"};

    Channel(const sc_core::sc_module_name& name, const ChannelTiming& timing, power::Meter& meter);
    power::Inventory inventory() const;
    std::uint64_t messages() const { return messages_; }
    std::uint64_t payload_bytes() const { return payload_bytes_; }

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    Calendar& wire(bool write) { return write || timing_.half_duplex ? to_far_ : to_near_; }
    void count(const tlm::tlm_generic_payload& payload, std::uint64_t wire_time);

    ChannelTiming timing_;
    power::Meter& meter_;
    power::OperationId byte_, message_;
    Calendar to_far_, to_near_;
    std::uint64_t messages_ = 0, payload_bytes_ = 0, wire_time_ = 0;
};

}  // namespace ulpsim::models

#include "models/interconnect/channel.hpp"

#include <algorithm>
#include <cmath>

#include "models/memory/clock.hpp"

namespace ulpsim::models {
namespace {

std::uint64_t picoseconds_of_ns(double nanoseconds) {
    return static_cast<std::uint64_t>(std::llround(nanoseconds * 1000));
}

}  // namespace

Channel::Channel(const sc_core::sc_module_name& name, const ChannelTiming& timing, power::Meter& meter)
    : sc_module(name),
      timing_(timing),
      meter_(meter),
      byte_(meter.intern(power::LinkByte{timing.model})),
      message_(meter.intern(power::LinkMessage{timing.model})) {
    target.register_b_transport(this, &Channel::b_transport);
    target.register_transport_dbg(this, &Channel::transport_dbg);
}

void Channel::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const bool write = payload.is_write();
    const std::uint64_t latency = picoseconds_of_ns(timing_.latency_ns);
    const std::uint64_t called = picoseconds(sc_core::sc_time_stamp());
    const std::uint64_t sent =
        called + picoseconds(delay) + (access_of(payload).message ? picoseconds_of_ns(timing_.message_ns) : 0);
    const std::uint64_t wire_time =
        picoseconds_of_bytes(timing_.wire_bytes(payload.get_data_length()), timing_.bytes_per_second);
    wire(write).forget_before(called);
    const std::uint64_t wire_end = wire(write).reserve(write ? sent : sent + latency, wire_time);
    count(payload, wire_time);

    sc_core::wait(time_of_picoseconds(sent + latency - called));
    delay = sc_core::SC_ZERO_TIME;
    initiator->b_transport(payload, delay);

    const std::uint64_t now = picoseconds(sc_core::sc_time_stamp());
    const std::uint64_t far_end = now + picoseconds(delay);
    // Written data have arrived a latency after they left; read data set out when both have them and then travel.
    const std::uint64_t end = write ? std::max(wire_end + latency, far_end) : std::max(wire_end, far_end) + latency;
    delay = time_of_picoseconds(end - now);
}

void Channel::count(const tlm::tlm_generic_payload& payload, std::uint64_t wire_time) {
    const power::Tag tag = access_of(payload).tag;
    if (access_of(payload).message) {
        meter_.count(message_, tag, 1);
        ++messages_;
    }
    meter_.count(byte_, tag, timing_.wire_bytes(payload.get_data_length()));
    const std::uint64_t directions = timing_.half_duplex ? 1 : 2;
    const std::uint64_t before = wire_time_ / directions;
    wire_time_ += wire_time;
    meter_.busy(wire_time_ / directions - before);
    payload_bytes_ += payload.get_data_length();
}

unsigned Channel::transport_dbg(tlm::tlm_generic_payload& payload) { return initiator->transport_dbg(payload); }

power::Inventory Channel::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    inventory.channel_model = timing_.model;
    return inventory;
}

}  // namespace ulpsim::models

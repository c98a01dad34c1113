#include "models/interconnect/bus.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "models/arithmetic/error.hpp"
#include "models/memory/clock.hpp"

namespace ulpsim::models {
namespace {

constexpr std::uint64_t page = 4096;  // no AXI burst crosses one

const BusParameters& checked(const BusParameters& parameters) {
    if (parameters.width_bits == 0 || parameters.width_bits % 8 != 0)
        throw Error("width_bits is " + std::to_string(parameters.width_bits) + "; allowed: multiples of 8");
    if (!(parameters.clock_mhz > 0)) throw Error("clock_mhz is not positive; allowed: above 0");
    return parameters;
}

}  // namespace

Bus::Bus(const sc_core::sc_module_name& name, const BusParameters& parameters, power::Meter& meter)
    : sc_module(name),
      parameters_(checked(parameters)),
      latency_(picoseconds_of_cycles(parameters.latency_cycles, parameters.clock_mhz)),
      meter_(meter),
      byte_(meter.intern(power::BusByte{parameters.width_bits})) {
    target.register_b_transport(this, &Bus::b_transport);
    target.register_transport_dbg(this, &Bus::transport_dbg);
}

void Bus::map(const AddressRange& range) {
    const bool taken = std::ranges::any_of(map_, [&](const AddressRange& other) { return other.overlaps(range); });
    if (taken || range.first >= range.last)
        throw std::logic_error(std::string(name()) + ": address range " + std::to_string(range.first) + " to " +
                               std::to_string(range.last) + (taken ? " overlaps another" : " is empty"));
    map_.push_back(range);
}

void Bus::end_of_elaboration() {
    if (map_.size() != initiator.size())
        throw std::logic_error(std::string(name()) + ": " + std::to_string(map_.size()) + " address ranges for " +
                               std::to_string(initiator.size()) + " bound targets");
}

const AddressRange* Bus::range_of(std::uint64_t address) const {
    const auto found =
        std::ranges::find_if(map_, [&](const AddressRange& range) { return range.includes(address, 1); });
    return found == map_.end() ? nullptr : &*found;
}

/// Picoseconds of the data channel that a transaction takes.
std::uint64_t Bus::occupancy(std::uint64_t address, std::uint64_t bytes) const {
    const std::uint64_t width = parameters_.width_bits / 8;
    const std::uint64_t beats = (address % width + bytes + width - 1) / width;
    const std::uint64_t pages = (address + bytes - 1) / page - address / page + 1;
    return picoseconds_of_cycles(beats + pages, parameters_.clock_mhz);
}

void Bus::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    const AddressRange* range = range_of(address);
    if (range == nullptr || !range->includes(address, payload.get_data_length())) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    const std::uint64_t called = picoseconds(sc_core::sc_time_stamp());
    const std::uint64_t taken = occupancy(address, payload.get_data_length());
    Calendar& channel = payload.is_write() ? write_ : read_;
    channel.forget_before(called);
    const std::uint64_t bus_end = channel.reserve(called + picoseconds(delay), taken);
    count_busy(taken);
    ++transactions_;

    payload.set_address(address - range->first);
    initiator[static_cast<int>(range - map_.data())]->b_transport(payload, delay);
    payload.set_address(address);

    // The target may have waited: its annotation counts from the time of its return.
    const std::uint64_t now = picoseconds(sc_core::sc_time_stamp());
    const std::uint64_t end = std::max(bus_end, now + picoseconds(delay)) + latency_;
    delay = time_of_picoseconds(end - now);
    if (payload.is_response_ok()) meter_.count(byte_, access_of(payload).tag, payload.get_data_length());
}

unsigned Bus::transport_dbg(int, tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    const AddressRange* range = range_of(address);
    if (range == nullptr) return 0;
    payload.set_address(address - range->first);
    const unsigned moved = initiator[static_cast<int>(range - map_.data())]->transport_dbg(payload);
    payload.set_address(address);
    return moved;
}

void Bus::count_busy(std::uint64_t picoseconds) {
    const std::uint64_t before = busy_of_both_ / 2;
    busy_of_both_ += picoseconds;
    meter_.busy(busy_of_both_ / 2 - before);
}

power::Inventory Bus::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    // Multiplexers and two register slices on each of the two data channels; their switching is part of bus_byte.
    inventory.operators.push_back({power::BusByte{parameters_.width_bits}, 2});
    return inventory;
}

}  // namespace ulpsim::models

#include "models/memory/scratchpad.hpp"

#include <algorithm>

#include "models/arithmetic/error.hpp"
#include "models/memory/clock.hpp"
#include "models/memory/memory_access.hpp"

namespace ulpsim::models {
namespace {

const ScratchpadParameters& checked(const ScratchpadParameters& parameters) {
    if (parameters.bytes == 0) throw Error("bytes is 0; allowed: 1 and more");
    if (parameters.banks == 0) throw Error("banks is 0; allowed: 1 and more");
    if (parameters.word_bits == 0 || parameters.word_bits % 8 != 0)
        throw Error("word_bits is " + std::to_string(parameters.word_bits) + "; allowed: multiples of 8");
    if (!(parameters.clock_mhz > 0)) throw Error("clock_mhz is not positive; allowed: above 0");
    return parameters;
}

/// Cost tables start at 1 KiB; a smaller bank is charged as one.
std::uint32_t bank_kib(const ScratchpadParameters& parameters) {
    const std::uint64_t kib = parameters.bytes / parameters.banks / 1024;
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, kib));
}

}  // namespace

Scratchpad::Scratchpad(const sc_core::sc_module_name& name, const ScratchpadParameters& parameters, power::Meter& meter)
    : sc_module(name),
      parameters_(checked(parameters)),
      meter_(meter),
      read_(meter.intern(power::SramRead{parameters.word_bits, bank_kib(parameters)})),
      write_(meter.intern(power::SramWrite{parameters.word_bits, bank_kib(parameters)})),
      storage_(parameters.bytes) {
    target.register_b_transport(this, &Scratchpad::b_transport);
    target.register_transport_dbg(this, &Scratchpad::transport_dbg);
}

void Scratchpad::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (refused(payload, parameters_.bytes)) return;
    const std::uint64_t now = picoseconds(sc_core::sc_time_stamp());
    const std::uint64_t word_bytes = parameters_.word_bits / 8;
    const std::uint64_t touched = words((payload.get_address() % word_bytes + payload.get_data_length()) * 8);
    const std::uint64_t cycles = (touched + parameters_.banks - 1) / parameters_.banks;
    const std::uint64_t occupancy = picoseconds_of_cycles(cycles, parameters_.clock_mhz);

    ports_.forget_before(now);
    const std::uint64_t end = ports_.reserve(now + picoseconds(delay), occupancy);
    use_ports(touched);
    meter_.count(payload.is_write() ? write_ : read_, access_of(payload).tag, touched);
    serve(payload, storage_.data());
    delay = time_of_picoseconds(end - now + picoseconds_of_cycles(1, parameters_.clock_mhz));
}

unsigned Scratchpad::transport_dbg(tlm::tlm_generic_payload& payload) {
    return serve_debug(payload, storage_.data(), parameters_.bytes);
}

std::uint64_t Scratchpad::words(std::uint64_t bits) const {
    return (bits + parameters_.word_bits - 1) / parameters_.word_bits;
}

void Scratchpad::count_read(std::uint64_t bits, power::Tag tag) {
    meter_.count(read_, tag, words(bits));
    use_ports(words(bits));
}

void Scratchpad::count_write(std::uint64_t bits, power::Tag tag) {
    meter_.count(write_, tag, words(bits));
    use_ports(words(bits));
}

void Scratchpad::use_ports(std::uint64_t words) {
    const std::uint64_t now = picoseconds(sc_core::sc_time_stamp());
    const std::uint64_t cycles = (words + parameters_.banks - 1) / parameters_.banks;
    const std::uint64_t occupancy = picoseconds_of_cycles(cycles, parameters_.clock_mhz);
    use_.forget_before(now);
    use_.reserve(now, occupancy);
    used_ += occupancy;
}

void Scratchpad::finish(std::uint64_t picoseconds) {
    const std::uint64_t busy = used_ - use_.busy_after(picoseconds);
    meter_.busy(busy - reported_);
    reported_ = busy;
}

power::Inventory Scratchpad::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    inventory.srams.push_back({bank_kib(parameters_), parameters_.banks, parameters_.word_bits});
    return inventory;
}

}  // namespace ulpsim::models

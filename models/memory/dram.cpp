#include "models/memory/dram.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "models/arithmetic/error.hpp"
#include "models/memory/memory_access.hpp"

namespace ulpsim::models {
namespace {

void check(const DramParameters& parameters) {
    const auto refuse = [](const char* key, std::uint64_t value, const char* allowed) {
        throw Error(std::string(key) + " is " + std::to_string(value) + "; allowed: " + allowed);
    };
    if (parameters.channels == 0) refuse("channels", 0, "1 and more");
    if (parameters.bytes == 0) refuse("bytes", 0, "1 and more");
    if (parameters.look_ahead == 0) refuse("look_ahead", 0, "1 and more");
    if (parameters.interleave_bytes == 0 || parameters.interleave_bytes % parameters.timing.burst_bytes != 0)
        refuse("interleave_bytes", parameters.interleave_bytes, "whole bursts of the model");
}

std::uint8_t* map_zeros(std::uint64_t bytes) {
    void* place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc();
    // Tensors are walked through from end to end: fewer and larger pages save their misses. A hint, which may be refused.
    ::madvise(place, bytes, MADV_HUGEPAGE);
    return static_cast<std::uint8_t*>(place);
}

}  // namespace

Dram::Dram(const sc_core::sc_module_name& name, const DramParameters& parameters, power::Meter& meter)
    : sc_module(name),
      parameters_(parameters),
      controller_(static_cast<std::uint64_t>(std::llround(parameters.controller_latency_ns * 1000))),
      meter_(meter),
      activate_(meter.intern(power::DramActivate{parameters.timing.model})),
      read_(meter.intern(power::DramReadByte{parameters.timing.model})),
      write_(meter.intern(power::DramWriteByte{parameters.timing.model})),
      refresh_(meter.intern(power::DramRefresh{parameters.timing.model})) {
    check(parameters);
    channels_.assign(parameters.channels, DramChannel(parameters.timing, parameters.look_ahead, controller_));
    storage_ = map_zeros(parameters.bytes);
    target.register_b_transport(this, &Dram::b_transport);
    target.register_transport_dbg(this, &Dram::transport_dbg);
}

Dram::~Dram() { ::munmap(storage_, parameters_.bytes); }

void Dram::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (refused(payload, parameters_.bytes)) return;
    const std::uint64_t now = picoseconds(sc_core::sc_time_stamp());
    const std::uint64_t address = payload.get_address();
    const std::uint64_t end = access(now + picoseconds(delay), {address, address + payload.get_data_length()},
                                     payload.is_write(), access_of(payload));
    serve(payload, storage_);
    delay = time_of_picoseconds(end - now);
}

Dram::Round Dram::round_of(std::uint64_t address) const {
    const std::uint64_t bytes = parameters_.interleave_bytes * parameters_.channels;
    return {address / bytes, address % bytes};
}

std::uint64_t Dram::below(unsigned channel, const Round& round) const {
    const std::uint64_t stripe = parameters_.interleave_bytes, before = channel * stripe;
    return round.number * stripe + (round.offset > before ? std::min(round.offset - before, stripe) : 0);
}

/// Counts the run on all channels; returns when its last byte has passed the controller.
std::uint64_t Dram::access(std::uint64_t arrival, const AddressRange& range, bool write, const Access& access) {
    const std::uint64_t stripe = parameters_.interleave_bytes;
    const std::uint64_t stripes = (range.last - 1) / stripe - range.first / stripe + 1;
    const DramWindow window{std::max(1U, access.max_outstanding),
                            static_cast<unsigned>(std::min<std::uint64_t>(stripes, parameters_.channels)),
                            stripe / parameters_.timing.burst_bytes};
    DramChannel::Run total{.data_end = arrival};
    const Round first = round_of(range.first), last = round_of(range.last);
    for (unsigned c = 0; c < parameters_.channels; ++c) {
        // A channel's part of the range is contiguous too, since its stripes follow each other there.
        const AddressRange local{below(c, first), below(c, last)};
        if (local.size() == 0) continue;
        const DramChannel::Run run = channels_[c].access(arrival, local, write, window);
        total.data_end = std::max(total.data_end, run.data_end);
        total.bursts += run.bursts;
        total.activates += run.activates;
        total.refreshes += run.refreshes;
    }
    meter_.count(activate_, access.tag, total.activates);
    meter_.count(write ? write_ : read_, access.tag, total.bursts * parameters_.timing.burst_bytes);
    if (total.refreshes != 0) meter_.count(refresh_, power::Ledger::unclaimed, total.refreshes);
    count_busy(total.bursts * channels_.front().burst_time());
    (write ? bytes_written_ : bytes_read_) += range.size();
    ++transactions_;
    return total.data_end + controller_;
}

void Dram::count_busy(std::uint64_t picoseconds) {
    const std::uint64_t before = busy_of_all_channels_ / parameters_.channels;
    busy_of_all_channels_ += picoseconds;
    meter_.busy(busy_of_all_channels_ / parameters_.channels - before);
}

unsigned Dram::transport_dbg(tlm::tlm_generic_payload& payload) {
    return serve_debug(payload, storage_, parameters_.bytes);
}

void Dram::finish(std::uint64_t picoseconds) {
    std::uint64_t refreshes = 0;
    for (DramChannel& channel : channels_) refreshes += channel.refresh_until(picoseconds);
    if (refreshes != 0) meter_.count(refresh_, power::Ledger::unclaimed, refreshes);
}

power::Inventory Dram::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    inventory.dram_model = parameters_.timing.model;
    inventory.dram_channels = parameters_.channels;
    return inventory;
}

}  // namespace ulpsim::models

#include "models/accelerator/dma_engine.hpp"

#include <algorithm>
#include <stdexcept>

#include "models/memory/address_range.hpp"

namespace ulpsim::models {
namespace {
constexpr std::uint64_t burst_bytes = 64;  // of a staging slot (Gemmini's default request; facts: platform 3.3)
}

DmaEngine::DmaEngine(const sc_core::sc_module_name& name, Queue queue, const AcceleratorParameters& parameters,
                     Scratchpad& scratchpad, const Execution& execution, Retirement& retirement, power::Ledger& ledger,
                     power::Meter& meter)
    : CommandUnit(name, queue, parameters.queue_depth, parameters.clock_mhz, retirement, ledger, meter),
      store_(queue == Queue::store),
      max_outstanding_(parameters.max_outstanding),
      bus_bytes_(parameters.bus_width_bits / 8),
      bus_clock_mhz_(parameters.bus_clock_mhz),
      scratchpad_(scratchpad),
      execution_(execution),
      staging_(meter.intern(power::RegisterBit{})) {}

void DmaEngine::execute(const Command& command) {
    const Move& move = std::get<Move>(command.body);
    const bool contiguous = move.memory_pitch == move.row_bytes && move.scratchpad_pitch == move.row_bytes;
    for (std::uint32_t plane = 0; plane < move.planes; ++plane) {
        const std::uint64_t memory = move.memory + plane * move.memory_plane;
        const std::uint64_t scratchpad = move.scratchpad + std::uint64_t{plane} * move.scratchpad_plane;
        if (contiguous) {
            transfer(memory, scratchpad, std::uint64_t{move.rows} * move.row_bytes, command.tag);
            continue;
        }
        for (std::uint32_t row = 0; row < move.rows; ++row) {
            transfer(memory + row * move.memory_pitch, scratchpad + std::uint64_t{row} * move.scratchpad_pitch,
                     move.row_bytes, command.tag);
        }
    }
}

void DmaEngine::transfer(std::uint64_t memory, std::uint64_t scratchpad, std::uint64_t bytes, power::Tag tag) {
    if (!AddressRange{0, scratchpad_.size()}.includes(scratchpad, bytes)) {
        throw std::runtime_error(std::string(name()) + ": " + std::to_string(bytes) + " bytes at scratchpad address " +
                                 std::to_string(scratchpad) + " do not end within its " +
                                 std::to_string(scratchpad_.size()) + " bytes");
    }
    Access access;
    access.tag = tag;
    access.max_outstanding = max_outstanding_;
    access.values = execution_.values;
    transaction_.start(store_ ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, memory,
                       scratchpad_.bytes() + scratchpad, static_cast<unsigned>(bytes), access);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    initiator->b_transport(transaction_.payload(), delay);
    if (transaction_.payload().is_response_error()) {
        throw std::runtime_error(std::string(name()) + ": " + transaction_.payload().get_response_string() +
                                 " at address " + std::to_string(memory));
    }
    if (store_) {
        scratchpad_.count_read(bytes * 8, tag);
    } else {
        scratchpad_.count_write(bytes * 8, tag);
    }
    meter().count(staging_, tag, 2 * 8 * bytes);
    // Busy for as long as the bytes would take over a bus that nobody else uses; the rest is waiting for bus and memory.
    const std::uint64_t moving = std::min(
        picoseconds(delay), picoseconds(cycles_to_time((bytes + bus_bytes_ - 1) / bus_bytes_, bus_clock_mhz_)));
    meter().busy(moving);
    meter().stalled(power::Cause::memory, picoseconds(delay) - moving);
    ++transactions_;
    wait(delay);
}

power::Inventory DmaEngine::inventory() const {
    power::Inventory inventory;
    inventory.component = meter().component();
    inventory.register_bits = max_outstanding_ * burst_bytes * 8;
    return inventory;  // clock gated but for the bits that it counts
}

}  // namespace ulpsim::models

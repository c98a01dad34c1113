#include "models/accelerator/sequencer.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace ulpsim::models {
namespace {

constexpr std::uint32_t queue_word_bits = 128;
constexpr std::uint64_t descriptor_words = descriptor_bytes * 8 / queue_word_bits;

std::uint32_t kib(std::uint64_t descriptors) {
    return static_cast<std::uint32_t>((descriptors * descriptor_bytes + 1023) / 1024);
}
/// Of the memory that holds what is fetched and what waits in the queues.
std::uint32_t queue_kib(const AcceleratorParameters& parameters) {
    return kib(std::uint64_t{parameters.queue_depth} * queue_count + Sequencer::fetch_slots);
}

}  // namespace

Sequencer::Sequencer(const sc_core::sc_module_name& name, const AcceleratorParameters& parameters,
                     std::array<CommandUnit*, queue_count> units, const Execution& execution, Retirement& retirement,
                     power::Meter& meter)
    : sc_module(name),
      parameters_(parameters),
      units_(units),
      execution_(execution),
      retirement_(retirement),
      meter_(meter),
      descriptor_(meter.intern(power::Descriptor{})),
      queue_read_(meter.intern(power::SramRead{queue_word_bits, queue_kib(parameters)})),
      queue_write_(meter.intern(power::SramWrite{queue_word_bits, queue_kib(parameters)})),
      loop_read_(meter.intern(power::SramRead{queue_word_bits, kib(parameters.loop_slots)})),
      loop_write_(meter.intern(power::SramWrite{queue_word_bits, kib(parameters.loop_slots)})),
      buffer_(std::size_t{fetch_slots} * descriptor_bytes) {
    SC_HAS_PROCESS(Sequencer);
    registers.register_b_transport(this, &Sequencer::b_transport);
    SC_THREAD(run);
}

void Sequencer::run() {
    try {
        for (;;) {
            while (fetched_ == submitted_) wait(doorbell_);
            const std::uint32_t slot = fetched_ % parameters_.ring_slots;
            const std::uint32_t count = std::min({submitted_ - fetched_, fetch_slots, parameters_.ring_slots - slot});
            fetched_commands_.resize(count);
            fetch(parameters_.ring_address + std::uint64_t{slot} * descriptor_bytes, fetched_commands_);
            fetched_ += count;
            fetched_event_.notify();
            for (const Command& command : fetched_commands_) deal(command);
        }
    } catch (const sc_core::sc_unwind_exception&) {
        throw;
    } catch (...) {
        retirement_.error = std::current_exception();
        sc_core::sc_stop();
    }
}

void Sequencer::fetch(std::uint64_t address, std::span<Command> commands) {
    const auto count = static_cast<std::uint32_t>(commands.size());
    Access access;  // nobody's phase; descriptors move whether values do or not, for they decide times and meters
    access.max_outstanding = parameters_.max_outstanding;
    transaction_.start(tlm::TLM_READ_COMMAND, address, buffer_.data(), count * descriptor_bytes, access);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    initiator->b_transport(transaction_.payload(), delay);
    if (transaction_.payload().is_response_error()) {
        throw std::runtime_error("descriptor fetch: " + transaction_.payload().get_response_string());
    }
    ++transactions_;
    const sc_core::sc_time time = delay + cycles_to_time(count, parameters_.clock_mhz);  // one decodes in a cycle
    meter_.busy(picoseconds(time));
    wait(time);
    for (std::uint32_t i = 0; i < count; ++i) commands[i] = decode(buffer_.data() + std::size_t{i} * descriptor_bytes);
}

void Sequencer::deal(const Command& command) {
    if (const auto* loop = std::get_if<LoopCommand>(&command.body)) return run_loop(*loop, command.tag);
    push(command);
}

void Sequencer::push(const Command& command) {
    CommandUnit& unit = *units_.at(static_cast<std::size_t>(command.queue));
    meter_.count(descriptor_, command.tag, 1);
    meter_.count(queue_write_, command.tag, descriptor_words);
    meter_.count(queue_read_, command.tag, descriptor_words);
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    while (unit.full()) wait(unit.popped());
    const sc_core::sc_time waited = sc_core::sc_time_stamp() - start;
    if (waited != sc_core::SC_ZERO_TIME) meter_.stalled(power::Cause::queue_full, picoseconds(waited));
    unit.push(command);
}

void Sequencer::run_loop(const LoopCommand& loop, power::Tag tag) {
    meter_.count(descriptor_, tag, 1);
    const sc_core::sc_time waited = wait_until_retired(retirement_, loop.issued);
    if (waited != sc_core::SC_ZERO_TIME) meter_.stalled(power::Cause::dependency, picoseconds(waited));
    const bool kept = loop.length <= parameters_.loop_slots;
    loop_body_.resize(loop.length);
    if (kept) meter_.count(loop_write_, tag, std::uint64_t{loop.length} * descriptor_words);
    for (std::uint64_t iteration = 0; iteration < loop.iterations; ++iteration) {
        const std::uint64_t block = select(loop, iteration, tag);
        for (std::uint32_t first = 0; first < loop.length; first += fetch_slots) {
            const std::uint32_t count = std::min(fetch_slots, loop.length - first);
            if (!kept || iteration == 0) {
                fetch(loop.body + std::uint64_t{first} * descriptor_bytes, std::span(loop_body_).subspan(first, count));
            } else {
                // Out of the loop's own memory, one a cycle.
                const sc_core::sc_time time = cycles_to_time(count, parameters_.clock_mhz);
                meter_.count(loop_read_, tag, std::uint64_t{count} * descriptor_words);
                meter_.busy(picoseconds(time));
                wait(time);
            }
            for (std::uint32_t i = 0; i < count; ++i) push(in_iteration(loop_body_[first + i], loop, iteration, block));
        }
    }
}

std::uint64_t Sequencer::select(const LoopCommand& loop, std::uint64_t iteration, power::Tag tag) {
    if (loop.draws == 0) return iteration % loop.blocks;
    draws_ = true;
    meter_.count(meter_.intern(power::RandomBits{32}), tag, 1);
    return arithmetic::random_index({execution_.seed, loop.draws}, iteration, loop.blocks);
}

void Sequencer::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    if (payload.get_byte_enable_ptr() != nullptr) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    if (payload.get_data_length() != 8 || payload.get_streaming_width() < 8) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (address % 8 != 0 || address + 8 > register_bytes || (payload.is_read() && address == 0)) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    std::uint64_t value = 0;
    if (payload.is_write()) {
        std::memcpy(&value, payload.get_data_ptr(), sizeof value);
        write_register(address, static_cast<std::uint32_t>(value), delay);
    } else {
        value = retirement_.count[address / 8 - 1];
        std::memcpy(payload.get_data_ptr(), &value, sizeof value);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Sequencer::write_register(std::uint64_t address, std::uint32_t value, const sc_core::sc_time& delay) {
    if (address == 0) {
        submitted_ = value;
        doorbell_.notify(delay);
        return;
    }
    const std::size_t queue = address / 8 - 1;
    retirement_.watched[queue] = value;
    if (retirement_.count[queue] >= value) retirement_.interrupt.notify(delay);
}

power::Inventory Sequencer::inventory() const {
    power::Inventory inventory;
    inventory.component = meter_.component();
    inventory.operators.push_back({power::Descriptor{}, 1});
    if (draws_) inventory.operators.push_back({power::RandomBits{32}, 1});
    inventory.srams.push_back({queue_kib(parameters_), 1, queue_word_bits});
    inventory.srams.push_back({kib(parameters_.loop_slots), 1, queue_word_bits});
    return inventory;
}

}  // namespace ulpsim::models

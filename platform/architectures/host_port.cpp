#include "platform/architectures/host_port.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace ulpsim::platform {

HostPort::HostPort(models::Cpu& cpu, models::Accelerator* accelerator, const models::Execution& execution,
                   power::Ledger& ledger, const Addresses& addresses)
    : cpu_(cpu), accelerator_(accelerator), execution_(execution), ledger_(ledger), addresses_(addresses) {}

void HostPort::work(const models::CpuWork& work, power::Tag tag) {
    cpu_.work(work, tag);
    cpu_.synchronise();
    advance(tag);
}

void HostPort::control(std::uint64_t cycles, power::Tag tag) { cpu_.cycles_of_work(cycles, tag); }

void HostPort::read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes, power::Tag tag) {
    cpu_.read(address, data, bytes, tag, execution_.values);
    cpu_.synchronise();
    advance(tag);
}

void HostPort::write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes, power::Tag tag) {
    cpu_.write(address, data, bytes, tag, execution_.values);
    cpu_.synchronise();
    advance(tag);
}

// The host's own work is in the phase of what it does; the accelerator's units claim time as their commands retire.
void HostPort::advance(power::Tag tag) { ledger_.advance(models::picoseconds(sc_core::sc_time_stamp()), tag); }

void HostPort::submit(std::span<const models::Command> commands, power::Tag tag) {
    if (accelerator_ == nullptr) throw std::logic_error("commands for an accelerator that is not there");
    const auto& sequencer = accelerator_->sequencer;
    while (!commands.empty()) {
        // Coarse: how far the sequencer has fetched is known at once; a driver would read it when it believes the ring full.
        const auto free_slots = [&] { return addresses_.ring_slots - (submitted_ - sequencer.fetched()); };
        cpu_.wait_until([&] { return free_slots() > 0; }, sequencer.fetched_event(), tag);
        const std::uint32_t slot = submitted_ % addresses_.ring_slots;
        const auto room = std::min<std::uint32_t>(free_slots(), addresses_.ring_slots - slot);
        const std::size_t count = std::min<std::size_t>(commands.size(), room);
        encode(commands.first(count));
        // Descriptors move whether values do or not.
        cpu_.write(addresses_.ring + std::uint64_t{slot} * models::descriptor_bytes, descriptors_.data(),
                   descriptors_.size(), tag);
        submitted_ += static_cast<std::uint32_t>(count);
        cpu_.write_register(addresses_.registers, submitted_, tag);
        commands = commands.subspan(count);
    }
}

void HostPort::encode(std::span<const models::Command> commands) {
    descriptors_.clear();
    for (const models::Command& command : commands) {
        const models::Descriptor bytes = models::encode(command);
        descriptors_.insert(descriptors_.end(), bytes.begin(), bytes.end());
    }
}

void HostPort::load(std::uint64_t address, std::span<const models::Command> commands, power::Tag tag) {
    encode(commands);
    // These too move whether values do or not.
    cpu_.write(address, descriptors_.data(), descriptors_.size(), tag);
}

void HostPort::wait(const models::Tokens& tokens, power::Tag tag) {
    cpu_.synchronise();
    if (accelerator_ == nullptr) return;
    const models::Retirement& retirement = accelerator_->retirement;
    const auto retired = [&](std::size_t queue) { return retirement.count[queue] >= tokens[queue]; };
    for (std::size_t queue = 0; queue < models::queue_count; ++queue) {
        if (retired(queue)) continue;
        // The host sets the compare register, sleeps until the interrupt and reads the count that it finds.
        // Coarse: the interrupt itself takes no time and no bytes on a channel; the read behind it takes both.
        const std::uint64_t count_register = addresses_.registers + 8 + 8 * queue;
        cpu_.write_register(count_register, tokens[queue], tag);
        cpu_.wait_until([&] { return retired(queue); }, retirement.interrupt, tag);
        cpu_.read_register(count_register, tag);
    }
}

void HostPort::debug_read(std::uint64_t address, std::uint8_t* data, std::uint64_t bytes) {
    debug(tlm::TLM_READ_COMMAND, address, data, bytes);
}

void HostPort::debug_write(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes) {
    debug(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(data), bytes);  // a write does not touch its data
}

void HostPort::debug(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::uint64_t bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(static_cast<unsigned>(bytes));
    payload.set_streaming_width(static_cast<unsigned>(bytes));
    if (cpu_.initiator->transport_dbg(payload) != bytes) {
        throw std::runtime_error("debug access of " + std::to_string(bytes) + " bytes at address " +
                                 std::to_string(address) + " reaches no memory");
    }
}

}  // namespace ulpsim::platform

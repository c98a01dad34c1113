#include "platform/runtime/platform_executor.hpp"

#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "workloads/executor/validate.hpp"

namespace ulpsim::platform {

using workloads::Place;
using workloads::Role;
using workloads::Tensor;

namespace {

/// Inputs, labels and metrics are the host's too; they stay in memory that both reach.
bool may_stay_on_chip(Role role) { return role != Role::input && role != Role::label && role != Role::metric; }

}  // namespace

PlatformExecutor::PlatformExecutor(Machine& machine, models::Execution& execution, const ExecutorParameters& parameters)
    : machine_(machine),
      execution_(execution),
      parameters_(parameters),
      host_memory_(parameters.memory.accelerator.bytes == 0 ? "platform.dram.size_mib" : "platform.host_dram.size_mib",
                   parameters.memory.host.first, parameters.memory.host.bytes),
      accelerator_memory_("platform.dram.size_mib", parameters.memory.accelerator.device_first,
                          parameters.memory.accelerator.bytes),
      resident_memory_("platform.accelerator.scratchpad.resident_kib", 0, parameters.resident_bytes),
      lowering_(parameters.tiling,
                TileMemory(static_cast<std::uint32_t>(parameters.resident_bytes),
                           static_cast<std::uint32_t>(parameters.scratchpad_bytes - parameters.resident_bytes),
                           parameters.double_buffer),
                tensors_),
      host_operations_(machine, execution, tensors_, parameters.host_cache_bytes) {
    execution_.counts = &lowering_.counted();
}

Tensor PlatformExecutor::allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                                  const arithmetic::Format& format, const std::string& name) {
    TensorState state;
    state.tensor = {.id = next_id_++, .place = place, .rows = rows, .columns = columns, .format = format};
    state.name = name;
    state.in_scratchpad = place == Place::accelerator && may_stay_on_chip(role) && resident_memory_.fits(state.bytes());
    state.address = allocator(state).allocate(state.bytes(), "tensor " + name);
    // Memories come up cleared; a place that was used before is cleared by whoever frees it, outside time and energy.
    if (execution_.values) {
        const std::vector<std::uint8_t> zeros(state.bytes());
        machine_.debug_write(host_address(state), zeros.data(), zeros.size());
    }
    const Tensor tensor = state.tensor;
    tensors_.emplace(tensor.id, std::move(state));
    return tensor;
}

Allocator& PlatformExecutor::allocator(const TensorState& state) {
    if (state.in_scratchpad) return resident_memory_;
    const bool host = state.tensor.place == Place::host && !parameters_.shared_memory;
    return host ? host_memory_ : accelerator_memory_;
}

std::uint64_t PlatformExecutor::host_address(const TensorState& state, std::uint64_t row) const {
    const std::uint64_t address = state.address + row * state.pitch();
    if (state.in_scratchpad) return parameters_.memory.scratchpad.first + address;
    if (state.tensor.place == Place::host && !parameters_.shared_memory) return address;
    return accelerator_address(address);
}

std::uint64_t PlatformExecutor::accelerator_address(std::uint64_t device_address) const {
    return parameters_.memory.accelerator.first + (device_address - parameters_.memory.accelerator.device_first);
}

std::uint64_t PlatformExecutor::view_bytes(const Tensor& tensor) const {
    const TensorState& state = tensors_.at(tensor.id);
    if (tensor.first_row + tensor.rows > state.tensor.rows) throw std::logic_error("a view is larger than its tensor");
    return arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns);
}

std::vector<PlatformExecutor::Run> PlatformExecutor::runs(const Tensor& view) const {
    const TensorState& state = tensors_.at(view.id);
    const std::uint64_t first = host_address(state, view.first_row);
    if (view.rows == state.tensor.rows) return {{first, view_bytes(view)}};
    std::vector<Run> all;
    for (std::uint64_t term = 0; term < view.format.terms; ++term)
        all.push_back({first + term * state.plane(), view_bytes(view) / view.format.terms});
    return all;
}

void PlatformExecutor::release(Tensor tensor) {
    const TensorState& state = tensors_.at(tensor.id);
    machine_.wait(later(state.written, state.read), machine_.tag("other", "-"));
    allocator(state).release(state.address);
    tensors_.erase(tensor.id);
}

void PlatformExecutor::enqueue(const workloads::Op& op) {
    workloads::validate(op);
    const power::Tag charged = tag(op);
    if (const auto* move = std::get_if<workloads::Transfer>(&op.what)) return transfer(*move, charged);
    if (op.place == Place::host) return host_operations_.run(op, charged);
    const std::vector<models::Command> commands = lowering_.lower(op, charged);
    machine_.control(call_cycles + descriptor_cycles * commands.size(), charged);
    machine_.submit(commands, charged);
}

power::Tag PlatformExecutor::tag(const workloads::Op& op) {
    const auto [known, fresh] = tags_.try_emplace({op.phase, op.layer});
    if (fresh) known->second = machine_.tag(op.phase, op.layer);
    return known->second;
}

void PlatformExecutor::program(Place place, std::uint64_t iterations, const workloads::Body& body) {
    workloads::validate(place, body);
    if (body.ops.empty() || iterations == 0) return;
    if (place == Place::host || iterations < Lowering::least_iterations) {
        for (std::uint64_t i = 0; i < iterations; ++i) {
            const std::uint64_t block = workloads::selected_block(body.selection, execution_.seed, i);
            for (const workloads::Op& op : body.ops) enqueue(workloads::in_iteration(op, body, i, block));
        }
        return;
    }
    std::vector<power::Tag> tags;
    for (const workloads::Op& op : body.ops) tags.push_back(tag(op));
    Lowering::Loop loop = lowering_.lower_loop(body, iterations, tags);
    if (loop.body != loaded_.body) load_body(loop.body, tags.front());
    loop.command.body = loaded_.address;
    loaded_.end = lowering_.issued();
    models::Command command;
    command.tag = tags.front();
    command.body = loop.command;
    machine_.control(call_cycles + descriptor_cycles, tags.front());
    machine_.submit({&command, 1}, tags.front());
}

void PlatformExecutor::load_body(const std::vector<models::Command>& body, power::Tag tag) {
    machine_.wait(loaded_.end, tag);
    if (!loaded_.body.empty()) accelerator_memory_.release(loaded_.address);
    const std::uint64_t bytes = body.size() * models::descriptor_bytes;
    loaded_.body = body;
    loaded_.address = accelerator_memory_.allocate(bytes, "the body of a loop");
    machine_.control(call_cycles + descriptor_cycles * body.size(), tag);
    machine_.load(accelerator_address(loaded_.address), body, tag);
}

// Coarse: a copy engine moves the bytes; the host waits, but spends no cycles on them. Batches come from a storage that is
// not modelled: reading it costs nothing.
void PlatformExecutor::transfer(const workloads::Transfer& op, power::Tag tag) {
    TensorState& from = tensors_.at(op.in.id);
    TensorState& to = tensors_.at(op.out.id);
    if (op.in.place == Place::accelerator) machine_.wait(from.written, tag);
    if (op.out.place == Place::accelerator) machine_.wait(later(to.written, to.read), tag);
    std::vector<std::uint8_t> buffer(execution_.values ? view_bytes(op.in) : 0);
    const auto bytes_at = [&](std::uint64_t offset) { return execution_.values ? buffer.data() + offset : nullptr; };
    std::uint64_t offset = 0;
    for (const Run& run : runs(op.in)) {
        machine_.read(run.address, bytes_at(offset), run.bytes, tag);
        offset += run.bytes;
    }
    offset = 0;
    for (const Run& run : runs(op.out)) {
        machine_.write(run.address, bytes_at(offset), run.bytes, tag);
        offset += run.bytes;
    }
}

void PlatformExecutor::write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) {
    const TensorState& state = tensors_.at(tensor.id);
    if (bytes.size() != view_bytes(tensor)) throw std::logic_error("write of another size than the tensor's");
    const power::Tag tag = machine_.tag(phase, "-");
    machine_.wait(later(state.written, state.read), tag);
    std::uint64_t offset = 0;
    for (const Run& run : runs(tensor)) {
        machine_.write(run.address, bytes.data() + offset, run.bytes, tag);
        offset += run.bytes;
    }
}

std::vector<std::uint8_t> PlatformExecutor::read(Tensor tensor, const std::string& phase) {
    const TensorState& state = tensors_.at(tensor.id);
    const power::Tag tag = machine_.tag(phase, "-");
    std::vector<std::uint8_t> bytes(view_bytes(tensor));
    machine_.wait(state.written, tag);
    std::uint64_t offset = 0;
    for (const Run& run : runs(tensor)) {
        machine_.read(run.address, bytes.data() + offset, run.bytes, tag);
        offset += run.bytes;
    }
    return bytes;
}

void PlatformExecutor::wait(const std::string& phase) { machine_.wait(lowering_.issued(), machine_.tag(phase, "-")); }

std::vector<std::uint8_t> PlatformExecutor::peek(Tensor tensor) {
    std::vector<std::uint8_t> bytes(view_bytes(tensor));
    std::uint64_t offset = 0;
    if (!execution_.values) return bytes;
    for (const Run& run : runs(tensor)) {
        machine_.debug_read(run.address, bytes.data() + offset, run.bytes);
        offset += run.bytes;
    }
    return bytes;
}

void PlatformExecutor::poke(std::uint32_t id, const std::vector<std::uint8_t>& bytes) {
    const TensorState& state = tensors_.at(id);
    if (bytes.size() != state.bytes()) throw std::logic_error("poke of another size than the tensor's");
    machine_.debug_write(host_address(state), bytes.data(), bytes.size());
}

}  // namespace ulpsim::platform

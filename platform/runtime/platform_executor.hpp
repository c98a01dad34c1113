#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/accelerator/parameters.hpp"
#include "platform/runtime/allocator.hpp"
#include "platform/runtime/host_operations.hpp"
#include "platform/runtime/lowering.hpp"
#include "platform/runtime/machine.hpp"
#include "workloads/executor/executor.hpp"

namespace ulpsim::platform {

/// What the executor needs to know of the machine it runs on.
struct ExecutorParameters {
    MemoryMap memory;
    bool shared_memory = false;  ///< accelerator_only: the host has no memory of its own
    TilingMachine tiling;
    std::uint64_t resident_bytes = 0;  ///< part of the scratchpad, from its start, for tensors that stay
    std::uint64_t scratchpad_bytes = 0;
    bool double_buffer = true;
    std::uint64_t host_cache_bytes = 0;
};

/// The platform's side of the Executor seam: runs as software of the modelled host. Each Op is lowered to commands and
/// submitted, or done by the host itself; tensors lie packed in the modelled memories.
/// Host cycles of this software itself: `descriptor_cycles` a descriptor, `call_cycles` an Op (assumed: filling 256
/// bytes of a prepared template, and the bookkeeping of tokens, by an in-order core).
class PlatformExecutor final : public workloads::Executor {
public:
    static constexpr std::uint64_t descriptor_cycles = 48, call_cycles = 200;

    PlatformExecutor(Machine& machine, models::Execution& execution, const ExecutorParameters& parameters);

    workloads::Tensor allocate(workloads::Place place, workloads::Role role, std::uint64_t rows, std::uint64_t columns,
                               const arithmetic::Format& format, const std::string& name) override;
    void release(workloads::Tensor tensor) override;
    void enqueue(const workloads::Op& op) override;
    void program(workloads::Place place, std::uint64_t iterations, const workloads::Body& body) override;
    void write(workloads::Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) override;
    std::vector<std::uint8_t> read(workloads::Tensor tensor, const std::string& phase) override;
    void wait(const std::string& phase) override;
    std::vector<std::uint8_t> peek(workloads::Tensor tensor) override;
    /// The counterpart of peek: sets a whole tensor's bytes, outside time and energy, after a wait().
    void poke(std::uint32_t id, const std::vector<std::uint8_t>& bytes);

    const Allocator& host_memory() const { return parameters_.shared_memory ? accelerator_memory_ : host_memory_; }
    const Allocator& accelerator_memory() const { return accelerator_memory_; }
    /// Bytes of the scratchpad in use at the peak: tensors that stay, and the reach of tiles.
    std::uint64_t scratchpad_peak() const { return resident_memory_.peak() + lowering_.tile_peak(); }

private:
    Allocator& allocator(const TensorState& state);
    /// The address of a tensor's row as the host sees it.
    std::uint64_t host_address(const TensorState& state, std::uint64_t row = 0) const;
    std::uint64_t accelerator_address(std::uint64_t device_address) const;
    std::uint64_t view_bytes(const workloads::Tensor& tensor) const;
    /// A view in memory, as the host sees it: one run of bytes, or with some rows of an expansion one a term.
    struct Run {
        std::uint64_t address, bytes;
    };
    std::vector<Run> runs(const workloads::Tensor& view) const;
    void transfer(const workloads::Transfer& op, power::Tag tag);
    power::Tag tag(const workloads::Op& op);
    void load_body(const std::vector<models::Command>& body, power::Tag tag);

    Machine& machine_;
    models::Execution& execution_;
    ExecutorParameters parameters_;
    Allocator host_memory_, accelerator_memory_, resident_memory_;
    Tensors tensors_;
    Lowering lowering_;
    HostOperations host_operations_;
    std::map<std::pair<std::string, std::string>, power::Tag> tags_;
    std::uint32_t next_id_ = 1;
    /// The body of the last loop, which lies in the accelerator's memory, and the tokens of its end.
    struct {
        std::vector<models::Command> body;
        std::uint64_t address = 0;
        models::Tokens end{};
    } loaded_;
};

}  // namespace ulpsim::platform

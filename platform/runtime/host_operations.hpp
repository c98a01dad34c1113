#pragma once
#include <cstdint>
#include <vector>

#include "models/accelerator/parameters.hpp"
#include "platform/runtime/host_cache.hpp"
#include "platform/runtime/machine.hpp"
#include "platform/runtime/tensors.hpp"
#include "workloads/executor/op.hpp"

namespace ulpsim::platform {

/// Runs Ops of place `host` on the modelled host: operands come from its memory or its cache, the result goes back, the arithmetic
/// in between costs cycles by the CPU's rates. Coarse: an operand is one access and work starts when all are there, so
/// memory and arithmetic do not overlap: up to twice too slow where both take as long; a host's caches and prefetchers
/// would hide the shorter one.
class HostOperations {
public:
    HostOperations(Machine& machine, models::Execution& execution, Tensors& tensors, std::uint64_t cache_bytes);
    void run(const workloads::Op& op, power::Tag tag);

private:
    /// A tensor's bytes while an Op works on them; only their number when values are off.
    struct Buffer {
        std::uint64_t size = 0;
        std::vector<std::uint8_t> bytes;
        arithmetic::Matrix matrix;
    };
    Buffer fetch(const workloads::Tensor& tensor);
    void write_back(const std::vector<HostCache::Run>& runs);
    Buffer room(const workloads::Tensor& tensor) const;
    /// The factor times the scales, one after the other.
    double scaled(double factor, const workloads::Scales& scales);
    void put(const workloads::Tensor& tensor, const Buffer& buffer);
    /// Calls access(host address, bytes of the buffer, count) for every contiguous run of a view.
    template <class Bytes, class Access>
    void for_each_plane(const workloads::Tensor& tensor, Bytes& buffer, Access access) const;

    void run_op(const workloads::MatrixProduct& op);
    void run_op(const workloads::ColumnSums& op);
    void run_op(const workloads::Conversion& op);
    void run_op(const workloads::MeasureScale& op);
    void run_op(const workloads::SoftmaxCrossEntropy& op);
    void run_op(const workloads::Update& op);
    void run_op(const workloads::CountNonfinite& op);
    void run_op(const workloads::Combination& op);
    void run_op(const workloads::SquaredNorm& op);
    void run_op(const workloads::Transfer& op);
    void count_conversion(const arithmetic::ConstMatrix& in, const arithmetic::Epilogue& epilogue,
                          const arithmetic::ConstMatrix& out) const;
    void work(const models::CpuWork& work) { machine_.work(work, tag_); }

    Machine& machine_;
    models::Execution& execution_;
    Tensors& tensors_;
    HostCache cache_;
    power::Tag tag_{};
    std::uint64_t number_ = 0;
    arithmetic::OperationCounts* counts_ = nullptr;  // of the Op, where its roundings are counted
};

}  // namespace ulpsim::platform

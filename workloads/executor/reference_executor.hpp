#pragma once
#include <map>
#include <string>
#include <vector>

#include "workloads/executor/executor.hpp"

namespace ulpsim::workloads {

/// Executes every Op at once with plain functions: no time, no energy.
class ReferenceExecutor final : public Executor {
public:
    /// `seed` keys the random bits, `threads` >= 1 changes no bit.
    ReferenceExecutor(std::uint64_t seed, unsigned threads);

    Tensor allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format,
                    const std::string& name) override;
    void release(Tensor tensor) override;
    void enqueue(const Op& op) override;
    void program(Place place, std::uint64_t iterations, const Body& body) override;
    void write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) override;
    std::vector<std::uint8_t> read(Tensor tensor, const std::string& phase) override;
    void wait(const std::string&) override {}
    std::vector<std::uint8_t> peek(Tensor tensor) override;

private:
    std::uint64_t seed_;
    unsigned threads_;
    std::map<std::uint32_t, std::vector<std::uint8_t>> tensors_;
    std::vector<std::uint8_t> scratch_;  ///< accumulators of the Op at work, kept so that none is allocated anew
    std::uint32_t next_id_ = 1;
};

}  // namespace ulpsim::workloads

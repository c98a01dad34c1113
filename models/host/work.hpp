#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace ulpsim::models {

/// A host core as data. Sources in work.cpp (facts: power 6).
struct CpuModel {
    std::string model;
    double flops_per_cycle_fp32 = 0, flops_per_cycle_fp64 = 0;  ///< sustained, a core
    double cycles_per_simple_op = 1;                            ///< integer or conversion operation on one element
    double bytes_per_cycle_l1 = 0;                              ///< load/store port
    double cycles_per_exp = 0;                                  ///< one exp or log in fp32
    unsigned max_outstanding = 1;                               ///< memory bursts in flight in one access
    unsigned interrupt_cycles = 0;                              ///< entry of an interrupt after a wait
};
/// Throws Error listing the known models.
const CpuModel& cpu_model(const std::string& model);
std::vector<std::string> cpu_model_names();

/// Work that a program does between memory accesses; cycles = max(arithmetic, L1 port), cores share it evenly. No
/// number is negative.
struct CpuWork {
    double flops_fp32 = 0, flops_fp64 = 0, simple_ops = 0, elementary = 0;
    double bytes = 0;  ///< through the L1 port
};
/// Pure: cycles until all cores (at least 1) are done, rounded up.
std::uint64_t cycles(const CpuModel& model, const CpuWork& work, unsigned cores);

}  // namespace ulpsim::models

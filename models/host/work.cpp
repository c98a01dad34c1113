#include "models/host/work.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/arithmetic/error.hpp"

namespace ulpsim::models {
namespace {

// Sources: facts: power 6.
// flops   sustained. A72: 48 % of peak in HPL on the CM4, 1.9 fp64 a cycle, fp32 twice that. A53: 1.3 fp64 achieved,
// fp32
//         twice that. A7: the low end of 2 to 4 and 0.5 to 1. M7: 2 peak by dual issue, half of it sustained (assumed).
// simple  one element a cycle without vectors; half a cycle (A7) and a quarter (A53, A72) with NEON (assumed).
// bytes   L1 port: 16 B a cycle on A53 and A72 (rule of thumb there), 8 on a 64-bit port (assumed).
// exp     about 30 operations, at the sustained rate plus range reduction (assumed).
// bursts  32-byte memory bursts in flight: the line buffers of each core (assumed).
// irq     12 cycles on Cortex-M; 100 on Cortex-A without an operating system (assumed).
const std::array<CpuModel, 4>& models() {
    static const std::array<CpuModel, 4> table{{{.model = "cortex_m7",
                                                 .flops_per_cycle_fp32 = 1,
                                                 .flops_per_cycle_fp64 = 0.5,
                                                 .cycles_per_simple_op = 1,
                                                 .bytes_per_cycle_l1 = 8,
                                                 .cycles_per_exp = 40,
                                                 .max_outstanding = 2,
                                                 .interrupt_cycles = 12},
                                                {.model = "cortex_a7",
                                                 .flops_per_cycle_fp32 = 2,
                                                 .flops_per_cycle_fp64 = 0.5,
                                                 .cycles_per_simple_op = 0.5,
                                                 .bytes_per_cycle_l1 = 8,
                                                 .cycles_per_exp = 25,
                                                 .max_outstanding = 4,
                                                 .interrupt_cycles = 100},
                                                {.model = "cortex_a53",
                                                 .flops_per_cycle_fp32 = 2.6,
                                                 .flops_per_cycle_fp64 = 1.3,
                                                 .cycles_per_simple_op = 0.25,
                                                 .bytes_per_cycle_l1 = 16,
                                                 .cycles_per_exp = 18,
                                                 .max_outstanding = 8,
                                                 .interrupt_cycles = 100},
                                                {.model = "cortex_a72",
                                                 .flops_per_cycle_fp32 = 3.8,
                                                 .flops_per_cycle_fp64 = 1.9,
                                                 .cycles_per_simple_op = 0.25,
                                                 .bytes_per_cycle_l1 = 16,
                                                 .cycles_per_exp = 12,
                                                 .max_outstanding = 12,
                                                 .interrupt_cycles = 100}}};
    return table;
}

}  // namespace

const CpuModel& cpu_model(const std::string& model) {
    const auto found = std::ranges::find(models(), model, &CpuModel::model);
    if (found != models().end()) return *found;
    std::string known;
    for (const CpuModel& cpu : models()) known += (known.empty() ? "" : ", ") + cpu.model;
    throw Error("model is " + model + "; allowed: " + known);
}

std::vector<std::string> cpu_model_names() {
    std::vector<std::string> names;
    for (const CpuModel& cpu : models()) names.push_back(cpu.model);
    return names;
}

std::uint64_t cycles(const CpuModel& model, const CpuWork& work, unsigned cores) {
    const double arithmetic = work.flops_fp32 / model.flops_per_cycle_fp32 +
                              work.flops_fp64 / model.flops_per_cycle_fp64 +
                              work.simple_ops * model.cycles_per_simple_op + work.elementary * model.cycles_per_exp;
    const double port = work.bytes / model.bytes_per_cycle_l1;
    return static_cast<std::uint64_t>(std::ceil(std::max(arithmetic, port) / cores));
}

}  // namespace ulpsim::models

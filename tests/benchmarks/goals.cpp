#include "tests/benchmarks/goals.hpp"

namespace ulpsim::benchmarks {
namespace {

using arithmetic::kernels::Level;

struct Row {
    const char* name;
    Level level;
    Goal goal;
};
constexpr Goal at_least(double figure) { return {figure, false}; }
constexpr Goal at_most(double figure) { return {figure, true}; }

constexpr Row rows[] = {
    // Share of sgemm.
    {"gemm_fp32_k_order/256", Level::avx512, at_least(0.95)},
    {"gemm_fp32_k_order/256", Level::avx2, at_least(0.90)},
    {"gemm_fp32_k_order/64x256x784", Level::avx512, at_least(0.95)},
    {"gemm_fp32_k_order/64x256x784", Level::avx2, at_least(0.90)},
    {"gemm_rne_e4m3_e6m9/256", Level::avx512, at_least(0.50)},
    {"gemm_rne_e4m3_e6m9/256", Level::avx2, at_least(0.35)},
    {"gemm_rne_e4m3_e6m9/64x256x784", Level::avx512, at_least(0.50)},
    {"gemm_rne_e4m3_e6m9/64x256x784", Level::avx2, at_least(0.35)},
    {"gemm_rne_tracked_e5m10/256", Level::avx512, at_least(0.45)},
    {"gemm_rne_subnormal_e5m10/256", Level::avx512, at_least(0.30)},
    {"gemm_rne_subnormal_e5m10/256", Level::avx2, at_least(0.24)},
    {"gemm_rne_fp16_fp16_fp16/256", Level::avx512, at_least(0.20)},
    {"gemm_rne_fp16_fp16_fp16/256", Level::avx2, at_least(0.15)},
    {"gemm_sr8_e6m9/256", Level::avx512, at_least(0.15)},
    {"gemm_sr8_e6m9/256", Level::avx2, at_least(0.08)},
    {"gemm_chunk64_e6m9/256", Level::avx512, at_least(0.48)},
    {"gemm_tree4_e6m9/256", Level::avx512, at_least(0.70)},
    {"gemm_tree4_e6m9/256", Level::avx2, at_least(0.55)},
    // Times faster than one thread.
    {"gemm_rne/threads2", Level::avx512, at_least(1.8)},
    // Times a memcpy of the binary32 values.
    {"round_rne/e4m3", Level::avx512, at_most(4)},
    {"round_rne/e5m2", Level::avx512, at_most(4)},
    {"round_rne/e5m10", Level::avx512, at_most(4)},
    {"round_rne/e8m7", Level::avx512, at_most(1.3)},
    {"round_sr/e4m3", Level::avx512, at_most(4)},
    {"round_sr/e5m2", Level::avx512, at_most(4)},
    {"round_sr/e5m10", Level::avx512, at_most(4)},
    {"round_sr/e8m7", Level::avx512, at_most(4)},
    {"decode8", Level::avx512, at_most(1.6)},
    {"encode8", Level::avx512, at_most(4.5)},
    // Operations a nanosecond.
    {"twosum_bf16", Level::avx512, at_least(1.2)},
    {"dw_add_bf16", Level::avx512, at_least(12)},
    // Times its own matrix products, and times the reference executor.
    {"train_mlp_epoch/reference/accelerator_only", Level::avx512, at_most(1.5)},
    {"train_mlp_epoch/reference/host_accelerator", Level::avx512, at_most(1.5)},
    {"train_mlp_epoch/platform/accelerator_only", Level::avx512, at_most(1.1)},
    {"train_mlp_epoch/platform/host_accelerator", Level::avx512, at_most(1.1)},
};

}  // namespace

std::optional<Goal> goal(const std::string& name, Level level) {
    for (const Row& row : rows)
        if (row.name == name && row.level == level) return row.goal;
    return {};
}

}  // namespace ulpsim::benchmarks

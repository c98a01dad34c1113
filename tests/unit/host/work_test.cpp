#include "models/host/work.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"

namespace ulpsim::models {
namespace {

TEST(CpuWork, ArithmeticTakesItsRatesAndIsRoundedUp) {
    const CpuModel& a72 = cpu_model("cortex_a72");
    EXPECT_EQ(cycles(a72, {.flops_fp32 = 3800}, 1), 1000U);
    EXPECT_EQ(cycles(a72, {.flops_fp64 = 1900}, 1), 1000U);
    EXPECT_EQ(cycles(a72, {.flops_fp32 = 3801}, 1), 1001U);
    EXPECT_EQ(cycles(a72, {.simple_ops = 400, .elementary = 10}, 1), 100U + 120);
    EXPECT_EQ(cycles(a72, {}, 1), 0U);
}

TEST(CpuWork, TheL1PortBoundsWhatMovesMoreThanItComputes) {
    const CpuModel& m7 = cpu_model("cortex_m7");
    EXPECT_EQ(cycles(m7, {.flops_fp32 = 100, .bytes = 8000}, 1), 1000U);
    EXPECT_EQ(cycles(m7, {.flops_fp32 = 5000, .bytes = 8000}, 1), 5000U);
}

TEST(CpuWork, CoresShareItEvenly) {
    const CpuModel& a53 = cpu_model("cortex_a53");
    EXPECT_EQ(cycles(a53, {.flops_fp32 = 2.6e6}, 4), 250'000U);
}

TEST(CpuModel, EveryModelCanDoEverything) {
    for (const std::string& name : cpu_model_names()) {
        const CpuModel& model = cpu_model(name);
        EXPECT_GT(model.flops_per_cycle_fp32, 0) << name;
        EXPECT_GT(model.flops_per_cycle_fp64, 0) << name;
        EXPECT_LE(model.flops_per_cycle_fp64, model.flops_per_cycle_fp32) << name;
        EXPECT_GT(model.cycles_per_simple_op, 0) << name;
        EXPECT_GT(model.bytes_per_cycle_l1, 0) << name;
        EXPECT_GT(model.cycles_per_exp, 0) << name;
        EXPECT_GT(model.max_outstanding, 0U) << name;
    }
}

TEST(CpuModel, AnUnknownModelIsRefusedWithTheKnownOnes) {
    try {
        cpu_model("z80");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "model is z80; allowed: cortex_m7, cortex_a7, cortex_a53, cortex_a72");
    }
}

}  // namespace
}  // namespace ulpsim::models

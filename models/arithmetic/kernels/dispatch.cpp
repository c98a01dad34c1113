#include "models/arithmetic/kernels/dispatch.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <atomic>

namespace ulpsim::arithmetic::kernels {
namespace {

#if defined(__x86_64__)
/// Not by __builtin_cpu_supports, as clang 14's does not know it.
bool has_f16c() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

Level level_of_the_cpu() {
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512) return Level::avx512;
    if (avx2) return Level::avx2;
#endif
    return Level::plain;
}

std::atomic<Level> highest{Level::avx512};

}  // namespace

Level level() {
    static const Level cpu = level_of_the_cpu();
    return std::min(cpu, highest.load(std::memory_order_relaxed));
}

void cap_level(Level cap) { highest = cap; }

}  // namespace ulpsim::arithmetic::kernels

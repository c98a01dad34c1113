#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <vector>

#include "models/arithmetic/kernels/dispatch.hpp"

namespace ulpsim::benchmarks {

/// Two bodies timed alternately, so that the machine's noise hits both: by the thread's CPU time, or by the wall clock
/// where several threads run. Reports the quotient of the medians and the rate of `ours`.
struct Anchored {
    std::function<void()> ours, anchor;
    double work = 0;                ///< elements or multiply-accumulates of a run
    const char* rate_name = "";     ///< counter: work a nanosecond
    bool ours_over_anchor = false;  ///< `times_anchor` (less is better), else `of_anchor` (more is better)
    bool wall = false;
};
void run(benchmark::State& state, const Anchored& pair);
/// The thread's CPU time.
double thread_seconds();
/// `times_anchor`, where the caller takes the times.
void report_times_anchor(benchmark::State& state, const std::vector<double>& times, const std::vector<double>& anchors);

/// Caps the kernels at the level that the benchmark's last argument gives, for its lifetime; skips where the CPU lacks
/// it.
class AtLevel {
public:
    AtLevel(benchmark::State& state, arithmetic::kernels::Level level);
    ~AtLevel();
    AtLevel(const AtLevel&) = delete;
    AtLevel& operator=(const AtLevel&) = delete;
    bool is_available() const { return available_; }

private:
    bool available_;
};

}  // namespace ulpsim::benchmarks

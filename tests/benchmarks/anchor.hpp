#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <vector>

#include "models/arithmetic/kernels/dispatch.hpp"

namespace ulpsim::benchmarks {

/// A benchmark's name, without the level, and the level that it runs at: what its goal hangs on.
struct Run {
    std::string name;
    arithmetic::kernels::Level level = arithmetic::kernels::Level::avx512;
};

/// Two bodies timed alternately, so that the machine's noise hits both: by the thread's CPU time, or by the wall clock
/// where several threads run. Reports the quotient of the medians, beside its goal, and the rate of `ours`.
struct Anchored {
    std::function<void()> ours, anchor;
    double work = 0;                ///< elements or multiply-accumulates of a run
    const char* rate_name = "";     ///< counter: work a nanosecond
    bool ours_over_anchor = false;  ///< `times_anchor` (less is better), else `of_anchor` (more is better)
    bool wall = false;
};
void run(benchmark::State& state, const Run& which, const Anchored& pair);
/// One body; the rate is the figure.
void run_alone(benchmark::State& state, const Run& which, const std::function<void()>& body, double work,
               const char* rate_name);
/// `times_anchor`, where the caller takes the times.
void report_times_anchor(benchmark::State& state, const Run& which, const std::vector<double>& times,
                         const std::vector<double>& anchors);
/// The thread's CPU time.
double thread_seconds();

/// Registers one benchmark a level: name/level.
void add_at_every_level(const std::string& name, double least_seconds,
                        const std::function<void(benchmark::State&, const Run&)>& body);

/// Caps the kernels at a level for its lifetime; skips the benchmark where the CPU lacks it.
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

#include "tests/benchmarks/anchor.hpp"

#include <algorithm>
#include <ctime>
#include <vector>

namespace ulpsim::benchmarks {
namespace {

double now(bool wall) {
    timespec time{};
    clock_gettime(wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds(const std::function<void()>& body, bool wall) {
    const double start = now(wall);
    body();
    return now(wall) - start;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

void run(benchmark::State& state, const Anchored& pair) {
    std::vector<double> times, anchors;
    pair.ours();
    pair.anchor();
    for (auto _ : state) {
        const double ours = seconds(pair.ours, pair.wall);
        const double anchor = seconds(pair.anchor, pair.wall);
        times.push_back(ours);
        anchors.push_back(anchor);
        state.SetIterationTime(ours);
    }
    const double ours = median(times), anchor = median(anchors);
    state.counters[pair.ours_over_anchor ? "times_anchor" : "of_anchor"] =
        pair.ours_over_anchor ? ours / anchor : anchor / ours;
    state.counters[pair.rate_name] = pair.work / ours * 1e-9;
}

double thread_seconds() { return now(false); }

void report_times_anchor(benchmark::State& state, const std::vector<double>& times,
                         const std::vector<double>& anchors) {
    state.counters["times_anchor"] = median(times) / median(anchors);
}

AtLevel::AtLevel(benchmark::State& state, arithmetic::kernels::Level level) {
    arithmetic::kernels::cap_level(level);
    available_ = arithmetic::kernels::level() == level;
    if (!available_) state.SkipWithError("the CPU lacks this level");
}

AtLevel::~AtLevel() { arithmetic::kernels::cap_level(arithmetic::kernels::Level::avx512); }

}  // namespace ulpsim::benchmarks

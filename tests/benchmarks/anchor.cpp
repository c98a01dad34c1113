#include "tests/benchmarks/anchor.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include "tests/benchmarks/goals.hpp"

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

/// A figure and, beside it, the goal and whether it is met.
void report(benchmark::State& state, const Run& which, const char* counter, double figure) {
    state.counters[counter] = figure;
    const auto wanted = goal(which.name, which.level);
    if (!wanted) return;
    const bool met = wanted->at_most ? figure <= wanted->figure : figure >= wanted->figure;
    char text[80];
    std::snprintf(text, sizeof text, "goal: %s %.3g, measured %.3g%s", wanted->at_most ? "at most" : "at least",
                  wanted->figure, figure, met ? "" : " (missed)");
    state.SetLabel(text);
}

}  // namespace

void run(benchmark::State& state, const Run& which, const Anchored& pair) {
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
    if (pair.ours_over_anchor)
        report(state, which, "times_anchor", ours / anchor);
    else
        report(state, which, "of_anchor", anchor / ours);
    state.counters[pair.rate_name] = pair.work / ours * 1e-9;
}

void run_alone(benchmark::State& state, const Run& which, const std::function<void()>& body, double work,
               const char* rate_name) {
    std::vector<double> times;
    body();
    for (auto _ : state) {
        times.push_back(seconds(body, false));
        state.SetIterationTime(times.back());
    }
    report(state, which, rate_name, work / median(times) * 1e-9);
}

void report_times_anchor(benchmark::State& state, const Run& which, const std::vector<double>& times,
                         const std::vector<double>& anchors) {
    report(state, which, "times_anchor", median(times) / median(anchors));
}

double thread_seconds() { return now(false); }

void add_at_every_level(const std::string& name, double least_seconds,
                        const std::function<void(benchmark::State&, const Run&)>& body) {
    using arithmetic::kernels::Level;
    for (const auto& [level_name, level] :
         {std::pair{"avx512", Level::avx512}, std::pair{"avx2", Level::avx2}, std::pair{"plain", Level::plain}})
        benchmark::RegisterBenchmark((name + "/" + level_name).c_str(),
                                     [body, which = Run{name, level}](benchmark::State& state) {
                                         const AtLevel at(state, which.level);
                                         if (at.is_available()) body(state, which);
                                     })
            ->UseManualTime()
            ->MinTime(least_seconds);
}

AtLevel::AtLevel(benchmark::State& state, arithmetic::kernels::Level level) {
    arithmetic::kernels::cap_level(level);
    available_ = arithmetic::kernels::level() == level;
    if (!available_) state.SkipWithError("the CPU lacks this level");
}

AtLevel::~AtLevel() { arithmetic::kernels::cap_level(arithmetic::kernels::Level::avx512); }

}  // namespace ulpsim::benchmarks

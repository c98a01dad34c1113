#pragma once
// Commands and a machine of the size that the accelerator's tests use.
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/accelerator/accelerator.hpp"
#include "tests/unit/accelerator/machine.hpp"

namespace ulpsim::models {

inline const arithmetic::Format e4m3fn = arithmetic::parse_format("e4m3fn");
inline constexpr std::uint64_t cycle = 2000;  // 500 MHz
inline constexpr auto load = static_cast<std::size_t>(Queue::load), array = static_cast<std::size_t>(Queue::array),
                      vector = static_cast<std::size_t>(Queue::vector), store = static_cast<std::size_t>(Queue::store);

inline AcceleratorParameters parameters() {
    return {.clock_mhz = 500,
            .array = {.rows = 8, .columns = 8},
            .expansion = {},
            .scratchpad_bytes = 64 * 1024,
            .operators = {e4m3fn},
            .ring_address = memory};
}

inline Operand operand(std::uint32_t address, std::uint64_t columns, const arithmetic::Format& format) {
    return {.address = address,
            .pitch = static_cast<std::uint32_t>(arithmetic::row_bytes(format, columns)),
            .format = format};
}

/// An e4m3fn product with fp32 accumulators, A at 0, B at 16 KiB, the accumulators at 32 KiB.
inline ProductCommand product(std::uint32_t rows, std::uint32_t columns, std::uint32_t depth, bool transpose_a = false,
                              bool transpose_b = false) {
    arithmetic::Dot dot;
    dot.a = dot.b = e4m3fn;
    return {.dot = dot,
            .a = operand(0, transpose_a ? rows : depth, e4m3fn),
            .b = operand(16384, transpose_b ? depth : columns, e4m3fn),
            .accumulators = operand(32768, columns, arithmetic::fp32),
            .transpose_a = transpose_a,
            .transpose_b = transpose_b,
            .rows = rows,
            .columns = columns,
            .depth = depth,
            .position = {.total_columns = columns}};
}

inline Move move(std::uint64_t address, std::uint32_t scratchpad, std::uint32_t bytes) {
    return {.memory = address,
            .memory_pitch = bytes,
            .scratchpad = scratchpad,
            .scratchpad_pitch = bytes,
            .rows = 1,
            .row_bytes = bytes};
}

inline ConvertCommand conversion(std::uint32_t rows, std::uint32_t columns) {
    return {.in = operand(32768, columns, arithmetic::fp32),
            .out = operand(49152, columns, arithmetic::bf16),
            .rows = rows,
            .columns = columns,
            .position = {.total_columns = columns}};
}

/// Small integers: every product and sum of them is exact in fp32.
inline std::vector<double> integers(std::size_t count, int seed) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<int>((i * 7 + static_cast<std::size_t>(seed)) % 9) - 4;
    return values;
}

inline void run(Machine& machine, const std::function<void()>& script) {
    machine.host.set_script(script);
    sc_core::sc_start();
}

inline std::uint64_t stalled(const Machine& machine, const std::string& component, power::Cause cause) {
    const power::Activity activity = machine.activity(component);
    const auto found = activity.stalled_ps.find(cause);
    return found == activity.stalled_ps.end() ? 0 : found->second;
}

inline std::uint64_t busy_and_stalled(const Machine& machine, const std::string& component) {
    const power::Activity activity = machine.activity(component);
    std::uint64_t sum = activity.busy_ps;
    for (const auto& [cause, time] : activity.stalled_ps) sum += time;
    return sum;
}

}  // namespace ulpsim::models

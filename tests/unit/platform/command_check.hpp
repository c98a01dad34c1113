#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "models/accelerator/command.hpp"

namespace ulpsim::platform {

/// A contiguous run of bytes that a command reads or writes, in the scratchpad or in memory.
struct ByteRun {
    bool scratchpad = true, write = false;
    std::uint64_t first = 0, bytes = 0;
};

/// Every run that a command touches, from its descriptor alone.
std::vector<ByteRun> runs(const models::Command& command);

/// Bytes that the moves of a queue carry.
inline std::uint64_t moved_bytes(const std::vector<models::Command>& commands, models::Queue queue) {
    std::uint64_t sum = 0;
    for (const models::Command& command : commands) {
        if (command.queue != queue) continue;
        const auto& move = std::get<models::Move>(command.body);
        sum += std::uint64_t{move.rows} * move.row_bytes * move.planes;
    }
    return sum;
}

/// What has certainly retired when each command starts, given tokens and queues' order alone.
std::vector<models::Tokens> certain_at_start(const std::vector<models::Command>& commands);

/// A machine of four in-order queues of `depth`, filled in program order; of the commands that may, one retires at a
/// time, chosen by `seed`. Returns how many retired: all, unless they wait for each other.
std::size_t retired_by_toy(const std::vector<models::Command>& commands, std::size_t depth, std::uint32_t seed);

/// Two commands that touch the same byte, one of them writing, must be ordered by tokens or by their queue; what is
/// read from the scratchpad must have been written before, or lie below `resident_bytes`. Returns what is wrong, for
/// the first few commands.
std::vector<std::string> hazards(const std::vector<models::Command>& commands, std::uint64_t scratchpad_bytes,
                                 std::uint64_t memory_bytes, std::uint64_t resident_bytes);

}  // namespace ulpsim::platform

#pragma once
// Lowering with tensors but without a machine, and what every lowered program must keep.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "platform/runtime/lowering.hpp"
#include "tests/unit/platform/command_check.hpp"

namespace ulpsim::platform {

using models::Command;
using models::Dataflow;
using models::Queue;
using models::Tokens;
using workloads::Tensor;

inline const arithmetic::Format e4m3fn = arithmetic::parse_format("e4m3fn"),
                                e2m1fn = arithmetic::parse_format("e2m1fn"),
                                pair = arithmetic::parse_format("exp(bf16,2)");
inline constexpr std::uint64_t memory_bytes = 1 << 20, resident_bytes = 256 * 1024;

/// Tensors of a machine without a machine: addresses given out in order. The scratchpad is 256 KiB for tensors that
/// stay, then tiles.
class Bench {
public:
    Bench(std::uint32_t tile_bytes, bool double_buffer = true, Dataflow dataflow = Dataflow::output_stationary)
        : machine{.array = {.rows = 8, .columns = 8, .dataflow = dataflow}, .tile_bytes = tile_bytes},
          lowering(machine, TileMemory(resident_bytes, tile_bytes, double_buffer), tensors),
          tile_bytes_(tile_bytes) {
        machine.slots = double_buffer ? 2 : 1;
    }

    Tensor add(std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format, bool resident = false) {
        TensorState state;
        state.tensor = {.id = next_id_++, .rows = rows, .columns = columns, .format = format};
        state.in_scratchpad = resident;
        std::uint64_t& next = resident ? next_resident_ : next_address_;
        state.address = next;
        next += (state.bytes() + 63) / 64 * 64;
        EXPECT_LE(next, resident ? resident_bytes : memory_bytes) << "the test's tensors";
        tensors.emplace(state.tensor.id, state);
        return state.tensor;
    }
    /// The commands of one Op; all so far are in `program`.
    template <class What>
    std::vector<Command> lower(const What& what) {
        workloads::Op op;
        op.what = what;
        op.number = ++number_;
        std::vector<Command> commands = lowering.lower(op, power::Tag{});
        program.insert(program.end(), commands.begin(), commands.end());
        return commands;
    }
    std::vector<std::string> hazards() const {
        return platform::hazards(program, resident_bytes + tile_bytes_, memory_bytes, resident_bytes);
    }

    TilingMachine machine;
    Tensors tensors;
    Lowering lowering;
    std::vector<Command> program;

private:
    std::uint32_t tile_bytes_, next_id_ = 1;
    std::uint64_t next_address_ = 0, next_resident_ = 0, number_ = 0;
};

/// Every token points to a command that is issued earlier, and queues of any depth run dry.
inline void expect_progress(const std::vector<Command>& program) {
    Tokens issued{};
    for (std::size_t i = 0; i < program.size(); ++i) {
        for (std::size_t q = 0; q < models::queue_count; ++q)
            ASSERT_LE(program[i].wait[q], issued[q]) << "command " << i;
        ++issued[static_cast<std::size_t>(program[i].queue)];
    }
    for (const std::size_t depth : {1U, 2U, 8U})
        for (std::uint32_t seed = 0; seed < 3; ++seed)
            EXPECT_EQ(retired_by_toy(program, depth, seed), program.size()) << "depth " << depth << ", seed " << seed;
}

inline void expect_sound(const Bench& bench) {
    expect_progress(bench.program);
    for (const std::string& hazard : bench.hazards()) ADD_FAILURE() << hazard;
}

struct ProductCase {
    std::string what;
    std::uint64_t m, n, k;
    std::uint32_t tile_bytes;
    bool transpose_a = false, transpose_b = false;
    arithmetic::Format format = e4m3fn;
    bool mask = false;
    std::uint32_t chunk = 0;
    Dataflow dataflow = Dataflow::output_stationary;
};

inline workloads::MatrixProduct product(Bench& bench, const ProductCase& c) {
    workloads::MatrixProduct op;
    op.dot.a = op.dot.b = c.format;
    if (c.chunk != 0) {
        op.dot.order = arithmetic::Order::chunk;
        op.dot.length = c.chunk;
    }
    op.a = c.transpose_a ? bench.add(c.k, c.m, c.format) : bench.add(c.m, c.k, c.format);
    op.b = c.transpose_b ? bench.add(c.n, c.k, c.format) : bench.add(c.k, c.n, c.format);
    op.out = bench.add(c.m, c.n, c.format);
    op.transpose_a = c.transpose_a;
    op.transpose_b = c.transpose_b;
    if (c.mask) {
        op.mask = bench.add(c.m, c.n, c.format);
        op.activation = arithmetic::Activation::relu_gradient;
    }
    return op;
}

}  // namespace ulpsim::platform

#include "tests/unit/platform/command_check.hpp"

#include <algorithm>

#include "platform/runtime/tile_memory.hpp"

namespace ulpsim::platform {

using models::Command;
using models::Operand;
using models::queue_count;
using models::Tokens;

namespace {

/// Collects the runs of one command.
struct Runs {
    std::vector<ByteRun> all;

    void matrix(const Operand& operand, std::uint64_t rows, std::uint64_t columns, bool write) {
        for (std::uint64_t term = 0; term < operand.format.terms; ++term)
            for (std::uint64_t row = 0; row < rows; ++row)
                all.push_back({true, write, operand.address + term * operand.plane + row * operand.pitch,
                               arithmetic::row_bytes(operand.format, columns)});
    }
    void read(const Operand& operand, std::uint64_t rows, std::uint64_t columns) {
        matrix(operand, rows, columns, false);
    }
    void write(const Operand& operand, std::uint64_t rows, std::uint64_t columns) {
        matrix(operand, rows, columns, true);
    }

    void move(const models::Move& m, bool store) {
        for (std::uint64_t plane = 0; plane < m.planes; ++plane) {
            for (std::uint64_t row = 0; row < m.rows; ++row) {
                all.push_back({false, store, m.memory + plane * m.memory_plane + row * m.memory_pitch, m.row_bytes});
                all.push_back(
                    {true, !store, m.scratchpad + plane * m.scratchpad_plane + row * m.scratchpad_pitch, m.row_bytes});
            }
        }
    }
    void operator()(const models::ProductCommand& c) {
        using Start = arithmetic::Product::Start;
        c.transpose_a ? read(c.a, c.depth, c.rows) : read(c.a, c.rows, c.depth);
        c.transpose_b ? read(c.b, c.columns, c.depth) : read(c.b, c.depth, c.columns);
        if (c.start == Start::resume) read(c.accumulators, c.rows, c.columns);
        if (c.start == Start::bias) read(c.bias, 1, c.columns);
        write(c.accumulators, c.rows, c.columns);
    }
    void operator()(const models::ConvertCommand& c) {
        c.transpose ? read(c.in, c.columns, c.rows) : read(c.in, c.rows, c.columns);
        for (std::size_t i = 0; i < c.scales.count; ++i)
            read({c.scales.addresses[i], sizeof(double), sizeof(double), arithmetic::fp64}, 1, 1);
        if (c.activation == arithmetic::Activation::relu_gradient) read(c.mask, c.rows, c.columns);
        write(c.out, c.rows, c.columns);
    }
    void operator()(const models::SquaresCommand& c) {
        read(c.in, c.rows, c.columns);
        if (!c.first_rows) read(c.sums, 1, c.columns);
        write(c.sums, 1, c.columns);
        if (!c.last_rows) return;
        if (!c.first) read(c.total, 1, 1);
        write(c.total, 1, 1);
    }
    void operator()(const models::ColumnSumsCommand& c) {
        read(c.in, c.rows, c.columns);
        if (c.first_row != 0) read(c.sums, 1, c.columns);
        write(c.sums, 1, c.columns);
        if (c.last) write(c.out, 1, c.columns);
    }
    void operator()(const models::SoftmaxCommand& c) {
        read(c.logits, c.rows, c.columns);
        read(c.labels, c.rows, 1);
        write(c.error, c.rows, c.columns);
        write(c.losses, 1, 2);
    }
    void operator()(const models::UpdateCommand& c) {
        read(c.gradient, c.rows, c.columns);
        read(c.master, c.rows, c.columns);
        write(c.master, c.rows, c.columns);
        if (c.has_velocity) read(c.velocity, c.rows, c.columns);
        if (c.has_velocity) write(c.velocity, c.rows, c.columns);
        if (c.has_weight) write(c.weight, c.rows, c.columns);
    }
    void operator()(const models::MeasureCommand& c) {
        read(c.in, c.rows, c.columns);
        if (!c.first) read(c.extremes, 1, 2);
        write(c.extremes, 1, 2);
        if (c.last) write(c.out, 1, 1);
    }
    void operator()(const models::CountCommand& c) {
        read(c.in, c.rows, c.columns);
        if (!c.first) read(c.counter, 1, 1);
        write(c.counter, 1, 1);
        if (c.last) write(c.out, 1, 1);
    }
    void operator()(const models::CombineCommand& c) {
        read(c.a, c.rows, c.columns);
        read(c.b, c.rows, c.columns);
        if (c.activation == arithmetic::Activation::relu_gradient) read(c.mask, c.rows, c.columns);
        write(c.out, c.rows, c.columns);
    }
    void operator()(const models::LoopCommand&) {}  // the sequencer's: it touches no scratchpad
    void operator()(const models::Move&) {}         // move() knows the direction
};

std::size_t index(models::Queue queue) { return static_cast<std::size_t>(queue); }

bool reached(const Tokens& have, const Tokens& need) {
    for (std::size_t q = 0; q < queue_count; ++q)
        if (have[q] < need[q]) return false;
    return true;
}

}  // namespace

std::vector<ByteRun> runs(const Command& command) {
    Runs collected;
    if (const auto* move = std::get_if<models::Move>(&command.body)) {
        collected.move(*move, command.queue == models::Queue::store);
    } else {
        std::visit(collected, command.body);
    }
    return collected.all;
}

std::vector<Tokens> certain_at_start(const std::vector<Command>& commands) {
    std::array<std::vector<Tokens>, queue_count> at_end;  // of each command of a queue
    std::vector<Tokens> result;
    for (const Command& command : commands) {
        std::vector<Tokens>& own = at_end[index(command.queue)];
        Tokens known = own.empty() ? Tokens{} : own.back();
        for (std::size_t q = 0; q < queue_count; ++q)
            if (command.wait[q] > 0) known = later(known, at_end[q].at(command.wait[q] - 1));
        result.push_back(known);
        known[index(command.queue)] = static_cast<std::uint32_t>(own.size() + 1);
        own.push_back(known);
    }
    return result;
}

std::size_t retired_by_toy(const std::vector<Command>& commands, std::size_t depth, std::uint32_t seed) {
    std::array<std::deque<const Command*>, queue_count> queues;
    Tokens retired{};
    std::mt19937 random(seed);
    std::size_t dealt = 0, count = 0;
    for (;;) {
        while (dealt < commands.size() && queues[index(commands[dealt].queue)].size() < depth) {
            queues[index(commands[dealt].queue)].push_back(&commands[dealt]);
            ++dealt;
        }
        std::vector<std::size_t> ready;
        for (std::size_t q = 0; q < queue_count; ++q)
            if (!queues[q].empty() && reached(retired, queues[q].front()->wait)) ready.push_back(q);
        if (ready.empty()) return count;
        const std::size_t q = ready[random() % ready.size()];
        queues[q].pop_front();
        ++retired[q];
        ++count;
    }
}

std::vector<std::string> hazards(const std::vector<Command>& commands, std::uint64_t scratchpad_bytes,
                                 std::uint64_t memory_bytes, std::uint64_t resident_bytes) {
    struct Byte {
        Tokens writer{}, readers{};  // the last command that wrote it; those that have read it since
        bool written = false;
    };
    std::vector<Byte> scratchpad(scratchpad_bytes), memory(memory_bytes);
    for (std::uint64_t i = 0; i < resident_bytes; ++i) scratchpad[i].written = true;
    const std::vector<Tokens> certain = certain_at_start(commands);
    Tokens issued{};
    std::vector<std::string> wrong;
    for (std::size_t i = 0; i < commands.size() && wrong.size() < 5; ++i) {
        const std::size_t queue = index(commands[i].queue);
        Tokens own{};
        own[queue] = ++issued[queue];
        Tokens known = certain[i];
        known[queue] = own[queue];  // its own accesses do not race with each other
        const auto say = [&](const ByteRun& run, const char* what) {
            wrong.push_back("command " + std::to_string(i) + " of queue " + std::to_string(queue) + ' ' + what +
                            (run.scratchpad ? " scratchpad byte " : " memory byte ") + std::to_string(run.first));
        };
        for (const ByteRun& run : runs(commands[i])) {
            auto& bytes = run.scratchpad ? scratchpad : memory;
            if (run.first + run.bytes > bytes.size()) {
                say(run, "leaves the memory at");
                continue;
            }
            bool unordered = false, unwritten = false;
            for (std::uint64_t at = run.first; at < run.first + run.bytes; ++at) {
                Byte& byte = bytes[at];
                unordered |= !reached(known, byte.writer) || (run.write && !reached(known, byte.readers));
                unwritten |= run.scratchpad && !run.write && !byte.written;
                if (run.write) {
                    byte = {own, {}, true};
                } else {
                    byte.readers = later(byte.readers, own);
                }
            }
            if (unordered) say(run, run.write ? "may overwrite in use" : "may read too early");
            if (unwritten) say(run, "reads what nobody wrote,");
        }
    }
    return wrong;
}

}  // namespace ulpsim::platform

// Loops: the body is lowered four times, so that what one iteration leaves to the next is known and proved to repeat.
#include <stdexcept>

#include "platform/runtime/lowering.hpp"
#include "workloads/executor/operands.hpp"

namespace ulpsim::platform {
namespace {

models::Tokens difference(const models::Tokens& a, const models::Tokens& b) {
    models::Tokens c;
    for (std::size_t q = 0; q < c.size(); ++q) c[q] = a[q] - b[q];
    return c;
}

/// A command of iteration `iteration` as the loop's body holds it.
models::Command relative(models::Command command, const models::LoopCommand& loop, std::uint64_t iteration) {
    for (std::size_t q = 0; q < models::queue_count; ++q) {
        std::uint32_t& token = command.wait[q];
        const std::uint32_t before = loop.issued[q] + static_cast<std::uint32_t>(iteration - 1) * loop.retired[q];
        // What was issued before the loop has retired when it starts. Tile memory that not every iteration takes may have
        // users two iterations ago: a queue is in order, so they have retired with the first of the last iteration.
        token = token <= loop.issued[q] ? 0 : token <= before ? 1 : token - before;
    }
    std::visit(
        [&](auto& body) {
            if constexpr (requires { body.position; })
                body.position.operation -= loop.first_number + iteration * loop.numbers;
        },
        command.body);
    return command;
}

}  // namespace

std::vector<models::Command> Lowering::lower_iteration(const workloads::Body& body, std::uint64_t iteration,
                                                       std::span<const power::Tag> tags) {
    tiles_.rewind();
    std::vector<models::Command> commands;
    for (std::size_t i = 0; i < body.ops.size(); ++i) {
        workloads::Op op = body.ops[i];
        op.number += iteration * body.ops.size();
        const std::vector<models::Command> some = lower(op, tags[i]);
        commands.insert(commands.end(), some.begin(), some.end());
    }
    return commands;
}

void Lowering::check_selection(const workloads::Body& body) const {
    for (const workloads::Op& op : body.ops) {
        workloads::for_each_operand(op, [&](const workloads::Tensor& view) {
            const std::uint64_t rows = view.rows * (view.selected ? body.selection.blocks : 1);
            if (view.first_row + rows > state(view).tensor.rows)
                throw std::logic_error("a loop selects rows past the end of " + state(view).name);
        });
    }
}

Lowering::Loop Lowering::lower_loop(const workloads::Body& body, std::uint64_t iterations,
                                    std::span<const power::Tag> tags) {
    check_selection(body);
    Loop loop;
    models::LoopCommand& command = loop.command;
    command.issued = stream_.issued();
    command.iterations = static_cast<std::uint32_t>(iterations);
    command.first_number = body.ops.front().number;
    command.numbers = body.ops.size();
    command.blocks = body.selection.blocks;
    command.draws = body.selection.random ? body.selection.number : 0;

    loop.body = lower_iteration(body, 0, tags);
    command.length = static_cast<std::uint32_t>(loop.body.size());
    command.retired = difference(stream_.issued(), command.issued);
    lower_iteration(body, 1, tags);
    loop.body = lower_iteration(body, 2, tags);
    for (models::Command& each : loop.body) each = relative(each, command, 2);
    std::vector<models::Command> again = lower_iteration(body, 3, tags);
    for (models::Command& each : again) each = relative(each, command, 3);
    if (again != loop.body) throw std::logic_error("the iterations of a loop differ by more than their numbers");

    models::Tokens rest = command.retired;
    for (std::uint32_t& count : rest) count *= static_cast<std::uint32_t>(iterations - 4);
    for (auto& [id, tensor] : tensors_) {
        tensor.written = put_off(tensor.written, command.issued, rest);
        tensor.read = put_off(tensor.read, command.issued, rest);
    }
    tiles_.advance(command.issued, rest);
    stream_.advance(rest);
    return loop;
}

}  // namespace ulpsim::platform

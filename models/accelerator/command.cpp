#include "models/accelerator/command.hpp"

namespace ulpsim::models {

Command in_iteration(Command command, const LoopCommand& loop, std::uint64_t iteration, std::uint64_t block) {
    for (std::size_t queue = 0; queue < queue_count; ++queue) {
        std::uint32_t& token = command.wait[queue];
        if (token == 0) continue;
        const std::uint32_t retired = loop.retired[queue];
        if (iteration == 0 && token <= retired) {
            token = 0;
            continue;
        }
        token += loop.issued[queue] + static_cast<std::uint32_t>(iteration) * retired - retired;
    }
    std::visit(
        [&](auto& body) {
            if constexpr (requires { body.position; })
                body.position.operation += loop.first_number + iteration * loop.numbers;
        },
        command.body);
    if (auto* move = std::get_if<Move>(&command.body)) move->memory += block * move->memory_step;
    return command;
}

}  // namespace ulpsim::models

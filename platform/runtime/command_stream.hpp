#pragma once
#include <utility>
#include <vector>

#include "models/accelerator/command.hpp"
#include "platform/runtime/tile_memory.hpp"

namespace ulpsim::platform {

/// Commands in program order with the tokens that hold them together.
class CommandStream {
public:
    /// Appends a command that starts when `wait` has retired; returns the tokens of its own retirement.
    template <class Body>
    models::Tokens emit(models::Queue queue, models::Tokens wait, power::Tag tag, const Body& body) {
        const auto index = static_cast<std::size_t>(queue);
        wait[index] = 0;  // a queue is in order: its own earlier commands have retired
        models::Command command;
        command.queue = queue;
        command.tag = tag;
        command.wait = wait;
        command.body = body;
        commands_.push_back(command);
        models::Tokens own{};
        own[index] = ++issued_[index];
        return own;
    }

    /// Everything issued so far.
    const models::Tokens& issued() const { return issued_; }
    /// As though `by` more had been issued: by a loop that deals its body itself.
    void advance(const models::Tokens& by) {
        for (std::size_t q = 0; q < issued_.size(); ++q) issued_[q] += by[q];
    }
    std::vector<models::Command> take() { return std::exchange(commands_, {}); }

private:
    std::vector<models::Command> commands_;
    models::Tokens issued_{};
};

}  // namespace ulpsim::platform

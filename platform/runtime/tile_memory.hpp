#pragma once
#include <cstdint>
#include <vector>

#include "models/accelerator/command.hpp"

namespace ulpsim::platform {

/// The later of two sets of tokens, queue by queue.
models::Tokens later(const models::Tokens& a, const models::Tokens& b);
/// Tokens later than `after`, put off by `by`.
models::Tokens put_off(const models::Tokens& tokens, const models::Tokens& after, const models::Tokens& by);

/// Regions of one size that an operand's tiles take in turn: while one is computed on, the next one is loaded.
struct Slots {
    std::uint32_t address = 0;  ///< of the first; in the window at first, in the scratchpad when it is open
    std::uint32_t bytes = 0;    ///< of each
    std::uint32_t count = 0, next = 0;

    std::uint32_t take() { return address + next++ % count * bytes; }
};

/// The room that one operation lays out for its operands.
class Layout {
public:
    static constexpr std::uint32_t granule = 64;
    /// `count` slots of `bytes`, rounded up to the granule.
    Slots add(std::uint64_t bytes, std::uint32_t count);
    std::uint32_t bytes() const { return bytes_; }

private:
    std::uint32_t bytes_ = 0;
};

/// The part of the scratchpad that tiles pass through, handed out while commands are generated, long before they run.
/// Every operation opens a window behind the one before it, wrapping around; a region of it is taken under the
/// condition that whoever used those bytes last has retired. So the next operation's loads run ahead as far as the
/// memory reaches.
class TileMemory {
public:
    TileMemory(std::uint32_t first, std::uint32_t bytes, bool double_buffer);

    /// The next window opens at the start again: an iteration of a loop takes the regions of the one before.
    void rewind() { next_ = first_; }
    /// What waited for a token later than `after` waits for one later by `by`: iterations of a loop that are not lowered.
    void advance(const models::Tokens& after, const models::Tokens& by);

    /// Address of a window. Throws Error when it is larger than the memory.
    std::uint32_t open(std::uint32_t bytes);
    /// Takes a region; returns what must have retired before it is written.
    models::Tokens occupy(std::uint32_t address, std::uint32_t bytes);
    /// Free as soon as `users` have retired.
    void vacate(std::uint32_t address, const models::Tokens& users);
    /// Without double buffering every tile waits until the memory is at rest.
    void start_tile();

    std::uint32_t bytes() const { return bytes_; }
    /// Bytes that have been reached so far.
    std::uint32_t peak() const { return peak_; }
    /// Slots of an operand that changes from tile to tile: `pipelined`, or one without double buffering.
    std::uint32_t slots(std::uint32_t pipelined) const { return double_buffer_ ? pipelined : 1; }

private:
    struct Segment {
        std::uint32_t first = 0, last = 0;
        bool live = false;
        models::Tokens users{};
    };

    std::uint32_t first_, bytes_, next_, peak_ = 0;
    bool double_buffer_;
    std::vector<Segment> segments_;  // disjoint
    models::Tokens all_users_{}, floor_{};
};

}  // namespace ulpsim::platform

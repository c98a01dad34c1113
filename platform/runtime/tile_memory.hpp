#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "models/accelerator/command.hpp"

namespace ulpsim::platform {

/// The later of two sets of tokens, queue by queue.
models::Tokens later(const models::Tokens& a, const models::Tokens& b);

/// The part of the scratchpad that tiles pass through, allocated while commands are generated, long before they run. A
/// region that has been released is taken again under the condition that its last users have retired; of all places
/// where a request fits, the one released longest ago is taken, so that loads run ahead of compute as far as the memory
/// reaches.
class TileMemory {
public:
    TileMemory(std::uint32_t first, std::uint32_t bytes, bool double_buffer);

    struct Region {
        std::uint32_t address = 0, bytes = 0;
        models::Tokens wait{};  ///< must have retired before the region is written
    };
    /// Nothing when live regions leave no room.
    std::optional<Region> allocate(std::uint32_t bytes);
    /// Free as soon as `users` have retired.
    void release(std::uint32_t address, const models::Tokens& users);
    /// Without double buffering every tile starts with an empty memory: all users so far must have retired.
    void start_tile();

    std::uint32_t bytes() const { return bytes_; }
    std::uint32_t peak() const { return peak_; }
    /// What one tile may take, so that the next one fits beside it.
    std::uint32_t tile_budget() const { return double_buffer_ ? bytes_ / 2 : bytes_; }

private:
    struct Segment {
        std::uint32_t first = 0, last = 0;
        bool live = false;
        std::uint64_t released = 0;  // ascending
        models::Tokens users{};
    };
    /// Order of release of the youngest segment in the way, or nothing when a live one is.
    std::optional<std::uint64_t> age(std::uint32_t first, std::uint32_t last) const;
    void cut_out(std::uint32_t first, std::uint32_t last);

    std::uint32_t first_, bytes_;
    bool double_buffer_;
    std::vector<Segment> segments_;  // disjoint
    std::uint64_t releases_ = 0;
    std::uint32_t peak_ = 0;
    models::Tokens all_users_{}, floor_{};
};

}  // namespace ulpsim::platform

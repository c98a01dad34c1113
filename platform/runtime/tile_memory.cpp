#include "platform/runtime/tile_memory.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {

models::Tokens later(const models::Tokens& a, const models::Tokens& b) {
    models::Tokens c;
    for (std::size_t q = 0; q < c.size(); ++q) c[q] = std::max(a[q], b[q]);
    return c;
}

models::Tokens put_off(const models::Tokens& tokens, const models::Tokens& after, const models::Tokens& by) {
    models::Tokens c = tokens;
    for (std::size_t q = 0; q < c.size(); ++q)
        if (tokens[q] > after[q]) c[q] += by[q];
    return c;
}

Slots Layout::add(std::uint64_t bytes, std::uint32_t count) {
    const std::uint64_t size = std::max<std::uint64_t>(granule, (bytes + granule - 1) / granule * granule);
    const Slots slots{bytes_, static_cast<std::uint32_t>(size), count, 0};
    bytes_ += static_cast<std::uint32_t>(size * count);
    return slots;
}

TileMemory::TileMemory(std::uint32_t first, std::uint32_t bytes, bool double_buffer)
    : first_(first), bytes_(bytes), next_(first), double_buffer_(double_buffer) {}

std::uint32_t TileMemory::open(std::uint32_t bytes) {
    if (bytes > bytes_) {
        throw Error("platform.accelerator.scratchpad.size_kib leaves " + std::to_string(bytes_) +
                    " bytes for tiles; an operation needs " + std::to_string(bytes));
    }
    if (next_ + bytes > first_ + bytes_) next_ = first_;
    const std::uint32_t window = next_;
    next_ += bytes;
    peak_ = std::max(peak_, next_ - first_);
    return window;
}

models::Tokens TileMemory::occupy(std::uint32_t address, std::uint32_t bytes) {
    const std::uint32_t last = address + bytes;
    models::Tokens wait = floor_;
    std::vector<Segment> kept;
    for (const Segment& s : segments_) {
        if (s.last <= address || last <= s.first) {
            kept.push_back(s);
            continue;
        }
        if (s.live) throw std::logic_error("a region of tile memory is taken while it is in use");
        wait = later(wait, s.users);
        if (s.first < address) kept.push_back({s.first, address, false, s.users});
        if (s.last > last) kept.push_back({last, s.last, false, s.users});
    }
    segments_ = std::move(kept);
    segments_.push_back({address, last, true, {}});
    return wait;
}

void TileMemory::vacate(std::uint32_t address, const models::Tokens& users) {
    const auto segment = std::find_if(segments_.begin(), segments_.end(),
                                      [&](const Segment& s) { return s.live && s.first == address; });
    if (segment == segments_.end()) throw std::logic_error("a region of tile memory is vacated that nobody took");
    segment->live = false;
    segment->users = users;
    all_users_ = later(all_users_, users);
}

void TileMemory::advance(const models::Tokens& after, const models::Tokens& by) {
    for (Segment& segment : segments_) segment.users = put_off(segment.users, after, by);
    all_users_ = put_off(all_users_, after, by);
    floor_ = put_off(floor_, after, by);
}

void TileMemory::start_tile() {
    if (!double_buffer_) floor_ = all_users_;
}

}  // namespace ulpsim::platform

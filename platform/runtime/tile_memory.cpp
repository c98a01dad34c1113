#include "platform/runtime/tile_memory.hpp"

#include <algorithm>
#include <stdexcept>

namespace ulpsim::platform {

models::Tokens later(const models::Tokens& a, const models::Tokens& b) {
    models::Tokens c;
    for (std::size_t q = 0; q < c.size(); ++q) c[q] = std::max(a[q], b[q]);
    return c;
}

TileMemory::TileMemory(std::uint32_t first, std::uint32_t bytes, bool double_buffer)
    : first_(first), bytes_(bytes), double_buffer_(double_buffer) {}

std::optional<std::uint64_t> TileMemory::age(std::uint32_t first, std::uint32_t last) const {
    std::uint64_t youngest = 0;
    for (const Segment& s : segments_) {
        if (s.last <= first || last <= s.first) continue;
        if (s.live) return std::nullopt;
        youngest = std::max(youngest, s.released);
    }
    return youngest;
}

std::optional<TileMemory::Region> TileMemory::allocate(std::uint32_t bytes) {
    const std::uint32_t size = std::max(64U, (bytes + 63) / 64 * 64);
    std::optional<std::uint64_t> best_age;
    std::uint32_t best = 0;
    const auto consider = [&](std::uint32_t start) {
        if (start + size > first_ + bytes_) return;
        const auto candidate = age(start, start + size);
        if (!candidate) return;
        if (best_age && (*best_age < *candidate || (*best_age == *candidate && best <= start))) return;
        best_age = candidate;
        best = start;
    };
    consider(first_);
    for (const Segment& s : segments_) consider(s.last);
    if (!best_age) return std::nullopt;

    Region region{best, size, floor_};
    for (const Segment& s : segments_) {
        if (s.last > best && s.first < best + size) region.wait = later(region.wait, s.users);
    }
    cut_out(best, best + size);
    peak_ = std::max(peak_, best + size - first_);
    segments_.push_back({.first = best, .last = best + size, .live = true});
    return region;
}

void TileMemory::cut_out(std::uint32_t first, std::uint32_t last) {
    std::vector<Segment> kept;
    for (const Segment& s : segments_) {
        if (s.last <= first || last <= s.first) {
            kept.push_back(s);
            continue;
        }
        if (s.first < first) {
            kept.push_back(s);
            kept.back().last = first;
        }
        if (s.last > last) {
            kept.push_back(s);
            kept.back().first = last;
        }
    }
    segments_ = std::move(kept);
}

void TileMemory::release(std::uint32_t address, const models::Tokens& users) {
    const auto segment = std::find_if(segments_.begin(), segments_.end(),
                                      [&](const Segment& s) { return s.live && s.first == address; });
    if (segment == segments_.end()) throw std::logic_error("release of a tile region that is not live");
    segment->live = false;
    segment->released = ++releases_;
    segment->users = users;
    all_users_ = later(all_users_, users);
}

void TileMemory::start_tile() {
    if (!double_buffer_) floor_ = all_users_;
}

}  // namespace ulpsim::platform

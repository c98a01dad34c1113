#include "platform/runtime/allocator.hpp"

#include <algorithm>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {
namespace {
constexpr std::uint64_t step = 64;
std::uint64_t rounded(std::uint64_t bytes) { return std::max(step, (bytes + step - 1) / step * step); }
}  // namespace

Allocator::Allocator(std::string name, std::uint64_t first, std::uint64_t bytes)
    : name_(std::move(name)), capacity_(bytes) {
    if (bytes >= step) free_[first] = bytes / step * step;
}

std::map<std::uint64_t, std::uint64_t>::const_iterator Allocator::find(std::uint64_t bytes) const {
    return std::find_if(free_.begin(), free_.end(), [&](const auto& hole) { return hole.second >= rounded(bytes); });
}

bool Allocator::fits(std::uint64_t bytes) const { return find(bytes) != free_.end(); }

std::uint64_t Allocator::allocate(std::uint64_t bytes, const std::string& what) {
    const auto hole = find(bytes);
    if (hole == free_.end()) {
        throw Error(name_ + " holds " + std::to_string(capacity_) + " bytes, of which " + std::to_string(used_) +
                    " are taken; " + what + " needs " + std::to_string(bytes) + " more");
    }
    const auto [address, size] = *hole;
    free_.erase(hole);
    const std::uint64_t taken = rounded(bytes);
    if (size > taken) free_[address + taken] = size - taken;
    taken_[address] = taken;
    used_ += taken;
    peak_ = std::max(peak_, used_);
    return address;
}

void Allocator::release(std::uint64_t address) {
    const auto node = taken_.extract(address);
    if (node.empty()) return;
    std::uint64_t first = node.key(), last = first + node.mapped();
    used_ -= node.mapped();
    if (const auto after = free_.find(last); after != free_.end()) {
        last += after->second;
        free_.erase(after);
    }
    auto before = free_.lower_bound(first);
    if (before != free_.begin() && (--before)->first + before->second == first) {
        before->second = last - before->first;
    } else {
        free_[first] = last - first;
    }
}

}  // namespace ulpsim::platform

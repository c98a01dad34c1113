#pragma once
#include <cstdint>

namespace ulpsim::models {

/// Addresses first .. last - 1.
struct AddressRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    constexpr std::uint64_t size() const { return last - first; }
    constexpr bool includes(std::uint64_t address, std::uint64_t length) const {
        return address >= first && length <= last - first && address - first <= last - first - length;
    }
    constexpr bool overlaps(const AddressRange& other) const { return first < other.last && other.first < last; }
};

}  // namespace ulpsim::models

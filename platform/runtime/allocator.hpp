#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace ulpsim::platform {

/// First-fit allocation of a memory in 64-byte steps (a DRAM burst's multiple, so that tensors do not share bursts).
class Allocator {
public:
    /// `name` appears in errors: the scenario's key of the memory.
    Allocator(std::string name, std::uint64_t first, std::uint64_t bytes);

    bool fits(std::uint64_t bytes) const;
    /// Throws Error with what is needed and what is free.
    std::uint64_t allocate(std::uint64_t bytes, const std::string& what);
    void release(std::uint64_t address);
    std::uint64_t used() const { return used_; }
    std::uint64_t peak() const { return peak_; }
    std::uint64_t capacity() const { return capacity_; }

private:
    std::map<std::uint64_t, std::uint64_t>::const_iterator find(std::uint64_t bytes) const;

    std::string name_;
    std::uint64_t capacity_ = 0, used_ = 0, peak_ = 0;
    std::map<std::uint64_t, std::uint64_t> free_;   // address -> bytes
    std::map<std::uint64_t, std::uint64_t> taken_;  // address -> bytes
};

}  // namespace ulpsim::platform

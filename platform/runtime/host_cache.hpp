#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

namespace ulpsim::platform {

/// The last level of a host's caches, for the runs of memory that whole operations read and write. The run used longest ago
/// goes first; one that is new is then written back. Coarse: a run is all there or not at all, two runs that overlap take
/// their room twice, one larger than the cache drives out everything, and what is inside costs the core's own time alone.
class HostCache {
public:
    struct Run {
        std::uint64_t address = 0, bytes = 0;
    };
    explicit HostCache(std::uint64_t bytes) : free_(bytes), capacity_(bytes) {}

    bool fits(const Run& run) const { return run.bytes <= capacity_; }
    /// The run is read or `written`; returns whether it was there. Runs that memory has to take back for its sake are
    /// added to `written_back`.
    bool use(const Run& run, bool written, std::vector<Run>& written_back);

private:
    struct Line {
        Run run;
        bool is_new = false;
    };
    using Lines = std::list<Line>;  // the most recent first

    std::uint64_t free_, capacity_;
    Lines lines_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, Lines::iterator> known_;
};

}  // namespace ulpsim::platform

#include "platform/runtime/host_cache.hpp"

namespace ulpsim::platform {

bool HostCache::use(const Run& run, bool written, std::vector<Run>& written_back) {
    const std::pair key{run.address, run.bytes};
    if (const auto found = known_.find(key); found != known_.end()) {
        found->second->is_new |= written;
        lines_.splice(lines_.begin(), lines_, found->second);
        return true;
    }
    while (!lines_.empty() && free_ < run.bytes) {
        const Line& oldest = lines_.back();
        if (oldest.is_new) written_back.push_back(oldest.run);
        free_ += oldest.run.bytes;
        known_.erase({oldest.run.address, oldest.run.bytes});
        lines_.pop_back();
    }
    if (!fits(run)) return false;
    free_ -= run.bytes;
    lines_.push_front({run, written});
    known_[key] = lines_.begin();
    return false;
}

}  // namespace ulpsim::platform

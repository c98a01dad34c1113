#include "scenarios/program/sweep/roster.hpp"

namespace ulpsim::program {

void Roster::add(std::size_t job, const std::string& group) {
    group_of_[job] = group;
    waiting_.push_back(job);
}

void Roster::add_done(std::size_t job, const std::string& group, bool recorded) {
    group_of_[job] = group;
    if (recorded) groups_[group].recorded = job;
}

std::optional<Roster::Work> Roster::next() {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
        const std::size_t job = waiting_[i];
        Group& group = groups_[group_of_[job]];
        if (group.running) continue;
        if (!group.recorded) group.running = job;
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        return Work{job, group.recorded};
    }
    return std::nullopt;
}

void Roster::ended(std::size_t job, bool well) {
    Group& group = groups_[group_of_[job]];
    if (group.running != job) return;
    group.running.reset();
    if (well) group.recorded = job;
}

}  // namespace ulpsim::program

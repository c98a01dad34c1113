#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ulpsim::program {

/// Who runs and who replays. Jobs whose arithmetic is the same form a group: one of them, the first that can, runs; the
/// others wait for its recording and replay it on their own hardware.
class Roster {
public:
    struct Work {
        std::size_t job = 0;
        std::optional<std::size_t> source;  ///< the job whose recording is replayed; nothing: the job runs
    };

    /// A job to do, in order.
    void add(std::size_t job, const std::string& group);
    /// A job that an earlier sweep has done; `recorded`: it ran, and its recording is there.
    void add_done(std::size_t job, const std::string& group, bool recorded);

    /// The first job that can start now, which is then at work; nothing when all that is left must wait.
    std::optional<Work> next();
    void ended(std::size_t job, bool well);

private:
    struct Group {
        std::optional<std::size_t> running, recorded;
    };
    std::map<std::string, Group> groups_;
    std::map<std::size_t, std::string> group_of_;
    std::vector<std::size_t> waiting_;
};

}  // namespace ulpsim::program

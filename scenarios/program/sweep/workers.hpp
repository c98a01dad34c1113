#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "scenarios/program/command_line/child_pool.hpp"
#include "scenarios/program/sweep/job.hpp"

namespace ulpsim::program {

/// A job that can start: it trains, or replays the run in `source`.
struct Work {
    std::size_t number = 0;  ///< the sweep's own
    Job job;
    std::optional<std::filesystem::path> source;
};

/// Where a sweep's jobs are done: each leaves a run's folder and ends with an Outcome.
class Workers {
public:
    virtual ~Workers() = default;

    virtual bool has_room() const = 0;
    virtual void start(const Work& work) = 0;
    virtual std::size_t running() const = 0;
    /// Waits a moment at most for lines of progress and ends.
    virtual void listen(const ChildPool::OnLine& on_line, const ChildPool::OnEnd& on_end) = 0;
    /// Ctrl-C: the jobs' ends are still to be waited for.
    virtual void interrupt() = 0;
};

/// Child processes of this one, `jobs` at once; they die with it.
std::unique_ptr<Workers> local_workers(unsigned jobs, unsigned threads, bool live);
/// Tasks of Slurm's job arrays (slurm.cpp).
std::unique_ptr<Workers> slurm_workers(const SweepOptions& options);
/// Ends the tasks that an earlier sweep of this folder left in Slurm's queue, or at work, and waits for their ends. Throws
/// Error where there may be some and Slurm's client is missing.
void cancel_earlier_arrays(const std::filesystem::path& out);

}  // namespace ulpsim::program

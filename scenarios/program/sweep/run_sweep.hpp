#pragma once
#include <cstdint>
#include <filesystem>

#include "scenarios/program/sweep/sweep.hpp"

namespace ulpsim::program {

struct SweepOptions {
    enum class Executor : std::uint8_t { local, slurm } executor = Executor::local;
    std::filesystem::path out;  ///< the sweep's folder
    unsigned jobs = 1;          ///< processes at once; slurm: tasks of an array at once, 0 for no limit
    unsigned threads = 1;       ///< of each run's arithmetic
    std::uint64_t seeds = 1;    ///< every point with so many seeds, counted on from its scenario's
    bool resume = false, quiet = false;
    bool json = false;  ///< prints sweep_json instead of tables
};

/// Works through a sweep, a process a point (workers.hpp). Leaves in OUT: sweep.sqlite (database.hpp), sweep.csv (sweep_table.hpp),
/// report.html (sweep_json.hpp), and a run's folder for each point, points/NNNN/ (points/NNNN/seed_S/ with several seeds),
/// with its page where it is on the Pareto front. Prints the front and the points that failed. Returns the exit status, 130 where points are missing: --resume does them.
int run_sweep(const Sweep& sweep, const SweepOptions& options);

}  // namespace ulpsim::program

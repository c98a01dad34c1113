#pragma once
#include <functional>
#include <string>
#include <vector>

namespace ulpsim::program {

/// A piece of work for a process of its own: SystemC elaborates one machine a process.
struct Task {
    std::string name;
    /// In the child. `say` sends a line of progress to the parent; the result is the exit status.
    std::function<int(const std::function<void(const std::string&)>& say, bool live)> work;
};

struct Outcome {
    int status = 0;       ///< exit status; 4 when a signal ended the child
    std::string message;  ///< the last line when the status is not 0
};

/// Runs the tasks, at most `at_once` at a time, with one progress line each on a terminal (lines with the task's name
/// otherwise, none when quiet). Ctrl-C is passed on to the children, whose ends are waited for.
std::vector<Outcome> run_side_by_side(const std::vector<Task>& tasks, unsigned at_once, bool quiet);

}  // namespace ulpsim::program

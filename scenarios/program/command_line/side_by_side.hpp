#pragma once
#include <vector>

#include "scenarios/program/command_line/child_pool.hpp"

namespace ulpsim::program {

/// Runs the tasks, at most `at_once` at a time, with one progress line each on a terminal (lines with the task's name
/// otherwise, none when quiet). Ctrl-C is passed on to the children, whose ends are waited for.
std::vector<Outcome> run_side_by_side(const std::vector<Task>& tasks, unsigned at_once, bool quiet);

}  // namespace ulpsim::program

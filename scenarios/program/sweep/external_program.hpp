#pragma once
#include <string>
#include <vector>

namespace ulpsim::program {

struct ProgramEnd {
    int status = 0;              ///< exit status; 127 where there is no such program
    std::string output, errors;  ///< standard output, standard error
};

/// Runs a program of the machine, found by PATH, without a shell, and waits for its end.
ProgramEnd run_program_of_machine(const std::vector<std::string>& words);

}  // namespace ulpsim::program

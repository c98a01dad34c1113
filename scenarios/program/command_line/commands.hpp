#pragma once
#include <functional>
#include <string>
#include <vector>

#include "scenarios/program/command_line/arguments.hpp"

namespace ulpsim::program {

/// DESIGN 3.5.
enum Exit { exit_done = 0, exit_usage = 2, exit_data = 3, exit_simulation = 4, exit_interrupted = 130 };

/// A command of the program: how it is called and what it does. Throws Error, DataError or another std::exception,
/// which run_program turns into one line and an exit status.
struct Command {
    std::string name;
    std::string purpose;  ///< one line, for --help of the program
    Syntax (*syntax)();
    int (*run)(const Syntax& syntax, const Words& words);
};

const std::vector<Command>& commands();

Syntax run_syntax();
int run_command(const Syntax& syntax, const Words& words);
Syntax compare_syntax();
int compare_command(const Syntax& syntax, const Words& words);
Syntax replay_syntax();
int replay_command(const Syntax& syntax, const Words& words);
Syntax sweep_syntax();
int sweep_command(const Syntax& syntax, const Words& words);
Syntax report_syntax();
int report_command(const Syntax& syntax, const Words& words);
Syntax completion_syntax();
int completion_command(const Syntax& syntax, const Words& words);
Syntax man_syntax();
int man_command(const Syntax& syntax, const Words& words);
Syntax list_syntax();
int list_command(const Syntax& syntax, const Words& words);
Syntax probe_syntax();
int probe_command(const Syntax& syntax, const Words& words);
Syntax quantize_syntax();
int quantize_command(const Syntax& syntax, const Words& words);
Syntax dot_syntax();
int dot_command(const Syntax& syntax, const Words& words);
Syntax expansion_syntax();
int expansion_command(const Syntax& syntax, const Words& words);
Syntax formats_syntax();
int formats_command(const Syntax& syntax, const Words& words);

/// The whole program: words without the program's own name. Returns the exit status.
int run_program(const Words& words);

/// Runs `body`; turns what it throws into one line for `report` and an exit status.
int guarded(const std::function<void(const std::string& line)>& report, const std::function<int()>& body);

}  // namespace ulpsim::program

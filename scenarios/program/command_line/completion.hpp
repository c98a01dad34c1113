#pragma once
#include <string>
#include <vector>

#include "scenarios/program/command_line/commands.hpp"

namespace ulpsim::program {

/// An option as its command declares it.
struct OptionFacts {
    std::string name;   ///< with its dashes
    std::string value;  ///< what its value is called; empty: it takes none
    std::string purpose;
    bool is_repeatable = false;
};
/// Those of a command, and --help.
std::vector<OptionFacts> options_of(const Syntax& syntax);

/// A script that completes the program's words in the shell `bash` or `zsh`; made of what the commands declare.
std::string bash_completion(const std::vector<Command>& commands);
std::string zsh_completion(const std::vector<Command>& commands);

}  // namespace ulpsim::program

#pragma once
#include <string>
#include <vector>

#include "scenarios/program/command_line/commands.hpp"

namespace ulpsim::program {

/// The manual page ulpsim(1) in roff, made of what the commands say in their --help.
std::string manual_page(const std::vector<Command>& commands);

}  // namespace ulpsim::program

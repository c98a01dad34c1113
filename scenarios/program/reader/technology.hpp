#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "power/costs/technology.hpp"

namespace ulpsim::program {

/// Root of the source tree, where scenarios/ and power/technologies/ lie.
std::filesystem::path source_root();

std::filesystem::path technology_file(const std::string& name);
/// Names of power/technologies/*.yaml, sorted.
std::vector<std::string> technology_names();
/// Throws Error with file, line and key path.
power::Technology read_technology(const std::string& name);

}  // namespace ulpsim::program

#pragma once
#include <string>

namespace ulpsim::program {

/// A YAML text as JSON of the same shape, every scalar as a string; `null` for what is empty. For pages, which have no
/// YAML reader. Throws Error when it is no YAML.
std::string yaml_as_json(const std::string& yaml);

}  // namespace ulpsim::program

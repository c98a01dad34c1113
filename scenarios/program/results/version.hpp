#pragma once
#include <string>

namespace ulpsim::program {

/// "0.1.0"
std::string version();
/// "0.1.0+" and a digest of the running program: two builds of different code differ.
std::string build_version();

}  // namespace ulpsim::program

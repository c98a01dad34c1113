#include "scenarios/program/results/version.hpp"

#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {

std::string version() { return ULPSIM_VERSION; }

std::string build_version() {
    static const std::string text = version() + "+" + digest("/proc/self/exe");
    return text;
}

}  // namespace ulpsim::program

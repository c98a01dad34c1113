#include "scenarios/program/results/number_text.hpp"

#include <charconv>

namespace ulpsim::program {

std::string number_text(double value) {
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}  // namespace ulpsim::program

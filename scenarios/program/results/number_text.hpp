#pragma once
#include <charconv>
#include <string>

namespace ulpsim::program {

/// The shortest decimal text that reads back as the same number.
inline std::string number_text(double value) {
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}  // namespace ulpsim::program

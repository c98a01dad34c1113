#pragma once
#include <string>

#include "scenarios/program/numbers/number_reader.hpp"

namespace ulpsim::program {

/// Writes all of `text` to standard output and empties it. Throws Error when that fails.
void write_out(std::string& text);

/// Standard input as a reader's source. Before it waits for more it writes `out`, so that who asks line by line gets
/// its answers line by line, while a file goes through in large pieces.
NumberReader::Source standard_input(std::string& out);

}  // namespace ulpsim::program

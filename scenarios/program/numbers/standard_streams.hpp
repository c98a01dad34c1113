#pragma once
#include <functional>
#include <string>

#include "scenarios/program/numbers/number_reader.hpp"

namespace ulpsim::program {

/// Writes all of `text` to standard output and empties it. Throws Error when that fails.
void write_out(std::string& text);

/// Standard input as a reader's source. Before it waits for more it writes `out`, so that who asks line by line gets
/// its answers line by line, while a file goes through in large pieces.
NumberReader::Source standard_input(std::string& out);

/// Lets `body` read from standard input and append to `out`, and writes `out` at the end; also when it throws, as the
/// answers to the lines before a wrong one are right.
void answer(NumberReader::Random random, const std::function<void(NumberReader& reader, std::string& out)>& body);

}  // namespace ulpsim::program

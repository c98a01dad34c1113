#pragma once
#include <string>
#include <string_view>

namespace ulpsim::program {

/// Reads one number as the number commands take it: a C hex float (`-0x1.8p+3`, with its `p`, of at most 53 significant
/// bits, exactly a binary64 value), a decimal (`1.5`, `-2e-3`, read to the nearest binary64), `inf`, `-inf` or `nan`.
/// Throws Error for everything else, for what overflows, and for what is not zero but would be read as zero.
double parse_number(std::string_view text);

/// The text between quotes, shortened, with what cannot be printed as `?`, for an error's one line.
std::string in_quotes(std::string_view text);

}  // namespace ulpsim::program

#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ulpsim::program {

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string
/// alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known` when it is near enough to be what was meant: at most a third of its letters differ.
std::optional<std::string> suggestion(std::string_view word, const std::vector<std::string>& known);

/// "; did you mean X?" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// "a, b, c".
std::string join(const std::vector<std::string>& words);

}  // namespace ulpsim::program

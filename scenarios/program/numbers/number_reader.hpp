#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ulpsim::program {

/// A line of numbers separated by spaces, and where each one stands.
struct NumberLine {
    std::uint64_t line = 0;  ///< from 1; lines that were passed over count
    std::vector<double> values;
    std::vector<std::uint64_t> columns;   ///< of each number's first character, from 1, in bytes
    std::optional<std::uint64_t> random;  ///< R of `@ R`
    std::uint64_t random_column = 0;

    std::size_t size() const { return values.size(); }
};

/// Error "standard input: line L, column C: WHAT".
[[noreturn]] void fail_at(std::uint64_t line, std::uint64_t column, const std::string& what);

/// Reads lines of numbers (DESIGN 3.5) from a text that arrives in pieces. Empty lines, lines of spaces and lines that
/// start with `#` are passed over. Tabs count as spaces; the carriage return of a line that ends in one is passed over;
/// the last line needs no newline.
class NumberReader {
public:
    /// Writes at most `most` bytes to `to` and returns how many; 0 at the end of the text.
    using Source = std::function<std::size_t(char* to, std::size_t most)>;
    enum class Random : std::uint8_t { refused, allowed };  ///< `@ R` behind the numbers

    NumberReader(Source source, Random random) : source_(std::move(source)), random_(random) {}

    /// Replaces `line` by the next one with numbers. False at the end. Throws Error naming line and column.
    bool next(NumberLine& line);
    /// Lines begun so far: at the end, the number of the last one.
    std::uint64_t lines() const { return lines_; }

private:
    bool next_text(std::string_view& text);
    void read_random(std::string_view rest, std::size_t at, NumberLine& line) const;

    Source source_;
    Random random_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of what is not read yet in buffer_
    bool ended_ = false;
    std::uint64_t lines_ = 0;
};

}  // namespace ulpsim::program

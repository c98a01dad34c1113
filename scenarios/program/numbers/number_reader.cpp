#include "scenarios/program/numbers/number_reader.hpp"

#include <algorithm>
#include <charconv>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/numbers/parse_number.hpp"

namespace ulpsim::program {
namespace {

constexpr std::size_t piece = 1 << 16;
constexpr std::string_view space = " \t";

/// The word that starts at `at`, where no space is.
std::string_view word_at(std::string_view text, std::size_t at) {
    return text.substr(at, std::min(text.find_first_of(space, at), text.size()) - at);
}

}  // namespace

void fail_at(std::uint64_t line, std::uint64_t column, const std::string& what) {
    throw Error("standard input: line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what);
}

bool NumberReader::next_text(std::string_view& text) {
    std::size_t searched = begin_;
    std::size_t end = buffer_.find('\n', searched);
    while (end == std::string::npos && !ended_) {
        searched = buffer_.size() - begin_;
        buffer_.erase(0, begin_);
        begin_ = 0;
        buffer_.resize(searched + piece);
        const std::size_t got = source_(buffer_.data() + searched, piece);
        buffer_.resize(searched + got);
        ended_ = got == 0;
        end = buffer_.find('\n', searched);
    }
    if (end == std::string::npos && begin_ == buffer_.size()) return false;
    end = std::min(end, buffer_.size());
    text = std::string_view(buffer_).substr(begin_, end - begin_);
    begin_ = std::min(end + 1, buffer_.size());
    if (text.ends_with('\r')) text.remove_suffix(1);
    ++lines_;
    return true;
}

void NumberReader::read_random(std::string_view rest, std::size_t at, NumberLine& line) const {
    std::size_t start = std::min(rest.find_first_not_of(space, at + 1), rest.size());
    const std::string_view word = word_at(rest, start);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error != std::errc{} || end != word.data() + word.size()) {
        fail_at(
            line.line, start + 1,
            (word.empty() ? "the random integer is missing behind '@'" : in_quotes(word) + " is no random integer") +
                "; allowed: @ R with a whole number R");
    }
    line.random = value;
    line.random_column = start + 1;
    start = rest.find_first_not_of(space, start + word.size());
    if (start != std::string_view::npos)
        fail_at(line.line, start + 1, in_quotes(word_at(rest, start)) + " stands behind '@ R'; allowed: nothing");
}

bool NumberReader::next(NumberLine& line) {
    std::string_view text;
    line.values.clear();
    line.columns.clear();
    line.random.reset();
    while (line.values.empty()) {
        if (!next_text(text)) return false;
        line.line = lines_;
        if (text.starts_with('#')) continue;
        for (std::size_t at = text.find_first_not_of(space); at != std::string_view::npos;) {
            const std::string_view word = word_at(text, at);
            if (word == "@" && random_ == Random::allowed) {
                if (line.values.empty())
                    fail_at(line.line, at + 1, "no number stands before '@'; allowed: NUMBERS @ R");
                read_random(text, at, line);
                break;
            }
            try {
                line.values.push_back(parse_number(word));
            } catch (const Error& error) {
                fail_at(line.line, at + 1, error.what());
            }
            line.columns.push_back(at + 1);
            at = text.find_first_not_of(space, at + word.size());
        }
    }
    return true;
}

}  // namespace ulpsim::program

#include "workloads/datasets/text_lines.hpp"

#include <charconv>
#include <cmath>

#include "models/arithmetic/error.hpp"

namespace ulpsim::workloads {

TextLines::TextLines(const std::filesystem::path& file) : name_(file.string()), text_(DataFile(file).read_text()) {}

bool TextLines::next() {
    if (position_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', position_), text_.size());
    line_ = std::string_view(text_).substr(position_, end - position_);
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
    position_ = end + 1;
    ++number_;
    return true;
}

void TextLines::fail(const std::string& what) const {
    throw DataError(name_ + ", line " + std::to_string(number_) + ": " + what);
}

double TextLines::number(std::string_view text, const std::string& what) const {
    std::string_view digits = text;
    if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value)) {
        constexpr std::size_t longest = 40;  // an error is one line
        std::string shown(text.substr(0, longest));
        for (char& c : shown)
            if (c < ' ' || c > '~') c = '?';
        fail(what + " is '" + shown + "'; allowed: a finite number");
    }
    return value;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace ulpsim::workloads

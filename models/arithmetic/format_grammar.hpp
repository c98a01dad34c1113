#pragma once
// Private to the files that read, write and correct names of formats.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "models/arithmetic/format.hpp"

namespace ulpsim::arithmetic::grammar {

inline constexpr int widest_integer = 53;  // binary64 holds no wider one
inline constexpr int largest_block = 65535;
inline constexpr std::string_view scale_rules[] = {"floor", "ceil", "even"};  // in the order of ScaleRule

/// What is wrong with a name; becomes an Error once the nearest valid name is known.
struct Wrong {
    std::string what;
};

/// A cursor over a name.
class Text {
public:
    explicit Text(std::string_view text) : rest_(text) {}

    bool empty() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }
    bool take(std::string_view word) {
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    /// A decimal integer without sign (unless allowed) and without leading zeros.
    std::optional<int> number(bool with_sign = false) {
        const bool negative = with_sign && take("-");
        const std::size_t length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        if (length == 0 || length > 6 || (length > 1 && rest_[0] == '0')) return std::nullopt;
        int value = 0;
        std::from_chars(rest_.data(), rest_.data() + length, value);
        rest_.remove_prefix(length);
        return negative ? -value : value;
    }

private:
    std::string_view rest_;
};

inline void skip_spaces(Text& text) {
    while (text.take(" ")) {
    }
}

std::string base_name(int exponent_bits, int mantissa_bits, std::string_view kind);
std::string integer_name(int width);
std::string fixed_name(int width, int fraction_bits);
std::string mx_name(std::string_view element, int block, ScaleRule rule);
std::string expansion_name(std::string_view base, int terms, int step);

/// The biases that keep all finite values in binary64.
int smallest_bias(Format format);
int largest_bias(const Format& format);

/// Throws Wrong.
Format read(std::string_view name);
bool is_valid(std::string_view name);

/// The valid name nearest to a wrong one.
std::string nearest_name(std::string_view text);

}  // namespace ulpsim::arithmetic::grammar

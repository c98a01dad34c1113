// Names of formats: reading, writing, and what to say about a wrong one.
#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/format.hpp"

namespace ulpsim::arithmetic {
namespace {

constexpr std::string_view formats_are =
    "formats are eXmY (X of 2 to 11, Y of 1 to 52), eXmYfn and eXmYfnuz (Y of 0 to 52), fp16, bf16, tf32, fp32, fp64, "
    "each with :sat, :nosub, :bias=N, and exp(FORMAT,N) or exp(FORMAT,N,S) with N of 2 to 4 terms";

constexpr std::pair<std::string_view, std::pair<int, int>> short_names[] = {
    {"fp16", {5, 10}}, {"bf16", {8, 7}}, {"tf32", {8, 10}}, {"fp32", {8, 23}}, {"fp64", {11, 52}}};

/// What is wrong with a name; becomes an Error once the nearest valid name is known.
struct Wrong {
    std::string what;
};

int default_bias(const Format& format) {
    return (1 << (format.exponent_bits - 1)) - (format.specials == Specials::fnuz ? 0 : 1);
}

/// Exponent of the top binade that holds finite values (as emax, without forming the value).
int top_exponent(const Format& format) {
    const bool top_is_lost = format.specials == Specials::ieee ||
                             (format.specials == Specials::fn && format.mantissa_bits == 0 && has_nan(format));
    return (1 << format.exponent_bits) - 1 - (top_is_lost ? 1 : 0) - format.bias;
}

int smallest_bias(Format format) {
    format.bias = 0;
    return top_exponent(format) - 1023;
}
int largest_bias(const Format& format) { return 1075 - format.mantissa_bits; }

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

std::string base_name(int exponent_bits, int mantissa_bits, std::string_view kind) {
    std::string result("e");
    result.append(std::to_string(exponent_bits)).append("m").append(std::to_string(mantissa_bits)).append(kind);
    return result;
}

std::string expansion_name(std::string_view base, int terms, int step) {
    std::string result("exp(");
    result.append(base).append(",").append(std::to_string(terms));
    if (step != 0) result.append(",").append(std::to_string(step));
    return result.append(")");
}

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }
std::string range_text(int low, int high) { return std::to_string(low) + " to " + std::to_string(high); }

void require_range(const char* what, int value, int low, int high) {
    if (value < low || value > high)
        throw Wrong{std::string(what) + " is " + std::to_string(value) + ", allowed: " + range_text(low, high)};
}

/// eXmY with fn or fnuz, or a short name. Bits out of range are reported, so the caller may clamp them.
Format read_base(Text& text) {
    Format format;
    for (const auto& [short_name, bits] : short_names) {
        if (!text.take(short_name)) continue;
        format.exponent_bits = static_cast<std::uint8_t>(bits.first);
        format.mantissa_bits = static_cast<std::uint8_t>(bits.second);
        format.bias = static_cast<std::int16_t>(default_bias(format));
        return format;
    }
    const auto x = text.take("e") ? text.number() : std::nullopt;
    const auto y = x && text.take("m") ? text.number() : std::nullopt;
    if (!y) throw Wrong{"it is not of the form eXmY"};
    if (text.take("fnuz"))
        format.specials = Specials::fnuz;
    else if (text.take("fn"))
        format.specials = Specials::fn;
    require_range("X, the exponent bits,", *x, 2, 11);
    require_range("Y, the mantissa bits,", *y, format.specials == Specials::ieee ? 1 : 0, 52);
    format.exponent_bits = static_cast<std::uint8_t>(*x);
    format.mantissa_bits = static_cast<std::uint8_t>(*y);
    format.bias = static_cast<std::int16_t>(default_bias(format));
    return format;
}

void read_suffixes(Text& text, Format& format) {
    bool biased = false;
    while (text.take(":")) {
        if (!format.saturate && text.take("sat")) {
            format.saturate = true;
        } else if (format.subnormals && text.take("nosub")) {
            format.subnormals = false;
        } else if (!biased && text.take("bias=")) {
            biased = true;
            const auto bias = text.number(true);
            if (!bias) throw Wrong{"bias must be an integer"};
            require_range("the bias", *bias, smallest_bias(format), largest_bias(format));
            format.bias = static_cast<std::int16_t>(*bias);
        } else {
            throw Wrong{"the suffix " + quoted(text.rest()) + " is not sat, nosub or bias=N, or is given twice"};
        }
    }
}

void require_binary64(const Format& format) {
    const int lowest = format.emin() - format.mantissa_bits - format.term_step * (format.terms - 1);
    if (top_exponent(format) > 1023 || lowest < -1074) throw Wrong{"not all of its finite values are binary64 values"};
}

Format read_plain(Text& text) {
    Format format = read_base(text);
    read_suffixes(text, format);
    require_binary64(format);
    return format;
}

void skip_spaces(Text& text) {
    while (text.take(" ")) {
    }
}

/// What follows "exp(".
Format read_expansion(Text& text) {
    skip_spaces(text);
    Format format = read_plain(text);
    if (format.saturate || !format.subnormals)
        throw Wrong{"the terms of an expansion cannot be :sat or :nosub (its additions would not be error-free)"};
    const auto argument = [&] {
        skip_spaces(text);
        const auto number = text.number();
        skip_spaces(text);
        return number;
    };
    skip_spaces(text);
    const auto terms = text.take(",") ? argument() : std::nullopt;
    if (!terms) throw Wrong{"it is not of the form exp(FORMAT,N) or exp(FORMAT,N,S)"};
    require_range("N, the number of terms,", *terms, 2, 4);
    format.terms = static_cast<std::uint8_t>(*terms);
    if (text.take(",")) {
        const auto step = argument();
        if (!step) throw Wrong{"S, the step, must be an integer"};
        require_range("S, the step,", *step, 0, 255);
        format.term_step = static_cast<std::uint8_t>(*step);
    }
    if (!text.take(")")) throw Wrong{"the closing parenthesis is missing"};
    require_binary64(format);
    return format;
}

Format read(std::string_view name_text) {
    Text text(name_text);
    const Format format = text.take("exp(") ? read_expansion(text) : read_plain(text);
    if (!text.empty()) throw Wrong{quoted(text.rest()) + " does not belong there"};
    return format;
}

bool is_valid(std::string_view text) {
    try {
        read(text);
        return true;
    } catch (const Wrong&) {
        return false;
    }
}

/// Levenshtein distance.
std::size_t edits(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

std::string nearest_of(std::string_view text, const std::vector<std::string>& candidates) {
    return *std::ranges::min_element(candidates, {},
                                     [&](const std::string& candidate) { return edits(text, candidate); });
}

/// All base names, the common ones first, so that they win ties.
std::vector<std::string> base_names() {
    std::vector<std::string> names{"fp32", "bf16", "fp16", "tf32", "fp64", "e4m3fn", "e5m2", "e4m3", "e8m23"};
    for (const std::string_view kind : {"", "fn", "fnuz"})
        for (int x = 2; x <= 11; ++x)
            for (int y = 0; y <= 52; ++y) {
                std::string candidate = base_name(x, y, kind);
                if (is_valid(candidate)) names.push_back(std::move(candidate));
            }
    return names;
}

/// The nearest base name: the same form with its numbers moved into range, else the one with the fewest edits.
std::string nearest_base(std::string_view text) {
    Text cursor(text);
    const auto x = cursor.take("e") ? cursor.number() : std::nullopt;
    const auto y = x && cursor.take("m") ? cursor.number() : std::nullopt;
    if (y && (cursor.empty() || cursor.rest() == "fn" || cursor.rest() == "fnuz")) {
        const int exponent_bits = std::clamp(*x, 2, 11);
        const int mantissa_bits = std::clamp(*y, 0, 52);
        for (const std::string_view kind : {cursor.rest(), std::string_view()})
            for (const int fewer : {0, 1, -1}) {
                std::string candidate = base_name(exponent_bits, mantissa_bits - fewer, kind);
                if (is_valid(candidate)) return candidate;
            }
    }
    return nearest_of(text, base_names());
}

std::string nearest_plain(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    std::string result = nearest_base(text.substr(0, colon));
    std::string_view suffixes = text.substr(colon);
    while (!suffixes.empty()) {
        suffixes.remove_prefix(1);
        const std::string_view suffix = suffixes.substr(0, suffixes.find(':'));
        suffixes.remove_prefix(suffix.size());
        std::string wanted(suffix);
        if (suffix.starts_with("bias")) {
            const Format base = read(result);
            const auto number = suffix.starts_with("bias=") ? Text(suffix.substr(5)).number(true) : std::nullopt;
            const int bias = std::clamp(number.value_or(base.bias), smallest_bias(base), largest_bias(base));
            wanted = "bias=" + std::to_string(bias);
        } else {
            wanted = nearest_of(suffix, {"sat", "nosub"});
        }
        std::string longer = result;
        longer.append(":").append(wanted);
        if (is_valid(longer)) result = longer;
    }
    return result;
}

std::string nearest_name(std::string_view text) {
    if (!text.starts_with("exp")) return nearest_plain(text);
    std::string_view inside = text.substr(3);
    if (inside.starts_with('(')) inside.remove_prefix(1);
    if (inside.ends_with(')')) inside.remove_suffix(1);
    const std::size_t comma = std::min(inside.find(','), inside.size());
    const std::string_view base = inside.substr(0, std::min(comma, inside.find(':')));
    Text numbers(inside.substr(std::min(comma + 1, inside.size())));
    skip_spaces(numbers);
    const int terms = std::clamp(numbers.number().value_or(2), 2, 4);
    return expansion_name(base.empty() ? "bf16" : nearest_base(base), terms, 0);
}

bool is_integer_family(std::string_view text) {
    const auto digit_follows = [&](std::size_t at) { return text.size() > at && text[at] >= '0' && text[at] <= '9'; };
    return (text.starts_with("int") && digit_follows(3)) || (text.starts_with("fix") && digit_follows(3));
}

}  // namespace

Format parse_format(std::string_view text) {
    const std::string_view base = text.starts_with("exp(") ? text.substr(4) : text;
    if (is_integer_family(base) || base.starts_with("mx("))
        throw Error("format " + quoted(text) + " is not supported; " + std::string(formats_are));
    try {
        return read(text);
    } catch (const Wrong& wrong) {
        throw Error("format " + quoted(text) + " is wrong: " + wrong.what + "; nearest: " + nearest_name(text) + "; " +
                    std::string(formats_are));
    }
}

std::string name(const Format& format) {
    constexpr std::string_view kinds[] = {"", "fn", "fnuz"};  // in the order of Specials
    std::string result =
        base_name(format.exponent_bits, format.mantissa_bits, kinds[static_cast<int>(format.specials)]);
    if (format.saturate) result += ":sat";
    if (!format.subnormals) result += ":nosub";
    if (format.bias != default_bias(format)) result += ":bias=" + std::to_string(format.bias);
    if (!format.is_expansion()) return result;
    return expansion_name(result, format.terms, format.term_step);
}

}  // namespace ulpsim::arithmetic

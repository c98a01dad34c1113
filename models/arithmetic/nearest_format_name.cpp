// What to say about a wrong name: the nearest one that is right.
#include <utility>
#include <vector>

#include "models/arithmetic/format_grammar.hpp"

namespace ulpsim::arithmetic::grammar {
namespace {

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
    for (int width = 2; width <= widest_integer; ++width) {
        names.push_back(integer_name(width));
        names.push_back(fixed_name(width, width / 2));
    }
    return names;
}

/// intW or fixW.F with its numbers moved into range.
std::string nearest_integer(std::string_view text) {
    const bool fixed = text.starts_with("fix");
    Text cursor(text.substr(3));
    const int width = std::clamp(cursor.number().value_or(8), 2, widest_integer);
    if (!fixed) return integer_name(width);
    const auto fraction_bits = cursor.take(".") ? cursor.number() : std::nullopt;
    return fixed_name(width, std::clamp(fraction_bits.value_or(width - 2), 0, width));
}

/// The nearest base name: the same form with its numbers moved into range, else the one with the fewest edits.
std::string nearest_base(std::string_view text) {
    if (text.starts_with("int") || text.starts_with("fix")) return nearest_integer(text);
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

/// What stands between the parentheses of a name: the base without suffixes, and what follows its comma.
std::pair<std::string_view, std::string_view> split_arguments(std::string_view inside) {
    if (inside.starts_with('(')) inside.remove_prefix(1);
    if (inside.ends_with(')')) inside.remove_suffix(1);
    const std::size_t comma = std::min(inside.find(','), inside.size());
    std::string_view rest = inside.substr(std::min(comma + 1, inside.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return {inside.substr(0, std::min(comma, inside.find(':'))), rest};
}

std::string nearest_expansion(std::string_view inside) {
    const auto [base, rest] = split_arguments(inside);
    std::string term = base.empty() ? std::string("bf16") : nearest_base(base);
    if (!is_valid(expansion_name(term, 2, 0))) term = "bf16";
    return expansion_name(term, std::clamp(Text(rest).number().value_or(2), 2, 4), 0);
}

std::string nearest_mx(std::string_view inside) {
    const auto [base, rest] = split_arguments(inside);
    std::string element = base.starts_with("int") ? "fix8.6"
                          : base.empty()          ? std::string("e4m3fn")
                                                  : nearest_base(base);
    if (!is_valid(mx_name(element, 32, ScaleRule::floor))) element = "e4m3fn";
    const int block = std::clamp(Text(rest).number().value_or(32), 1, largest_block);
    const std::size_t comma = rest.find(',');
    ScaleRule rule = ScaleRule::floor;
    if (comma != std::string_view::npos)
        rule = static_cast<ScaleRule>(
            std::ranges::min_element(scale_rules, {},
                                     [&](std::string_view word) { return edits(rest.substr(comma + 1), word); }) -
            std::begin(scale_rules));
    return mx_name(element, block, rule);
}

}  // namespace

std::string nearest_name(std::string_view text) {
    if (text.starts_with("exp")) return nearest_expansion(text.substr(3));
    if (text.starts_with("mx")) return nearest_mx(text.substr(2));
    return nearest_plain(text);
}

}  // namespace ulpsim::arithmetic::grammar

// Names of formats: reading and writing.
#include <algorithm>
#include <optional>
#include <utility>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/format_grammar.hpp"

namespace ulpsim::arithmetic::grammar {
namespace {

constexpr std::string_view formats_are =
    "formats are eXmY (X of 2 to 11, Y of 1 to 52), eXmYfn and eXmYfnuz (Y of 0 to 52), fp16, bf16, tf32, fp32, fp64, "
    "each with :sat, :nosub, :bias=N; intW and fixW.F (W of 2 to 53, F of 0 to W); mx(FORMAT,B), mx(FORMAT,B,ceil) and "
    "mx(FORMAT,B,even) with B of 1 to 65535; exp(FORMAT,N) and exp(FORMAT,N,S) with N of 2 to 4 terms";

constexpr std::pair<std::string_view, std::pair<int, int>> short_names[] = {
    {"fp16", {5, 10}}, {"bf16", {8, 7}}, {"tf32", {8, 10}}, {"fp32", {8, 23}}, {"fp64", {11, 52}}};

int default_bias(const Format& format) {
    return (1 << (format.exponent_bits - 1)) - (format.specials == Specials::fnuz ? 0 : 1);
}

/// Exponent of the top binade that holds finite values (as emax, without forming the value).
int top_exponent(const Format& format) {
    const bool top_is_lost = format.specials == Specials::ieee ||
                             (format.specials == Specials::fn && format.mantissa_bits == 0 && has_nan(format));
    return (1 << format.exponent_bits) - 1 - (top_is_lost ? 1 : 0) - format.bias;
}

}  // namespace

int smallest_bias(Format format) {
    format.bias = 0;
    return top_exponent(format) - 1023;
}
int largest_bias(const Format& format) { return 1075 - format.mantissa_bits; }

std::string base_name(int exponent_bits, int mantissa_bits, std::string_view kind) {
    std::string result("e");
    result.append(std::to_string(exponent_bits)).append("m").append(std::to_string(mantissa_bits)).append(kind);
    return result;
}

std::string integer_name(int width) { return "int" + std::to_string(width); }
std::string fixed_name(int width, int fraction_bits) {
    return "fix" + std::to_string(width) + "." + std::to_string(fraction_bits);
}

std::string mx_name(std::string_view element, int block, ScaleRule rule) {
    std::string result("mx(");
    result.append(element).append(",").append(std::to_string(block));
    if (rule != ScaleRule::floor) result.append(",").append(scale_rules[static_cast<int>(rule)]);
    return result.append(")");
}

std::string expansion_name(std::string_view base, int terms, int step) {
    std::string result("exp(");
    result.append(base).append(",").append(std::to_string(terms));
    if (step != 0) result.append(",").append(std::to_string(step));
    return result.append(")");
}

namespace {

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }
std::string range_text(int low, int high) { return std::to_string(low) + " to " + std::to_string(high); }

void require_range(const char* what, int value, int low, int high) {
    if (value < low || value > high)
        throw Wrong{std::string(what) + " is " + std::to_string(value) + ", allowed: " + range_text(low, high)};
}

/// What follows "int" or "fix".
Format read_integer(Text& text) {
    const auto width = text.number();
    if (!width) throw Wrong{"it is not of the form intW"};
    require_range("W, the bits,", *width, 2, widest_integer);
    return integer_format(*width);
}
Format read_fixed(Text& text) {
    const auto width = text.number();
    const auto fraction_bits = width && text.take(".") ? text.number() : std::nullopt;
    if (!fraction_bits) throw Wrong{"it is not of the form fixW.F"};
    require_range("W, the bits,", *width, 2, widest_integer);
    require_range("F, the fraction bits,", *fraction_bits, 0, *width);
    return fixed_format(*width, *fraction_bits);
}

/// eXmY with fn or fnuz, or a short name, or int or fix. Bits out of range are reported, so the caller may clamp them.
Format read_base(Text& text) {
    if (text.take("int")) return read_integer(text);
    if (text.take("fix")) return read_fixed(text);
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
        if (format.is_twos_complement()) throw Wrong{"int and fix have no suffixes (they always saturate)"};
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
    if (format.is_twos_complement()) return;
    const int scale = format.is_mx() ? largest_scale_exponent : 0;
    const int lowest = format.quantum_exponent() - format.term_step * (format.terms - 1) - scale;
    if (top_exponent(format) + scale > 1023 || lowest < -1074)
        throw Wrong{"not all of its finite values are binary64 values"};
}

Format read_plain(Text& text) {
    Format format = read_base(text);
    read_suffixes(text, format);
    require_binary64(format);
    return format;
}

Format read_element(Text& text, const char* what) {
    skip_spaces(text);
    if (text.rest().starts_with("exp(") || text.rest().starts_with("mx("))
        throw Wrong{std::string(what) + " cannot be exp() or mx()"};
    return read_plain(text);
}

/// What follows "mx(".
Format read_mx(Text& text) {
    const Format element = read_element(text, "the elements of mx");
    if (element.kind == FormatKind::integer) throw Wrong{"the elements of mx cannot be int (OCP MX's int8 is fix8.6)"};
    skip_spaces(text);
    const auto comma = [&] {
        const bool taken = text.take(",");
        skip_spaces(text);
        return taken;
    };
    const auto block = comma() ? text.number() : std::nullopt;
    if (!block) throw Wrong{"it is not of the form mx(FORMAT,B), mx(FORMAT,B,ceil) or mx(FORMAT,B,even)"};
    require_range("B, the block,", *block, 1, largest_block);
    skip_spaces(text);
    ScaleRule rule = ScaleRule::floor;
    if (comma()) {
        const auto found = std::ranges::find_if(scale_rules, [&](std::string_view word) { return text.take(word); });
        if (found == std::end(scale_rules)) throw Wrong{"the scale rule is none of floor, ceil, even"};
        rule = static_cast<ScaleRule>(found - std::begin(scale_rules));
        skip_spaces(text);
    }
    if (!text.take(")")) throw Wrong{"the closing parenthesis is missing"};
    Format format = mx_format(element, static_cast<std::uint16_t>(*block), rule);
    if (!format.is_twos_complement()) format.saturate = false;  // the elements of a block always do
    require_binary64(format);
    return format;
}

/// What follows "exp(".
Format read_expansion(Text& text) {
    Format format = read_element(text, "the terms of an expansion");
    if (format.is_twos_complement()) throw Wrong{"the terms of an expansion cannot be int or fix"};
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

}  // namespace

Format read(std::string_view name_text) {
    Text text(name_text);
    const Format format = text.take("exp(")  ? read_expansion(text)
                          : text.take("mx(") ? read_mx(text)
                                             : read_plain(text);
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

}  // namespace ulpsim::arithmetic::grammar

namespace ulpsim::arithmetic {

using namespace grammar;

Format parse_format(std::string_view text) {
    try {
        return read(text);
    } catch (const Wrong& wrong) {
        throw Error("format " + quoted(text) + " is wrong: " + wrong.what + "; nearest: " + nearest_name(text) + "; " +
                    std::string(formats_are));
    }
}

std::string name(const Format& format) {
    if (format.is_mx()) return mx_name(name(format.element()), format.block, format.scale_rule);
    if (format.kind == FormatKind::integer) return integer_name(format.width());
    if (format.kind == FormatKind::fixed) return fixed_name(format.width(), -format.quantum_exponent());
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

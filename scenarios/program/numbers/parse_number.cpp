#include "scenarios/program/numbers/parse_number.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>

#include "models/arithmetic/error.hpp"

namespace ulpsim::program {
namespace {

constexpr std::string_view allowed =
    "; allowed: a hex float (0x1.8p+3), a decimal (1.5, 2e-3), inf, -inf, nan, separated by spaces";

[[noreturn]] void refuse(std::string_view text, std::string_view what, std::string_view permitted) {
    throw Error(in_quotes(text).append(" ").append(what).append(permitted));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// [+-] digits, the whole of `text`. Values beyond a billion are cut to it: no literal of any length needs more.
std::optional<std::int64_t> exponent(std::string_view text) {
    constexpr std::int64_t most = 1'000'000'000;
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text) value = std::min(most, 10 * value + (c - '0'));
    return negative ? -value : value;
}

/// The digits of a hex float as significand * 2^exponent, the significand without trailing zeros.
struct HexDigits {
    std::uint64_t significand = 0;
    std::int64_t exponent = 0;
    std::int64_t significant_bits = 0;
};

/// `digits` are hex digits with at most one point. Only the first 16 digits from the first that is not zero fit the
/// significand; later ones matter for the count of bits alone.
std::optional<HexDigits> hex_digits(std::string_view digits) {
    HexDigits result;
    bool any = false, point = false;
    std::int64_t behind_point = 0, kept = 0, position = 0;  // in digits; position counts from the first non-zero one
    std::int64_t last_bit = 0;                              // of the lowest set bit, counted from the first digit's top
    for (const char c : digits) {
        if (c == '.') {
            if (point) return std::nullopt;
            point = true;
            continue;
        }
        const int digit = hex_digit(c);
        if (digit < 0) return std::nullopt;
        any = true;
        if (point) ++behind_point;
        if (digit == 0 && position == 0) continue;
        ++position;
        if (digit != 0) last_bit = 4 * position - std::countr_zero(static_cast<unsigned>(digit));
        if (position <= 16) {
            result.significand = result.significand << 4 | static_cast<unsigned>(digit);
            kept = position;
        }
    }
    if (!any) return std::nullopt;
    if (result.significand == 0) return result;
    const std::int64_t leading_zeros = std::countl_zero(result.significand) - (64 - 4 * kept);
    result.significant_bits = last_bit - leading_zeros;
    result.exponent = 4 * (position - kept - behind_point);
    const int zeros = std::countr_zero(result.significand);
    result.significand >>= zeros;
    result.exponent += zeros;
    return result;
}

/// What follows the sign and "0x".
double hex_float(std::string_view text, std::string_view body) {
    const std::size_t p = body.find_first_of("pP");
    if (p == std::string_view::npos && hex_digits(body))
        refuse(text, "has no binary exponent", "; allowed: a hex float ends in one (0x1.8p+3)");
    const auto power = p == std::string_view::npos ? std::nullopt : exponent(body.substr(p + 1));
    const auto digits = power ? hex_digits(body.substr(0, p)) : std::nullopt;
    if (!digits) refuse(text, "is not a number", allowed);
    if (digits->significand == 0) return 0;
    if (digits->significant_bits > 53)
        refuse(text, "has " + std::to_string(digits->significant_bits) + " significant bits",
               "; allowed: 53, as binary64 holds");
    const std::int64_t lowest = digits->exponent + *power;  // weight of the last set bit
    if (lowest + digits->significant_bits - 1 > 1023) refuse(text, "overflows binary64", "; allowed: below 0x1p+1024");
    if (lowest < -1074) refuse(text, "underflows binary64", "; allowed: 0, or multiples of 0x1p-1074");
    return std::ldexp(static_cast<double>(digits->significand), static_cast<int>(lowest));
}

/// digits[.digits][e[+-]digits], with at least one digit before the e.
bool is_decimal(std::string_view body) {
    const std::size_t e = std::min(body.find_first_of("eE"), body.size());
    if (e < body.size() && !exponent(body.substr(e + 1))) return false;
    const std::string_view digits = body.substr(0, e);
    return std::count(digits.begin(), digits.end(), '.') <= 1 && digits != "." && !digits.empty() &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c == '.' || is_digit(c); });
}

double decimal(std::string_view text, std::string_view body) {
    if (!is_decimal(body)) refuse(text, "is not a number", allowed);
    double value = 0;
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
    if (error != std::errc::result_out_of_range) return value;
    // from_chars says only that it is out of range; strtod also on which side.
    if (std::isinf(std::strtod(std::string(body).c_str(), nullptr)))
        refuse(text, "overflows binary64", "; allowed: up to 1.7976931348623157e308");
    refuse(text, "underflows binary64", "; allowed: 0, or at least 5e-324");
}

}  // namespace

double parse_number(std::string_view text) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (text == "inf") return infinity;
    if (text == "-inf") return -infinity;
    if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
    std::string_view body = text;
    const bool negative = body.starts_with('-');
    if (negative || body.starts_with('+')) body.remove_prefix(1);
    const bool hex = body.starts_with("0x") || body.starts_with("0X");
    const double magnitude = hex ? hex_float(text, body.substr(2)) : decimal(text, body);
    return negative ? -magnitude : magnitude;
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t most = 60;
    std::string shown(text.substr(0, most));
    for (char& c : shown) {
        if (c < ' ' || c > '~') c = '?';
    }
    return "'" + shown + (text.size() > most ? "..." : "") + "'";
}

}  // namespace ulpsim::program

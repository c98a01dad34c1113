#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ulpsim::arithmetic {

/// Which codes are not finite numbers.
enum class Specials : std::uint8_t {
    ieee,  ///< all-ones exponent: infinities and NaN
    fn,    ///< no infinity; widths of 8 and more have one NaN a sign (all ones), narrower ones have none
    fnuz,  ///< no infinity, no minus zero; the code of minus zero is the NaN; bias one larger
};

/// What the code of an element is.
enum class FormatKind : std::uint8_t {
    floating,  ///< sign, exponent, mantissa
    integer,   ///< intW: two's complement; a tensor of them may carry a scale, which is no part of the format
    fixed,     ///< fixW.F: two's complement in units of 2^-F
};

/// How the scale of an mx block follows from its largest magnitude (DESIGN 3.1).
enum class ScaleRule : std::uint8_t {
    floor,  ///< OCP MX: its exponent field less the largest exponent of the element format
    ceil,   ///< the smallest that clips nothing
    even,   ///< as floor, after rounding the magnitude to the element format's precision
};

/// A number format as a value: what DESIGN 3.1 calls eXmY with its variants, intW, fixW.F, or an expansion or mx blocks
/// of such elements.
///
/// A floating element is a sign, `exponent_bits`, `mantissa_bits`; an expansion is the unevaluated sum of `terms` such
/// elements, the largest first, term i carrying the implicit factor 2^(-term_step * i).
///
/// An int or fix element has W - 1 mantissa bits, no exponent bits, and saturates. It is like a floating one that has
/// subnormals only: its last place is 2^(emin - mantissa_bits) everywhere. There is no minus zero and no NaN (it becomes
/// 0), and -2^emin is a value though 2^emin is none.
///
/// An mx format is elements in blocks of `block` along a row that share a power of two. width(), precision(), emin() and
/// bias are those of the element; elements saturate whatever `saturate` says.
struct Format {
    std::uint8_t exponent_bits = 8;   ///< 2..11; 0 for int and fix
    std::uint8_t mantissa_bits = 23;  ///< 0..52, as stored; W - 1 for int and fix
    std::int16_t bias = 127;          ///< IEEE 754: 2^(exponent_bits-1) - 1; F - W + 2 for int and fix
    Specials specials = Specials::ieee;
    FormatKind kind = FormatKind::floating;
    bool subnormals : 1 = true;  ///< false (`:nosub`): results below the smallest normal become zero after rounding
    bool saturate : 1 = false;   ///< true (`:sat`): overflow and infinities give the largest finite value
    std::uint8_t terms = 1;      ///< 1, or 2..4 for an expansion
    std::uint8_t term_step = 0;  ///< S of exp(FORMAT,N,S)
    ScaleRule scale_rule = ScaleRule::floor;  ///< of an mx format
    std::uint16_t block = 0;                  ///< elements that share a scale, 1..65535; 0: no mx format

    friend constexpr bool operator==(const Format&, const Format&) = default;

    constexpr int precision() const { return mantissa_bits + 1; }              ///< significand bits
    constexpr int width() const { return 1 + exponent_bits + mantissa_bits; }  ///< bits of one element
    constexpr int emin() const { return 1 - bias; }                            ///< exponent of the smallest normal
    constexpr int quantum_exponent() const { return emin() - mantissa_bits; }  ///< last place of the smallest values
    constexpr bool is_expansion() const { return terms > 1; }
    constexpr bool is_mx() const { return block != 0; }
    constexpr bool is_twos_complement() const { return kind != FormatKind::floating; }
    constexpr Format element() const {  ///< the format of one term, or of an element of an mx block
        Format f = *this;
        f.terms = 1;
        f.term_step = 0;
        f.scale_rule = ScaleRule::floor;
        f.block = 0;
        return f;
    }
};

inline constexpr Format fp32{};
inline constexpr Format fp64{.exponent_bits = 11, .mantissa_bits = 52, .bias = 1023};
inline constexpr Format bf16{.exponent_bits = 8, .mantissa_bits = 7, .bias = 127};
inline constexpr Format fp16{.exponent_bits = 5, .mantissa_bits = 10, .bias = 15};

/// Reads a format's name (DESIGN 3.1). Throws Error saying what is wrong with it and the nearest valid name.
Format parse_format(std::string_view text);
/// The canonical name: eXmY, then `fn`/`fnuz`, then suffixes in the order sat, nosub, bias.
std::string name(const Format& format);

/// intW, 2 <= W <= 53.
constexpr Format integer_format(int width) {
    Format f;
    f.exponent_bits = 0;
    f.mantissa_bits = static_cast<std::uint8_t>(width - 1);
    f.bias = static_cast<std::int16_t>(2 - width);
    f.kind = FormatKind::integer;
    f.saturate = true;
    return f;
}
/// fixW.F, 2 <= W <= 53, 0 <= F <= W.
constexpr Format fixed_format(int width, int fraction_bits) {
    Format f = integer_format(width);
    f.bias = static_cast<std::int16_t>(f.bias + fraction_bits);
    f.kind = FormatKind::fixed;
    return f;
}
/// mx(ELEMENT,B,rule).
constexpr Format mx_format(const Format& element, std::uint16_t block, ScaleRule rule = ScaleRule::floor) {
    Format f = element;
    f.scale_rule = rule;
    f.block = block;
    return f;
}

/// Scale exponents of an mx block: 2^-127 to 2^127.
inline constexpr int largest_scale_exponent = 127;

// Of an mx format: what its scaled values are, so that it has a NaN, and no infinity (none is ever written).
bool has_infinity(const Format& format);
bool has_nan(const Format& format);
/// Exponent of the largest finite value.
int emax(const Format& format);
double largest_finite(const Format& format);
/// The most negative value: -largest_finite, but for int and fix one unit beyond.
double lowest_finite(const Format& format);
/// Of int and fix, which have nothing below: the smallest positive value.
double smallest_normal(const Format& format);
/// Smallest positive value: 2^(emin - Y), or the smallest normal with `:nosub`.
double smallest_positive(const Format& format);
/// Every finite value is a binary32 value, so float is its working type (else double). Not so for any mx format.
bool fits_binary32(const Format& format);

/// The value of an element's code; the canonical NaN for NaN codes. `code` uses the low width() bits. (An mx element's is
/// without its block's scale.)
double decode(const Format& format, std::uint64_t code);
/// The code of a value that the element format holds exactly (undefined otherwise; round first).
std::uint64_t encode(const Format& format, double value);

}  // namespace ulpsim::arithmetic

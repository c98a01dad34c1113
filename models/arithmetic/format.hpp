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

/// A number format as a value: what DESIGN 3.1 calls eXmY with its variants, or an expansion of it.
///
/// One element is a sign, `exponent_bits`, `mantissa_bits`; an expansion is the unevaluated sum of `terms` such
/// elements, the largest first, term i carrying the implicit factor 2^(-term_step * i).
struct Format {
    std::uint8_t exponent_bits = 8;   ///< 2..11
    std::uint8_t mantissa_bits = 23;  ///< 0..52, as stored
    std::int16_t bias = 127;          ///< IEEE 754: 2^(exponent_bits-1) - 1
    Specials specials = Specials::ieee;
    bool subnormals = true;      ///< false (`:nosub`): results below the smallest normal become zero after rounding
    bool saturate = false;       ///< true (`:sat`): overflow and infinities give the largest finite value
    std::uint8_t terms = 1;      ///< 1, or 2..4 for an expansion
    std::uint8_t term_step = 0;  ///< S of exp(FORMAT,N,S)

    friend constexpr bool operator==(const Format&, const Format&) = default;

    constexpr int precision() const { return mantissa_bits + 1; }              ///< significand bits
    constexpr int width() const { return 1 + exponent_bits + mantissa_bits; }  ///< bits of one element
    constexpr int emin() const { return 1 - bias; }                            ///< exponent of the smallest normal
    constexpr bool is_expansion() const { return terms > 1; }
    constexpr Format element() const {  ///< the format of one term
        Format f = *this;
        f.terms = 1;
        f.term_step = 0;
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

bool has_infinity(const Format& format);
bool has_nan(const Format& format);
/// Exponent of the largest finite value.
int emax(const Format& format);
double largest_finite(const Format& format);
double smallest_normal(const Format& format);
/// Smallest positive value: 2^(emin - Y), or the smallest normal with `:nosub`.
double smallest_positive(const Format& format);
/// Every finite value of one element is a binary32 value, so float is its working type (else double).
bool fits_binary32(const Format& format);

/// The value of an element's code; the canonical NaN for NaN codes. `code` uses the low width() bits.
double decode(const Format& format, std::uint64_t code);
/// The code of a value that the element format holds exactly (undefined otherwise; round first).
std::uint64_t encode(const Format& format, double value);

}  // namespace ulpsim::arithmetic

#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "models/arithmetic/format.hpp"

namespace ulpsim::arithmetic {

enum class RoundingMode : std::uint8_t { rne, rna, rtz, rup, rdn, rto, sr, src };

/// How an inexact result becomes a value of its format (DESIGN 3.1; facts: arithmetic 2.1).
struct Rounding {
    RoundingMode mode = RoundingMode::rne;
    std::uint8_t random_bits = 0;  ///< N of srN and srcN, 1..32; 0 otherwise

    friend constexpr bool operator==(const Rounding&, const Rounding&) = default;
    constexpr bool is_stochastic() const { return mode == RoundingMode::sr || mode == RoundingMode::src; }
};

inline constexpr Rounding rne{};

/// `rne`, `rna`, `rtz`, `rup`, `rdn`, `rto`, `srN`, `srcN`. Throws Error.
Rounding parse_rounding(std::string_view text);
std::string name(const Rounding& rounding);

/// An exact real value, or one known up to a sticky tail: (-1)^negative * (significand + tail) * 2^exponent with a tail
/// in (0, 1) when `sticky`. Everything that is not exact in a double reaches the rounding function in this form. A
/// value with a tail has at least 90 significant bits, so that the tail lies below all bits that a rounding looks at
/// (53 + 32).
struct Unrounded {
    enum class Kind : std::uint8_t { finite, infinite, nan };
    Kind kind = Kind::finite;
    bool negative = false;
    bool sticky = false;
    int exponent = 0;
    __extension__ unsigned __int128 significand = 0;
};

Unrounded exact(double value);
/// a * b, exactly.
Unrounded exact_product(double a, double b);
/// a * b + c, exactly (sticky beyond 126 bits). The sum of opposite numbers is +0, or -0 when `zero_is_negative` (rdn).
Unrounded exact_multiply_add(double a, double b, double c, bool zero_is_negative);

/// Rounds once to an element format (of an mx format: its element, without the scale, which quantise_block finds).
/// `random` holds N uniform bits for srN and srcN, and is ignored otherwise.
/// This is the one place where results are rounded; every fast kernel is tested equal to it.
double round_to(const Format& format, Rounding rounding, const Unrounded& value, std::uint32_t random = 0);
double round_to(const Format& format, Rounding rounding, double value, std::uint32_t random = 0);

/// a * b + c rounded once to an element format; the sum of opposite numbers is +0, or -0 in rdn. The same bits as
/// round_to of exact_multiply_add, several times faster where binary64 can be brought to hold what the rounding needs.
double round_multiply_add(const Format& format, Rounding rounding, double a, double b, double c,
                          std::uint32_t random = 0);

}  // namespace ulpsim::arithmetic

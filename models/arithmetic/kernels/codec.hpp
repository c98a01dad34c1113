#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

/// Inlined even where the compiler would not, so that loops over it become vectors.
#define ULPSIM_INLINE [[gnu::always_inline]] inline

namespace ulpsim::arithmetic::kernels {

template <class Real>
using BitsOf = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
/// Stored mantissa bits and bias of the working type.
template <class Real>
inline constexpr int real_mantissa = sizeof(Real) == 4 ? 23 : 52;
template <class Real>
inline constexpr int real_bias = sizeof(Real) == 4 ? 127 : 1023;
template <class Real>
inline constexpr BitsOf<Real> real_infinity = BitsOf<Real>{2 * real_bias<Real> + 1} << real_mantissa<Real>;
template <class Real>
inline constexpr BitsOf<Real> real_sign = BitsOf<Real>{1} << (8 * sizeof(Real) - 1);
template <class Real>
inline constexpr BitsOf<Real> real_nan = real_infinity<Real> | BitsOf<Real>{1} << (real_mantissa<Real> - 1);

/// Constants that turn codes of a format into values of the working type: the code's exponent and mantissa are moved to
/// their places in the working type and multiplied by the quotient of the biases, which is exact, subnormals included.
template <class Real>
struct Decoder {
    int shift;                   ///< mantissa bits that the working type has more
    Real scale;                  ///< 2^(working bias - bias)
    BitsOf<Real> magnitude;      ///< mask of exponent and mantissa
    BitsOf<Real> largest;        ///< code of the largest finite value
    BitsOf<Real> infinity;       ///< code of infinity, or 0 (never a special code) where there is none
    BitsOf<Real> first_nonzero;  ///< smaller magnitudes read as zero (`:nosub`)
    int sign_shift;              ///< from the code's sign to the working type's
    bool fnuz;                   ///< the code of minus zero is NaN
};

/// Constants that round a value of the working type and give its code. A power of two times the value can be rounded
/// instead: it only changes the bias.
template <class Real>
struct Encoder {
    using Bits = BitsOf<Real>;
    int mantissa;        ///< Y
    int shift;           ///< mantissa bits to drop in the normal range
    Bits offset;         ///< (working bias - bias) << Y: between shifted bits and codes
    Bits emin_field;     ///< exponent field, in the working type, of the format's smallest normal
    Real subnormal_add;  ///< its last place is that of the format's subnormals
    Bits half_below;     ///< half of the last place, less one; 0 if nothing is dropped
    Bits odd_mask;       ///< 1; 0 if nothing is dropped
    Bits largest;        ///< code of the largest finite value
    Bits first_nonzero;  ///< smaller codes become zero (`:nosub`)
    Bits sign;           ///< sign bit of the code
    Bits minus_zero;     ///< code of minus zero
    Bits overflow[2];    ///< codes, sign included, by sign: of a rounded result above the largest
    Bits infinity[2];    ///< of an infinity
    Bits nan;
    RoundingMode mode;
    int random_bits;
    std::uint32_t random_mask;  ///< the low random_bits bits
};

/// Constants that round a value of the working type to the nearest value of a format, ties to even, and keep it in the
/// working type. Formats with a NaN only.
template <class Real>
struct Narrowing {
    using Bits = BitsOf<Real>;
    int shift;
    Bits half_below, odd_mask;
    Bits kept;              ///< mask of the bits that stay in the normal range
    Real subnormal_add;     ///< its last place is that of the format's subnormals
    Bits smallest_normal;   ///< as bits of the working type
    Bits first_nonzero;     ///< smaller results become zero (`:nosub`)
    Bits largest;
    Bits overflow[2];       ///< by sign
    Bits minus_zero;        ///< 0 where there is none
};
template <class Real>
std::optional<Narrowing<Real>> narrowing(const Format& format);

/// Nothing where the working type cannot serve: the format does not fit it, or its subnormals lie below.
template <class Real>
std::optional<Decoder<Real>> decoder(const Format& format);
/// For 2^exponent * value. Nothing where it cannot serve, also because there are more random than dropped bits.
template <class Real>
std::optional<Encoder<Real>> encoder(const Format& format, Rounding rounding, int exponent = 0);

template <class Real>
ULPSIM_INLINE Real decode_one(const Decoder<Real>& d, BitsOf<Real> code) {
    using Bits = BitsOf<Real>;
    const Bits magnitude = code & d.magnitude;
    Bits value = std::bit_cast<Bits>(std::bit_cast<Real>(static_cast<Bits>(magnitude << d.shift)) * d.scale);
    value = magnitude < d.first_nonzero ? 0 : value;
    value = magnitude == d.infinity ? real_infinity<Real> : value;
    const Bits sign = static_cast<Bits>(code << d.sign_shift) & real_sign<Real>;
    Bits result = value | sign;
    result = magnitude > d.largest && magnitude != d.infinity ? real_nan<Real> : result;
    result = d.fnuz && magnitude == 0 ? (sign != 0 ? real_nan<Real> : Bits{0}) : result;
    return std::bit_cast<Real>(result);
}

/// What all roundings share: specials, overflow, flushing, sign.
template <class Real>
ULPSIM_INLINE BitsOf<Real> finish_code(const Encoder<Real>& e, BitsOf<Real> bits, BitsOf<Real> code) {
    using Bits = BitsOf<Real>;
    const Bits magnitude = bits & ~real_sign<Real>;
    const bool negative = (bits & real_sign<Real>) != 0;
    code = code < e.first_nonzero ? 0 : code;
    const Bits sign = negative ? e.sign : 0;
    const Bits signed_zero = negative ? e.minus_zero : 0;
    Bits result = code == 0 ? signed_zero : code | sign;
    const Bits overflow = negative ? e.overflow[1] : e.overflow[0];
    result = code > e.largest ? overflow : result;
    const Bits infinity = negative ? e.infinity[1] : e.infinity[0];
    result = magnitude == real_infinity<Real> ? infinity : result;
    return magnitude > real_infinity<Real> ? e.nan : result;
}

/// Round to nearest even.
template <class Real>
ULPSIM_INLINE BitsOf<Real> encode_nearest(const Encoder<Real>& e, Real value) {
    using Bits = BitsOf<Real>;
    const auto bits = std::bit_cast<Bits>(value);
    const Bits magnitude = bits & ~real_sign<Real>;
    // Normal range: half a last place, less one, plus the parity of the code; the carry reaches the exponent.
    const Bits odd = ((magnitude >> e.shift) - e.offset) & e.odd_mask;
    const Bits normal = ((magnitude + e.half_below + odd) >> e.shift) - e.offset;
    // Subnormal range: the addition itself rounds.
    const Real sum = std::bit_cast<Real>(magnitude) + e.subnormal_add;
    const Bits subnormal = std::bit_cast<Bits>(sum) - std::bit_cast<Bits>(e.subnormal_add);
    const bool is_subnormal = (magnitude >> real_mantissa<Real>) < e.emin_field;
    return finish_code(e, bits, is_subnormal ? subnormal : normal);
}

/// Value as significand and place: what the other roundings start from.
template <class Real>
struct Split {
    BitsOf<Real> significand;
    BitsOf<Real> drop;  ///< bits below the last place
    BitsOf<Real> base;  ///< added to the rounded significand it gives the code
};
template <class Real>
ULPSIM_INLINE Split<Real> split(const Encoder<Real>& e, BitsOf<Real> bits) {
    using Bits = BitsOf<Real>;
    const Bits magnitude = bits & ~real_sign<Real>;
    const Bits field = magnitude >> real_mantissa<Real>;
    const Bits implicit = Bits{1} << real_mantissa<Real>;
    const Bits fraction = magnitude & (implicit - 1);
    const Bits significand = field != 0 ? fraction | implicit : fraction;
    const Bits exponent = field != 0 ? field : 1;
    const Bits below = exponent < e.emin_field ? e.emin_field - exponent : 0;
    const Bits above = exponent > e.emin_field ? exponent - e.emin_field : 0;
    return {significand, static_cast<Bits>(e.shift) + below, above << e.mantissa};
}

/// srN with N <= shift: N bits below the last place are kept, the low N bits of `random` are added, the rest is dropped.
template <class Real>
ULPSIM_INLINE BitsOf<Real> encode_stochastic(const Encoder<Real>& e, Real value, std::uint32_t random) {
    using Bits = BitsOf<Real>;
    const auto bits = std::bit_cast<Bits>(value);
    const Split<Real> s = split(e, bits);
    constexpr Bits widest = 8 * sizeof(Real) - 1;
    const Bits cut = s.drop - static_cast<Bits>(e.random_bits);
    const Bits kept = s.significand >> (cut < widest ? cut : widest);
    return finish_code(e, bits, ((kept + (random & e.random_mask)) >> e.random_bits) + s.base);
}

/// Any mode. Not for vectors.
template <class Real>
BitsOf<Real> encode_any(const Encoder<Real>& e, Real value, std::uint32_t random);

}  // namespace ulpsim::arithmetic::kernels

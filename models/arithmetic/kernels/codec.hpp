#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/rounding.hpp"

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

/// Constants that turn codes of a format into values of the working type.
template <class Real>
struct Decoder {
    int shift;            ///< mantissa bits that the working type has more
    BitsOf<Real> rebias;  ///< working bias - bias, at the exponent's place
    Real smallest_normal;
    BitsOf<Real> first_normal;    ///< its code
    BitsOf<Real> magnitude;       ///< mask of exponent and mantissa
    BitsOf<Real> largest;         ///< code of the largest finite value
    BitsOf<Real> infinity;        ///< code of infinity, or all ones (no magnitude) where there is none
    BitsOf<Real> first_nonzero;   ///< smaller magnitudes read as zero (`:nosub`)
    int sign_shift;               ///< from the code's sign to the working type's
    BitsOf<Real> minus_zero_nan;  ///< what the code of minus zero reads as: minus zero, or NaN (fnuz)
    Real unit;                    ///< the last place of two's complement (int, fix), where nothing else counts; else 0
};

/// Constants that round a value of the working type and give its code. A power of two times the value can be rounded
/// instead: it only changes the bias.
template <class Real>
struct Encoder {
    using Bits = BitsOf<Real>;
    int mantissa;          ///< Y
    int shift;             ///< mantissa bits to drop in the normal range
    Bits offset;           ///< (working bias - bias) << Y: between shifted bits and codes
    Bits emin_field;       ///< exponent field, in the working type, of the format's smallest normal
    Bits smallest_normal;  ///< the same as bits of the working type
    Real subnormal_add;    ///< its last place is that of the format's subnormals
    Bits half_below;       ///< half of the last place, less one; 0 if nothing is dropped
    Bits odd_mask;         ///< 1; 0 if nothing is dropped
    Bits largest;          ///< code of the largest finite value
    Bits first_nonzero;    ///< smaller codes become zero (`:nosub`)
    Bits sign;             ///< sign bit of the code
    Bits minus_zero;       ///< code of minus zero
    int sign_shift;        ///< from the working type's sign to the code's
    Bits overflow[2];      ///< codes, sign included, by sign: of a rounded result above the largest
    Bits infinity[2];      ///< of an infinity
    Bits nan;
    RoundingMode mode;
    int random_bits;
    Bits random_mask;  ///< the low random_bits bits
    Real
        subnormal_scale;  ///< brings the bits that srN looks at of a subnormal result above the point; 1 if all are normal
    bool is_common;       ///< subnormals and a minus zero; infinities overflow: fewer cases in rne and srN
    /// int and fix are rounded as sign and magnitude, with the code of minus zero for the lowest value, which is only
    /// ever met as an overflow; then the codes become two's complement.
    bool twos_complement;
};

/// Constants that round a value of the working type to the nearest value of a format, ties to even, and keep it in the
/// working type. The format has a NaN and a minus zero.
template <class Real>
struct Narrowing {
    using Bits = BitsOf<Real>;
    int shift;
    Bits half_below, odd_mask;
    Bits kept;             ///< mask of the bits that stay in the normal range
    Real subnormal_add;    ///< its last place is that of the format's subnormals
    Bits smallest_normal;  ///< as bits of the working type
    Bits first_nonzero;    ///< smaller results become zero (`:nosub`)
    Bits above_largest;    ///< first magnitude that overflows
    Bits overflow;         ///< the magnitude that it gives: infinity, the largest value, or NaN
    bool full_range;       ///< the working type's exponents, subnormals and infinity: rounding the bits is all there is
};
template <class Real>
std::optional<Narrowing<Real>> narrowing(const Format& format);

/// Nothing where the working type cannot serve: the format does not fit it, or its subnormals lie below.
template <class Real>
std::optional<Decoder<Real>> decoder(const Format& format);
/// For 2^exponent * value. Nothing where it cannot serve, also because there are more random than dropped bits.
template <class Real>
std::optional<Encoder<Real>> encoder(const Format& format, Rounding rounding, int exponent = 0);

/// rna, rtz, rup, rdn and rto: the modes that are not worth a vector.
template <class Real>
BitsOf<Real> encode_any(const Encoder<Real>& e, Real value);

}  // namespace ulpsim::arithmetic::kernels

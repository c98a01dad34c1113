#include "models/arithmetic/kernels/codec.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ulpsim::arithmetic::kernels {
namespace {

#define ULPSIM_TARGET
#define ULPSIM_INLINE inline
#include "models/arithmetic/kernels/rounding.inc"

template <class Real>
bool fits(const Format& format) {
    if constexpr (sizeof(Real) == 4)
        return fits_binary32(format) && format.width() <= 32;
    else
        return emax(format) <= 1023 && format.mantissa_bits <= 52;
}

template <class Real>
Real power(int exponent) {
    return static_cast<Real>(std::ldexp(1.0, exponent));
}

template <class Real>
std::optional<Decoder<Real>> make_decoder(const Format& format) {
    using Bits = BitsOf<Real>;
    if (format.is_mx()) return {};
    const Format f = format.element();
    constexpr int bias = real_bias<Real>;
    if (f.is_twos_complement()) {
        if (!fits<Real>(f)) return {};
        Decoder<Real> d{};
        d.sign_shift = static_cast<int>(8 * sizeof(Real)) - f.width();
        d.unit = power<Real>(f.quantum_exponent());
        return d;
    }
    if (!fits<Real>(f) || f.bias < 1 || f.emin() < 1 - bias || 2 * bias + 1 < (1 << f.exponent_bits) - 1) return {};
    const int width = f.width();
    Decoder<Real> d{};
    d.shift = real_mantissa<Real> - f.mantissa_bits;
    d.rebias = static_cast<Bits>(bias - f.bias) << real_mantissa<Real>;
    d.smallest_normal = static_cast<Real>(smallest_normal(f));
    d.first_normal = Bits{1} << f.mantissa_bits;
    d.magnitude = static_cast<Bits>((std::uint64_t{1} << (width - 1)) - 1);
    d.largest = static_cast<Bits>(encode(f, largest_finite(f)));
    d.infinity = has_infinity(f) ? d.largest + 1 : ~Bits{0};
    d.first_nonzero = f.subnormals ? 0 : Bits{1} << f.mantissa_bits;
    d.sign_shift = static_cast<int>(8 * sizeof(Real)) - width;
    d.minus_zero_nan = f.specials == Specials::fnuz ? real_nan<Real> : real_sign<Real>;
    return d;
}

template <class Real>
std::optional<Encoder<Real>> make_encoder(const Format& format, Rounding rounding, int exponent) {
    using Bits = BitsOf<Real>;
    if (format.is_mx()) return {};
    const Format f = format.element();
    constexpr int bias = real_bias<Real>;
    const int Y = f.mantissa_bits;
    const int emin = f.emin() - exponent;
    const bool enough_bits = !rounding.is_stochastic() || rounding.random_bits <= real_mantissa<Real> - Y;
    if (!fits<Real>(f) || Y > real_mantissa<Real> || emin < 1 - bias || emin + real_mantissa<Real> - Y > bias ||
        !enough_bits)
        return {};
    const std::uint64_t sign = std::uint64_t{1} << (f.width() - 1);
    const double infinity = std::ldexp(1.0, 1023) * 2;
    const auto code = [&](double value) { return static_cast<Bits>(encode(f, value)); };
    const auto rounded = [&](double value) { return code(round_to(f, rounding, value)); };

    Encoder<Real> e{};
    e.mantissa = Y;
    e.shift = real_mantissa<Real> - Y;
    e.offset = static_cast<Bits>(bias + emin - 1) << Y;  // wraps only where codes cannot
    e.emin_field = static_cast<Bits>(emin + bias);
    e.smallest_normal = e.emin_field << real_mantissa<Real>;
    e.subnormal_add = power<Real>(emin + real_mantissa<Real> - Y);
    e.half_below = e.shift > 0 ? (Bits{1} << (e.shift - 1)) - 1 : 0;
    e.odd_mask = e.shift > 0 ? 1 : 0;
    e.largest = code(largest_finite(f));
    e.first_nonzero = f.subnormals ? 0 : Bits{1} << Y;
    e.sign = static_cast<Bits>(sign);
    e.minus_zero = code(-0.0);
    e.sign_shift = static_cast<int>(8 * sizeof(Real)) - f.width();
    // A finite value far above the largest shows what its overflow gives in this mode.
    Unrounded huge{.exponent = 4000, .significand = 1};
    e.overflow[0] = code(round_to(f, rounding, huge));
    huge.negative = true;
    e.overflow[1] = code(round_to(f, rounding, huge));
    e.infinity[0] = rounded(infinity);
    e.infinity[1] = rounded(-infinity);
    e.nan = rounded(std::nan(""));
    e.mode = rounding.mode;
    e.random_bits = rounding.random_bits;
    e.random_mask = rounding.random_bits == 32 ? ~0u : (1u << rounding.random_bits) - 1u;
    // Where the working type has the same subnormals, their bits are rounded as those of normal values are.
    const bool same_subnormals = e.emin_field == 1;
    const int scale = same_subnormals ? 0 : rounding.random_bits - (emin - Y);
    e.subnormal_scale = power<Real>(std::min(scale, bias));
    const bool symmetric = (e.overflow[0] ^ e.overflow[1]) == e.sign || e.overflow[0] == e.overflow[1];
    e.is_common = f.subnormals && e.minus_zero == e.sign && e.infinity[0] == e.overflow[0] &&
                  e.infinity[1] == e.overflow[1] && symmetric && scale <= bias;
    e.twos_complement = f.is_twos_complement();
    return e;
}

/// Constants are asked for again and again, for a few formats, in calls that may be short: the last ones are kept.
template <class Constants, class Make>
std::optional<Constants> remembered(const Format& format, Rounding rounding, int exponent, Make make) {
    struct Entry {
        bool used = false;
        Format format;
        Rounding rounding;
        int exponent = 0;
        std::optional<Constants> constants;
    };
    constexpr unsigned places = 256;  // blocks ask for an exponent each
    thread_local std::array<Entry, places> entries;
    const unsigned hash = format.exponent_bits * 7u + format.mantissa_bits * 3u +
                          static_cast<unsigned>(rounding.mode) * 5u + static_cast<unsigned>(exponent) +
                          rounding.random_bits + (format.saturate ? 11u : 0u) +
                          static_cast<unsigned>(format.bias) * 13u;
    Entry& entry = entries[hash % places];
    if (!entry.used || entry.format != format || entry.rounding != rounding || entry.exponent != exponent)
        entry = {true, format, rounding, exponent, make()};
    return entry.constants;
}

}  // namespace

template <class Real>
std::optional<Decoder<Real>> decoder(const Format& format) {
    return remembered<Decoder<Real>>(format, rne, 0, [&] { return make_decoder<Real>(format); });
}

template <class Real>
std::optional<Encoder<Real>> encoder(const Format& format, Rounding rounding, int exponent) {
    return remembered<Encoder<Real>>(format, rounding, exponent,
                                     [&] { return make_encoder<Real>(format, rounding, exponent); });
}

template <class Real>
std::optional<Narrowing<Real>> narrowing(const Format& format) {
    using Bits = BitsOf<Real>;
    const auto e = encoder<Real>(format, rne);
    if (!e || !has_nan(format) || format.specials == Specials::fnuz) return {};
    const auto bits = [](double value) { return std::bit_cast<Bits>(static_cast<Real>(value)); };
    Narrowing<Real> n{};
    n.shift = e->shift;
    n.half_below = e->half_below;
    n.odd_mask = e->odd_mask;
    n.kept = ~((Bits{1} << e->shift) - 1);
    n.subnormal_add = e->subnormal_add;
    n.smallest_normal = bits(smallest_normal(format));
    n.first_nonzero = format.subnormals ? 0 : n.smallest_normal;
    n.above_largest = bits(largest_finite(format)) + 1;
    n.full_range =
        e->emin_field == 1 && format.subnormals && n.above_largest + (Bits{1} << e->shift) - 1 == real_infinity<Real>;
    n.overflow = bits(round_to(format, rne, Unrounded{.exponent = 4000, .significand = 1}));
    n.full_range = n.full_range && n.overflow == real_infinity<Real>;
    return n;
}

template <class Real>
BitsOf<Real> encode_any(const Encoder<Real>& e, Real value) {
    using Bits = BitsOf<Real>;
    const auto bits = std::bit_cast<Bits>(value);
    const bool negative = (bits & real_sign<Real>) != 0;
    const Split<Bits> s = split(e, bits);
    constexpr Bits widest = 8 * sizeof(Real) - 2;
    const auto drop = static_cast<int>(s.drop < widest ? s.drop : widest);  // above, the significand is below a quarter
    Bits code = (s.significand >> drop) + s.base;
    const Bits rest = s.significand & ((Bits{1} << drop) - 1);
    const Bits half = drop > 0 ? Bits{1} << (drop - 1) : Bits{1};
    switch (e.mode) {
        case RoundingMode::rna:
            code += rest >= half ? 1 : 0;
            break;
        case RoundingMode::rup:
            code += rest != 0 && !negative ? 1 : 0;
            break;
        case RoundingMode::rdn:
            code += rest != 0 && negative ? 1 : 0;
            break;
        case RoundingMode::rto:
            code += rest != 0 ? (code & 1) ^ 1 : 0;
            break;
        default:  // rtz
            break;
    }
    return finish_code<true>(e, bits, code);
}

template std::optional<Decoder<float>> decoder(const Format&);
template std::optional<Decoder<double>> decoder(const Format&);
template std::optional<Encoder<float>> encoder(const Format&, Rounding, int);
template std::optional<Encoder<double>> encoder(const Format&, Rounding, int);
template std::optional<Narrowing<float>> narrowing(const Format&);
template std::optional<Narrowing<double>> narrowing(const Format&);
template std::uint32_t encode_any(const Encoder<float>&, float);
template std::uint64_t encode_any(const Encoder<double>&, double);

}  // namespace ulpsim::arithmetic::kernels

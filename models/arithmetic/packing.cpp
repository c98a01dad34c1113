#include "models/arithmetic/packing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "models/arithmetic/bit_string.hpp"
#include "models/arithmetic/encode_row.hpp"
#include "models/arithmetic/mx_block.hpp"
#include "models/arithmetic/terms.hpp"

namespace ulpsim::arithmetic {
namespace {

constexpr std::uint64_t few = 4;  // below, setting a kernel up takes longer than the elements

template <class Code>
void read_codes(const std::uint8_t* row, int width, std::uint64_t first, std::uint64_t count, Code* codes) {
    for (std::uint64_t i = 0; i < count; ++i)
        codes[i] = static_cast<Code>(read_bits(row, (first + i) * static_cast<std::uint64_t>(width), width));
}
template <class Code>
void write_codes(const Code* codes, int width, std::uint64_t first, std::uint64_t count, std::uint8_t* row) {
    for (std::uint64_t i = 0; i < count; ++i)
        write_bits(row, (first + i) * static_cast<std::uint64_t>(width), width, codes[i]);
}

void decode_piece(const Format& format, const kernels::Decoder<float>& decoder, const std::uint8_t* row,
                  std::uint64_t first, std::uint64_t count, float* values) {
    const auto& k = kernels::kernels();
    switch (format.width()) {
        case 8:
            return k.decode8(decoder, row + first, count, values);
        case 16:
            if (format == bf16) return k.decode_upper(row + 2 * first, count, values);
            return k.decode16(decoder, row + 2 * first, count, values);
        case 32:
            if (format == fp32)
                return k.copy_canonical(row + 4 * first, count, reinterpret_cast<std::uint8_t*>(values));
            return k.decode32(decoder, row + 4 * first, count, values);
        default:
            break;
    }
    std::array<std::uint32_t, row_piece> codes;
    read_codes(row, format.width(), first, count, codes.data());
    k.decode32(decoder, reinterpret_cast<const std::uint8_t*>(codes.data()), count, values);
}
void decode_piece(const Format& format, const kernels::Decoder<double>& decoder, const std::uint8_t* row,
                  std::uint64_t first, std::uint64_t count, double* values) {
    const auto& k = kernels::kernels();
    if (format.width() == 64) return k.decode64(decoder, row + 8 * first, count, values);
    std::array<std::uint64_t, row_piece> codes;
    read_codes(row, format.width(), first, count, codes.data());
    k.decode64(decoder, reinterpret_cast<const std::uint8_t*>(codes.data()), count, values);
}

template <class Real>
void unpack_one_by_one(const Format& format, const std::uint8_t* row, std::uint64_t first, std::uint64_t count,
                       Real* values) {
    const int width = format.width();
    for (std::uint64_t i = 0; i < count; ++i)
        values[i] =
            static_cast<Real>(decode(format, read_bits(row, (first + i) * static_cast<std::uint64_t>(width), width)));
}

/// Where the elements of block `index` of an mx row start; the scale is the byte before.
std::uint64_t block_start(const Format& format, std::uint64_t index) {
    return index * block_bytes(format, format.block) + 1;
}

template <class Real>
void unpack_blocks(const Format& format, const std::uint8_t* row, std::uint64_t first, std::uint64_t count,
                   Real* values) {
    for (std::uint64_t done = 0; done < count;) {
        const std::uint64_t index = (first + done) / format.block, within = (first + done) % format.block;
        const std::uint64_t size = std::min(format.block - within, count - done);
        const std::uint64_t start = block_start(format, index);
        const auto scale = static_cast<Real>(decode_scale(row[start - 1]));
        unpack(format.element(), row + start, within, size, values + done);
        for (std::uint64_t i = 0; i < size; ++i) values[done + i] *= scale;
        done += size;
    }
}

template <class Real>
std::uint8_t scale_of(const Format& format, const Real* values, std::uint64_t count) {
    Real low = 0, high = 0;
    bool has_nan = false;
    for (std::uint64_t i = 0; i < count; ++i) {
        low = std::min(low, values[i]);
        high = std::max(high, values[i]);
        has_nan = has_nan || values[i] != values[i];
    }
    const std::array<Unrounded, 2> extremes{exact(static_cast<double>(low)), exact(static_cast<double>(high))};
    return has_nan ? nan_scale : choose_scale(format, extremes);
}

/// One block, whose elements start at `bytes`, behind the scale.
template <class Real>
void round_and_pack_block(const Format& format, Rounding rounding, const Real* values, std::uint64_t count,
                          RandomKey key, std::uint64_t first_element, std::uint8_t* bytes) {
    const std::uint8_t scale = scale_of(format, values, count);
    bytes[-1] = scale;
    std::memset(bytes, 0, block_bytes(format, count) - 1);
    if (scale == nan_scale) return;
    Format element = format.element();
    element.saturate = true;
    const int exponent = static_cast<int>(scale) - largest_scale_exponent;
    if (const auto encoder = kernels::encoder<Real>(element, rounding, -exponent)) {
        for_each_piece(0, count, [&](std::uint64_t start, std::uint64_t size) {
            encode_row(element, *encoder, values + start, start, size, key, first_element + start, bytes);
        });
        return;
    }
    const auto width = static_cast<std::uint64_t>(element.width());
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint32_t random =
            rounding.is_stochastic() ? random_bits(key, first_element + i, 0, Stream::other, rounding.random_bits) : 0;
        Unrounded quotient = exact(static_cast<double>(values[i]));
        quotient.exponent -= exponent;
        write_bits(bytes, i * width, element.width(), encode(element, round_to(element, rounding, quotient, random)));
    }
}

template <class Real>
void round_and_pack_blocks(const Format& format, Rounding rounding, const Real* values, std::uint64_t first,
                           std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row) {
    for (std::uint64_t done = 0; done < count; done += format.block)
        round_and_pack_block(format, rounding, values + done, std::min<std::uint64_t>(format.block, count - done), key,
                             first_element + done, row + block_start(format, (first + done) / format.block));
}

/// The random words of a piece, where the rounding draws any: the bits of addition k in the lowest place.
template <class Real>
const std::uint32_t* draw(const kernels::Encoder<Real>& encoder, RandomKey key, std::uint64_t first_element,
                          std::uint64_t count, std::uint64_t k, std::uint32_t* words) {
    if (encoder.random_bits == 0) return nullptr;
    const unsigned draws_a_word = encoder.random_bits <= 8 ? 4 : encoder.random_bits <= 16 ? 2 : 1;
    random_words(key, first_element, count, static_cast<std::uint32_t>(k / draws_a_word), Stream::other, words);
    if (const auto shift = static_cast<unsigned>(k % draws_a_word) * (32 / draws_a_word); shift != 0)
        for (std::uint64_t i = 0; i < count; ++i) words[i] >>= shift;
    return words;
}

/// Binary32 to itself, without a factor.
bool is_copy(const Format& format, const kernels::Encoder<float>& encoder) {
    return format == fp32 && encoder.emin_field == 1;
}

}  // namespace

void encode_row(const Format& format, const kernels::Encoder<float>& encoder, const float* values, std::uint64_t first,
                std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row, std::uint64_t k) {
    const auto& level = kernels::kernels();
    std::array<std::uint32_t, row_piece> words;
    const std::uint32_t* random = draw(encoder, key, first_element, count, k, words.data());
    switch (format.width()) {
        case 8:
            return level.encode8(encoder, values, random, count, row + first);
        case 16:
            return level.encode16(encoder, values, random, count, row + 2 * first);
        case 32:
            if (is_copy(format, encoder))
                return level.copy_canonical(reinterpret_cast<const std::uint8_t*>(values), count, row + 4 * first);
            return level.encode32(encoder, values, random, count, row + 4 * first);
        default:
            break;
    }
    std::array<std::uint32_t, row_piece> codes;
    level.encode32(encoder, values, random, count, reinterpret_cast<std::uint8_t*>(codes.data()));
    write_codes(codes.data(), format.width(), first, count, row);
}

void encode_row(const Format& format, const kernels::Encoder<double>& encoder, const double* values,
                std::uint64_t first, std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row,
                std::uint64_t k) {
    const auto& level = kernels::kernels();
    std::array<std::uint32_t, row_piece> words;
    const std::uint32_t* random = draw(encoder, key, first_element, count, k, words.data());
    if (format.width() == 64) return level.encode64(encoder, values, random, count, row + 8 * first);
    std::array<std::uint64_t, row_piece> codes;
    level.encode64(encoder, values, random, count, reinterpret_cast<std::uint8_t*>(codes.data()));
    write_codes(codes.data(), format.width(), first, count, row);
}

template <class Real>
void unpack(const Format& format, const std::uint8_t* row, std::uint64_t first, std::uint64_t count, Real* values) {
    if (format.is_mx()) return unpack_blocks(format, row, first, count, values);
    const Format element = format.element();
    if (count < few) return unpack_one_by_one(element, row, first, count, values);
    if (const auto narrow = kernels::decoder<float>(element)) {
        for_each_piece(first, count, [&](std::uint64_t start, std::uint64_t size) {
            if constexpr (sizeof(Real) == 4) {
                decode_piece(element, *narrow, row, start, size, values + (start - first));
            } else {
                std::array<float, row_piece> piece;
                decode_piece(element, *narrow, row, start, size, piece.data());
                std::copy_n(piece.begin(), size, values + (start - first));
            }
        });
        return;
    }
    if (const auto wide = kernels::decoder<double>(element)) {
        for_each_piece(first, count, [&](std::uint64_t start, std::uint64_t size) {
            if constexpr (sizeof(Real) == 8) {
                decode_piece(element, *wide, row, start, size, values + (start - first));
            } else {
                std::array<double, row_piece> piece;
                decode_piece(element, *wide, row, start, size, piece.data());
                std::ranges::transform(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size),
                                       values + (start - first), [](double x) { return static_cast<float>(x); });
            }
        });
        return;
    }
    unpack_one_by_one(element, row, first, count, values);
}

template <class Real>
void pack(const Format& format, const Real* values, std::uint64_t first, std::uint64_t count, std::uint8_t* row) {
    if (format.is_mx()) throw std::logic_error("packing: values of an mx format are not encoded one by one");
    const Format element = format.element();
    if constexpr (sizeof(Real) == 4)
        if (element == bf16) return kernels::kernels().encode_upper(values, count, row + 2 * first);
    if (count >= few) {
        if (const auto encoder = kernels::encoder<Real>(element, rne)) {  // exact values: no mode rounds them
            for_each_piece(first, count, [&](std::uint64_t start, std::uint64_t size) {
                encode_row(element, *encoder, values + (start - first), start, size, {}, 0, row);
            });
            return;
        }
        if constexpr (sizeof(Real) == 4) {
            if (kernels::encoder<double>(element, rne)) {
                for_each_piece(first, count, [&](std::uint64_t start, std::uint64_t size) {
                    std::array<double, row_piece> piece;
                    std::copy_n(values + (start - first), size, piece.begin());
                    pack(element, piece.data(), start, size, row);
                });
                return;
            }
        }
    }
    const int width = element.width();
    for (std::uint64_t i = 0; i < count; ++i)
        write_bits(row, (first + i) * static_cast<std::uint64_t>(width), width,
                   encode(element, static_cast<double>(values[i])));
}

template <class Real>
void round_and_pack(const Format& format, Rounding rounding, const Real* values, std::uint64_t first,
                    std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row,
                    std::uint64_t plane) {
    if (format.is_mx()) return round_and_pack_blocks(format, rounding, values, first, count, key, first_element, row);
    if (!format.is_expansion() && count >= few) {
        if (const auto encoder = kernels::encoder<Real>(format, rounding)) {
            for_each_piece(first, count, [&](std::uint64_t start, std::uint64_t size) {
                encode_row(format, *encoder, values + (start - first), start, size, key,
                           first_element + (start - first), row);
            });
            return;
        }
    }
    std::array<double, 4> terms{};
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint32_t random =
            rounding.is_stochastic() ? random_bits(key, first_element + i, 0, Stream::other, rounding.random_bits) : 0;
        const double value = static_cast<double>(values[i]);
        convert_terms(fp64, {&value, 1}, 1.0, format, rounding, random, terms);
        for (std::uint64_t term = 0; term < format.terms; ++term)
            pack(format.element(), &terms[term], first + i, 1, row + term * plane);
    }
}

void unpack_sum(const ConstMatrix& matrix, std::uint64_t row, double* values) {
    const Format element = matrix.format.element();
    const std::uint8_t* bytes = matrix.bytes + row * matrix.pitch;
    const std::uint64_t last = matrix.format.terms - 1u;
    const double step = std::ldexp(1.0, -matrix.format.term_step);
    for_each_piece(0, matrix.columns, [&](std::uint64_t first, std::uint64_t count) {
        std::array<double, row_piece> term_values;
        unpack(element, bytes + last * matrix.plane, first, count, values + first);
        for (std::uint64_t term = last; term-- > 0;) {
            unpack(element, bytes + term * matrix.plane, first, count, term_values.data());
            for (std::uint64_t i = 0; i < count; ++i) values[first + i] = term_values[i] + step * values[first + i];
        }
    });
}

template void unpack(const Format&, const std::uint8_t*, std::uint64_t, std::uint64_t, float*);
template void unpack(const Format&, const std::uint8_t*, std::uint64_t, std::uint64_t, double*);
template void pack(const Format&, const float*, std::uint64_t, std::uint64_t, std::uint8_t*);
template void pack(const Format&, const double*, std::uint64_t, std::uint64_t, std::uint8_t*);
template void round_and_pack(const Format&, Rounding, const float*, std::uint64_t, std::uint64_t, RandomKey,
                             std::uint64_t, std::uint8_t*, std::uint64_t);
template void round_and_pack(const Format&, Rounding, const double*, std::uint64_t, std::uint64_t, RandomKey,
                             std::uint64_t, std::uint8_t*, std::uint64_t);

}  // namespace ulpsim::arithmetic

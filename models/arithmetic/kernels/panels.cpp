#include "models/arithmetic/kernels/panels.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "models/arithmetic/bit_string.hpp"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ulpsim::arithmetic::kernels {
namespace {

constexpr std::size_t most_lanes = 16;

/// `count` codes of a row from element `first` on: where they lie, or unpacked into `spare` if their width is no
/// Code's.
template <class Code>
const std::uint8_t* codes_of(const ConstMatrix& matrix, std::uint64_t row, std::uint64_t first, std::uint64_t count,
                             Code* spare) {
    const std::uint8_t* bytes = matrix.bytes + row * matrix.pitch;
    const int width = matrix.format.width();
    if (width == 8 * static_cast<int>(sizeof(Code))) return bytes + first * sizeof(Code);
    for (std::uint64_t i = 0; i < count; ++i)
        spare[i] = static_cast<Code>(read_bits(bytes, (first + i) * static_cast<std::uint64_t>(width), width));
    return reinterpret_cast<const std::uint8_t*>(spare);
}

/// panel[k][lane] = codes[lane][k] for 16 x 16 bytes.
#if defined(__SSE2__)
void transpose_16x16(const std::uint8_t* const* lanes, std::uint64_t k, std::uint8_t* panel, std::size_t width) {
    __m128i x[16], y[16];
    for (int i = 0; i < 16; ++i) x[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lanes[i] + k));
    // Four perfect shuffles of 256 bytes are a transposition.
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 8; ++i) {
            y[2 * i] = _mm_unpacklo_epi8(x[i], x[i + 8]);
            y[2 * i + 1] = _mm_unpackhi_epi8(x[i], x[i + 8]);
        }
        for (int i = 0; i < 16; ++i) x[i] = y[i];
    }
    for (std::size_t i = 0; i < 16; ++i) _mm_storeu_si128(reinterpret_cast<__m128i*>(panel + i * width), x[i]);
}
#endif

/// panel[k][lane] = lanes[lane][k] for whole lines of depth codes; panel rows are `width` lanes apart.
template <class Code>
void transpose(const std::uint8_t* const* lanes, std::uint64_t depth, Code* panel, std::size_t width) {
    std::uint64_t k = 0;
#if defined(__SSE2__)
    if constexpr (sizeof(Code) == 1)
        for (; k + 16 <= depth; k += 16) transpose_16x16(lanes, k, panel + k * width, width);
#endif
    for (; k < depth; ++k)
        for (std::size_t lane = 0; lane < width; ++lane)
            std::memcpy(panel + k * width + lane, lanes[lane] + k * sizeof(Code), sizeof(Code));
}

template <class Code>
void gather(const ConstMatrix& matrix, bool lanes_are_rows, std::uint64_t first_lane, std::uint64_t lanes,
            std::uint64_t first_k, std::uint64_t depth, std::size_t width, Code* panel) {
    thread_local std::vector<Code> spare;
    if (lanes_are_rows) {
        spare.resize((most_lanes + 1) * depth);
        std::fill_n(spare.begin() + static_cast<std::ptrdiff_t>(most_lanes * depth), depth, Code{0});
        const std::uint8_t* lines[most_lanes];
        for (std::uint64_t lane = 0; lane < most_lanes; ++lane)
            lines[lane] = lane < lanes
                              ? codes_of(matrix, first_lane + lane, first_k, depth, spare.data() + lane * depth)
                              : reinterpret_cast<const std::uint8_t*>(spare.data() + most_lanes * depth);
        transpose(lines, depth, panel, width);
        return;
    }
    spare.resize(most_lanes);
    for (std::uint64_t k = 0; k < depth; ++k) {
        const std::uint8_t* codes = codes_of(matrix, first_k + k, first_lane, lanes, spare.data());
        Code* row = panel + k * width;
        if (lanes == most_lanes && width == most_lanes) {
            std::memcpy(row, codes, most_lanes * sizeof(Code));
        } else {
            std::memcpy(row, codes, lanes * sizeof(Code));
            std::fill(row + lanes, row + width, Code{0});
        }
    }
}

}  // namespace

void unpack_panels(const ConstMatrix& matrix, const Decoder<float>& decoder, bool lanes_are_rows,
                   std::uint64_t first_lane, std::uint64_t lanes, std::uint64_t first_k, std::uint64_t depth,
                   std::size_t width, float* values) {
    thread_local std::vector<std::uint32_t> storage;
    storage.resize(depth * width + most_lanes);
    const Kernels& k = kernels();
    const int bits = matrix.format.width();
    const auto unpack_as = [&]<class Code>(Code* panel, auto decode) {
        for (std::uint64_t lane = 0; lane < lanes; lane += width, values += depth * width) {
            gather(matrix, lanes_are_rows, first_lane + lane, std::min<std::uint64_t>(width, lanes - lane), first_k,
                   depth, width, panel);
            decode(decoder, reinterpret_cast<const std::uint8_t*>(panel), depth * width, values);
        }
    };
    if (bits <= 8)
        unpack_as(reinterpret_cast<std::uint8_t*>(storage.data()), k.decode8);
    else if (bits <= 16)
        unpack_as(reinterpret_cast<std::uint16_t*>(storage.data()), k.decode16);
    else
        unpack_as(storage.data(), k.decode32);
}

}  // namespace ulpsim::arithmetic::kernels

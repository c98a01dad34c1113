#include "models/arithmetic/random_bits.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "models/arithmetic/aes_round.hpp"

namespace ulpsim::arithmetic {
namespace {

using Block = std::array<std::uint32_t, 4>;
constexpr int rounds = 7;
using RoundKeys = std::array<Block, rounds + 1>;

std::uint32_t low_word(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high_word(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

/// ARS replaces the AES key schedule by two Weyl sequences (Salmon et al., SC 2011, section 3.1): the low half of the
/// key grows by the golden ratio, the high half by sqrt(3) - 1, both as 64-bit fractions.
RoundKeys round_keys(const Block& key) {
    std::uint64_t low = key[0] | std::uint64_t{key[1]} << 32;
    std::uint64_t high = key[2] | std::uint64_t{key[3]} << 32;
    RoundKeys keys;
    for (Block& round_key : keys) {
        round_key = {low_word(low), high_word(low), low_word(high), high_word(high)};
        low += 0x9E3779B97F4A7C15;
        high += 0xBB67AE8584CAA73B;
    }
    return keys;
}

Block key_words(RandomKey key) {
    return {low_word(key.seed), high_word(key.seed), low_word(key.operation), high_word(key.operation)};
}

/// What the blocks of one call share: all but the element.
struct Draw {
    RoundKeys keys;
    std::uint32_t word;
    Stream stream;

    Block counter(std::uint64_t block) const {
        return {word, static_cast<std::uint32_t>(stream), low_word(block), high_word(block)};
    }
};

/// Fills lines of 16 words, each with four blocks from first[i] on.
using FillLines = void (*)(const Draw& draw, const std::uint64_t* first, std::size_t lines, std::uint32_t* words);

/// Fills words[0 .. 4 * blocks) with the blocks first, first + 1, ...
using Fill = void (*)(const Draw& draw, std::uint64_t first, std::uint64_t blocks, std::uint32_t* words);

Block encrypt(const RoundKeys& keys, Block block) {
    for (int i = 0; i < 4; ++i) block[static_cast<std::size_t>(i)] ^= keys[0][static_cast<std::size_t>(i)];
    for (std::size_t round = 1; round < rounds; ++round) block = aes_round(block, keys[round]);
    return aes_last_round(block, keys[rounds]);
}

void fill_portable(const Draw& draw, std::uint64_t first, std::uint64_t blocks, std::uint32_t* words) {
    for (std::uint64_t i = 0; i < blocks; ++i) {
        const Block block = encrypt(draw.keys, draw.counter(first + i));
        for (std::size_t lane = 0; lane < 4; ++lane) *words++ = block[lane];
    }
}

void fill_lines_portable(const Draw& draw, const std::uint64_t* first, std::size_t lines, std::uint32_t* words) {
    for (std::size_t i = 0; i < lines; ++i) fill_portable(draw, first[i], 4, words + 16 * i);
}

struct Fills {
    Fill blocks = fill_portable;
    FillLines lines = fill_lines_portable;
};

#if defined(__x86_64__)
__attribute__((target("aes,sse4.1"))) __m128i load_key(const Block& key) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(key.data()));
}

__attribute__((target("aes,sse4.1"))) void store_block(std::uint32_t* words, __m128i block) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(words), block);
}

/// Eight blocks in flight hide the latency of the AES instructions.
__attribute__((target("aes,sse4.1"))) void fill_aes(const Draw& draw, std::uint64_t first, std::uint64_t blocks,
                                                    std::uint32_t* words) {
    constexpr std::uint64_t flight = 8;
    __m128i keys[rounds + 1];
    for (std::size_t i = 0; i <= rounds; ++i) keys[i] = load_key(draw.keys[i]);
    const Block start = draw.counter(0);
    const auto head = static_cast<long long>(start[0] | std::uint64_t{start[1]} << 32);
    std::uint64_t done = 0;
    for (; done + flight <= blocks; done += flight) {
        __m128i state[flight];
        for (std::uint64_t i = 0; i < flight; ++i)
            state[i] = _mm_xor_si128(_mm_set_epi64x(static_cast<long long>(first + done + i), head), keys[0]);
        for (std::size_t round = 1; round < rounds; ++round)
            for (auto& s : state) s = _mm_aesenc_si128(s, keys[round]);
        for (std::uint64_t i = 0; i < flight; ++i)
            store_block(words + 4 * (done + i), _mm_aesenclast_si128(state[i], keys[rounds]));
    }
    for (; done < blocks; ++done) {
        __m128i state = _mm_xor_si128(_mm_set_epi64x(static_cast<long long>(first + done), head), keys[0]);
        for (std::size_t round = 1; round < rounds; ++round) state = _mm_aesenc_si128(state, keys[round]);
        store_block(words + 4 * done, _mm_aesenclast_si128(state, keys[rounds]));
    }
}

/// Four vectors of four blocks; the rest goes to fill_aes.
__attribute__((target("vaes,avx512f,aes,sse4.1"))) void fill_vaes(const Draw& draw, std::uint64_t first,
                                                                  std::uint64_t blocks, std::uint32_t* words) {
    constexpr std::uint64_t flight = 4;
    if (blocks < 4 * flight) return fill_aes(draw, first, blocks, words);
    __m512i keys[rounds + 1];
    for (std::size_t i = 0; i <= rounds; ++i) {
        const Block copies[4] = {draw.keys[i], draw.keys[i], draw.keys[i], draw.keys[i]};
        keys[i] = _mm512_loadu_si512(copies);
    }
    const Block start = draw.counter(0);
    const auto head = static_cast<long long>(start[0] | std::uint64_t{start[1]} << 32);
    std::uint64_t done = 0;
    for (; done + 4 * flight <= blocks; done += 4 * flight) {
        __m512i state[flight];
        for (std::uint64_t i = 0; i < flight; ++i) {
            const auto block = static_cast<long long>(first + done + 4 * i);
            const __m512i counter = _mm512_set_epi64(block + 3, head, block + 2, head, block + 1, head, block, head);
            state[i] = _mm512_xor_si512(counter, keys[0]);
        }
        for (std::size_t round = 1; round < rounds; ++round)
            for (auto& s : state) s = _mm512_aesenc_epi128(s, keys[round]);
        for (std::uint64_t i = 0; i < flight; ++i)
            _mm512_storeu_si512(words + 4 * (done + 4 * i), _mm512_aesenclast_epi128(state[i], keys[rounds]));
    }
    fill_aes(draw, first + done, blocks - done, words + 4 * done);
}

/// Two lines, eight blocks, in flight; an odd last line is drawn twice.
__attribute__((target("aes,sse4.1"))) void fill_lines_aes(const Draw& draw, const std::uint64_t* first,
                                                          std::size_t lines, std::uint32_t* words) {
    constexpr std::size_t flight = 8;
    __m128i keys[rounds + 1];
    for (std::size_t i = 0; i <= rounds; ++i) keys[i] = load_key(draw.keys[i]);
    const Block start = draw.counter(0);
    const auto head = static_cast<long long>(start[0] | std::uint64_t{start[1]} << 32);
    for (std::size_t line = 0; line < lines; line += 2) {
        const std::size_t pair[2] = {line, line + 1 < lines ? line + 1 : line};
        __m128i state[flight];
        for (std::size_t i = 0; i < flight; ++i)
            state[i] = _mm_xor_si128(_mm_set_epi64x(static_cast<long long>(first[pair[i / 4]] + i % 4), head), keys[0]);
        for (std::size_t round = 1; round < rounds; ++round)
            for (auto& s : state) s = _mm_aesenc_si128(s, keys[round]);
        for (std::size_t i = 0; i < flight; ++i)
            store_block(words + 16 * pair[i / 4] + 4 * (i % 4), _mm_aesenclast_si128(state[i], keys[rounds]));
    }
}

/// A line is one vector; four in flight, the last line being drawn again where there are fewer.
__attribute__((target("vaes,avx512f,aes,sse4.1"))) void fill_lines_vaes(const Draw& draw, const std::uint64_t* first,
                                                                        std::size_t lines, std::uint32_t* words) {
    constexpr std::size_t flight = 4;
    constexpr __mmask8 block_numbers = 0b10101010;
    __m512i keys[rounds + 1];
    for (std::size_t i = 0; i <= rounds; ++i) {
        const Block copies[4] = {draw.keys[i], draw.keys[i], draw.keys[i], draw.keys[i]};
        keys[i] = _mm512_loadu_si512(copies);
    }
    const Block start = draw.counter(0);
    const auto head = static_cast<long long>(start[0] | std::uint64_t{start[1]} << 32);
    const __m512i counters = _mm512_set_epi64(3, head, 2, head, 1, head, 0, head);
    for (std::size_t line = 0; line < lines; line += flight) {
        std::size_t place[flight];
        __m512i state[flight];
        for (std::size_t i = 0; i < flight; ++i) {
            place[i] = line + i < lines ? line + i : lines - 1;
            const __m512i block = _mm512_set1_epi64(static_cast<long long>(first[place[i]]));
            state[i] = _mm512_xor_si512(_mm512_mask_add_epi64(counters, block_numbers, counters, block), keys[0]);
        }
        for (std::size_t round = 1; round < rounds; ++round)
            for (auto& s : state) s = _mm512_aesenc_epi128(s, keys[round]);
        for (std::size_t i = 0; i < flight; ++i)
            _mm512_storeu_si512(words + 16 * place[i], _mm512_aesenclast_epi128(state[i], keys[rounds]));
    }
}

/// clang 14's __builtin_cpu_supports knows neither aes nor vaes.
bool has_aes() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c >> 25 & 1U) != 0;
}
bool has_vaes() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c >> 9 & 1U) != 0;
}

Fills fastest_fills() {
    if (has_vaes() && __builtin_cpu_supports("avx512f")) return {fill_vaes, fill_lines_vaes};
    if (has_aes() && __builtin_cpu_supports("sse4.1")) return {fill_aes, fill_lines_aes};
    return {};
}
#else
Fills fastest_fills() { return {}; }
#endif

const Fills& fills() {
    static const Fills chosen = fastest_fills();
    return chosen;
}
void fill(const Draw& draw, std::uint64_t first, std::uint64_t blocks, std::uint32_t* words) {
    fills().blocks(draw, first, blocks, words);
}

}  // namespace

Block ars4x32_7(Block counter, Block key) {
    const Draw draw{round_keys(key), counter[0], static_cast<Stream>(counter[1])};
    Block result;
    fill(draw, counter[2] | std::uint64_t{counter[3]} << 32, 1, result.data());
    return result;
}

Block ars4x32_7_portable(Block counter, Block key) { return encrypt(round_keys(key), counter); }

std::uint32_t random_word(RandomKey key, std::uint64_t element, std::uint32_t word, Stream stream) {
    Block block;
    fill(Draw{round_keys(key_words(key)), word, stream}, element / 4, 1, block.data());
    return block[element % 4];
}

std::uint32_t random_bits(RandomKey key, std::uint64_t element, std::uint64_t k, Stream stream, unsigned bits) {
    const unsigned draws_a_word = bits <= 8 ? 4 : bits <= 16 ? 2 : 1;
    const std::uint32_t word = random_word(key, element, static_cast<std::uint32_t>(k / draws_a_word), stream);
    const auto position = static_cast<unsigned>(k % draws_a_word);
    const std::uint32_t mask = bits >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << bits) - 1;
    return word >> (position * (32 / draws_a_word)) & mask;
}

std::uint64_t random_index(RandomKey key, std::uint64_t element, std::uint64_t count) {
    return (random_word(key, element, 0, Stream::other) * count) >> 32;
}

void random_words(RandomKey key, std::uint64_t first, std::uint64_t count, std::uint32_t word, Stream stream,
                  std::uint32_t* words) {
    const Draw draw{round_keys(key_words(key)), word, stream};
    const std::uint64_t end = first + count;
    const auto partial = [&](std::uint64_t block, std::uint64_t from, std::uint64_t to) {
        Block whole;
        fill(draw, block, 1, whole.data());
        for (std::uint64_t i = from; i < to; ++i) *words++ = whole[i % 4];
    };
    const std::uint64_t first_whole = (first + 3) / 4 * 4;
    if (first_whole > first) {
        const std::uint64_t stop = first_whole < end ? first_whole : end;
        partial(first / 4, first, stop);
        if (stop == end) return;
    }
    const std::uint64_t blocks = (end - first_whole) / 4;
    fill(draw, first_whole / 4, blocks, words);
    words += 4 * blocks;
    const std::uint64_t rest = first_whole + 4 * blocks;
    if (rest < end) partial(rest / 4, rest, end);
}

RandomStream random_stream(RandomKey key, Stream stream) { return {round_keys(key_words(key)), stream}; }

void random_lines(const RandomStream& stream, const std::uint64_t* first, std::size_t lines, std::uint32_t word,
                  std::uint32_t* words) {
    static_assert(random_line == 16);
    const Draw draw{stream.round_keys, word, stream.stream};
    constexpr std::size_t most = 16;
    std::array<std::uint64_t, most> blocks;
    bool aligned = lines <= most;
    for (std::size_t i = 0; i < lines && aligned; ++i) {
        aligned = first[i] % 4 == 0;
        blocks[i] = first[i] / 4;
    }
    if (aligned) return fills().lines(draw, blocks.data(), lines, words);
    // A line that starts inside a block ends in a fifth one.
    for (std::size_t i = 0; i < lines; ++i) {
        std::array<std::uint32_t, random_line + 4> whole;
        fill(draw, first[i] / 4, 5, whole.data());
        std::copy_n(whole.begin() + static_cast<std::ptrdiff_t>(first[i] % 4), random_line, words + random_line * i);
    }
}

}  // namespace ulpsim::arithmetic

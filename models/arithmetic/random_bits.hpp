#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace ulpsim::arithmetic {

/// Who draws inside one operation (DESIGN 3.1).
enum class Stream : std::uint32_t { accumulate = 0, product = 1, outer = 2, node = 3, other = 4 };

/// Key of an operation's random bits.
struct RandomKey {
    std::uint64_t seed = 0;
    std::uint64_t operation = 0;  ///< the operation number given by the training program
};

/// ARS4x32 with 7 rounds (Salmon et al., SC 2011; Random123): four words for a 128-bit counter and key.
std::array<std::uint32_t, 4> ars4x32_7(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 4> key);

/// The same in plain C++, whatever the CPU has: what the AES instructions are tested against.
std::array<std::uint32_t, 4> ars4x32_7_portable(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 4> key);

/// Word `word` of the random stream of one element. The layout, fixed for ever:
///   key     = {seed low, seed high, operation low, operation high}
///   counter = {word, stream, (element / 4) low, (element / 4) high}
///   result  = lane element % 4 of the block
/// so four neighbouring elements share a block and a vector of elements needs no transposition.
std::uint32_t random_word(RandomKey key, std::uint64_t element, std::uint32_t word, Stream stream);

/// The `bits` random bits of addition k: for N <= 8 byte k mod 4 of word k / 4; for N <= 16 half-word k mod 2 of word k
/// / 2; else word k; of these the low N bits. Bytes count from the least significant.
std::uint32_t random_bits(RandomKey key, std::uint64_t element, std::uint64_t k, Stream stream, unsigned bits);

/// A number in 0..count-1 for an element, count in 1..2^32-1: the high half of count times its word 0 of stream `other`.
/// Uniform but for a bias of at most count / 2^32.
std::uint64_t random_index(RandomKey key, std::uint64_t element, std::uint64_t count);

/// Words `word` of the elements first .. first + count - 1, the same as random_word of each.
void random_words(RandomKey key, std::uint64_t first, std::uint64_t count, std::uint32_t word, Stream stream,
                  std::uint32_t* words);

/// A stream of an operation with its round keys worked out, for many short calls.
struct RandomStream {
    std::array<std::array<std::uint32_t, 4>, 8> round_keys;
    Stream stream;
};
RandomStream random_stream(RandomKey key, Stream stream);

/// words[16 i + j] = word `word` of element first[i] + j, j < 16.
inline constexpr std::size_t random_line = 16;
void random_lines(const RandomStream& stream, const std::uint64_t* first, std::size_t lines, std::uint32_t word,
                  std::uint32_t* words);

}  // namespace ulpsim::arithmetic

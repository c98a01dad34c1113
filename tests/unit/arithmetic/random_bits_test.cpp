#include "models/arithmetic/random_bits.hpp"

#include <Random123/ars.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <utility>
#include <vector>

namespace ulpsim::arithmetic {
namespace {

using Block = std::array<std::uint32_t, 4>;

Block by_random123(const Block& counter, const Block& key) {
    r123array4x32 c, k;
    std::memcpy(c.v, counter.data(), sizeof c.v);
    std::memcpy(k.v, key.data(), sizeof k.v);
    c = ars4x32_R(7, c, k);
    Block result;
    std::memcpy(result.data(), c.v, sizeof c.v);
    return result;
}

bool has_aes() { return __builtin_cpu_supports("aes") != 0; }

Block random_block(std::mt19937_64& random) {
    return {static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
            static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random())};
}

TEST(Ars, GivesThePublishedKnownAnswers) {  // Random123, old_kat_vectors, "ars4x32 7": counter, key, answer
    const Block key{1, 0, 0, 0};
    const std::pair<Block, Block> answers[] = {
        {{0x00000001, 0, 0, 0}, {0x3523162b, 0xdc14d20c, 0x79184077, 0x72184193}},
        {{0x01000000, 0, 0, 0}, {0xaf6cb834, 0x72fab497, 0x290540d3, 0x28a63677}},
        {{0, 0x00000001, 0, 0}, {0xf928af71, 0x52594c2a, 0xe41e8545, 0xf10cae23}},
        {{0, 0, 0x00000001, 0}, {0xb12ef4b4, 0x748f8bd7, 0x9fb1399d, 0xd39547a8}},
        {{0, 0, 0x00000100, 0}, {0x80a66748, 0xba2bdf93, 0x8d5fae68, 0x0edc78d5}},
    };
    for (const auto& [counter, answer] : answers) {
        EXPECT_EQ(ars4x32_7_portable(counter, key), answer);
        EXPECT_EQ(ars4x32_7(counter, key), answer);
    }
}

TEST(Ars, PortableAndFastGiveTheBitsOfRandom123) {
    if (!has_aes()) GTEST_SKIP() << "Random123's ARS needs the AES instructions";
    std::mt19937_64 random{1};
    for (int draw = 0; draw < 10000; ++draw) {
        const Block counter = random_block(random), key = random_block(random);
        const Block expected = by_random123(counter, key);
        ASSERT_EQ(ars4x32_7_portable(counter, key), expected) << draw;
        ASSERT_EQ(ars4x32_7(counter, key), expected) << draw;
    }
}

TEST(RandomWord, HasTheDocumentedLayout) {
    const RandomKey key{0x0123456789abcdef, 0xfedcba9876543210};
    const std::uint64_t element = 0x9'8765'4321;
    const Block block = ars4x32_7_portable(
        {7, 2, static_cast<std::uint32_t>(element / 4), static_cast<std::uint32_t>(element / 4 >> 32)},
        {0x89abcdef, 0x01234567, 0x76543210, 0xfedcba98});
    EXPECT_EQ(random_word(key, element, 7, Stream::outer), block[element % 4]);
}

TEST(RandomBits, AreBytesHalfWordsOrWordsOfTheStream) {
    const RandomKey key{5, 6};
    for (unsigned bits = 1; bits <= 32; ++bits)
        for (std::uint64_t k = 0; k < 20; ++k) {
            const std::uint32_t size = bits <= 8 ? 8 : bits <= 16 ? 16 : 32;
            const std::uint64_t first_bit = k * size;
            const std::uint32_t word =
                random_word(key, 11, static_cast<std::uint32_t>(first_bit / 32), Stream::accumulate);
            const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
            ASSERT_EQ(random_bits(key, 11, k, Stream::accumulate, bits), (word >> (first_bit % 32)) & mask)
                << bits << " bits, k " << k;
        }
}

TEST(RandomWords, AreThoseOfTheElementsWhereverTheyStart) {
    const RandomKey key{123, 456};
    for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{0x3ffffffe0},
                                      std::uint64_t{0x3fffffffd}})  // the block number crosses a word
        for (std::uint64_t count = 0; count < 140; ++count) {
            std::vector<std::uint32_t> words(count + 1, 0xabababab);
            random_words(key, first, count, 9, Stream::other, words.data());
            for (std::uint64_t i = 0; i < count; ++i)
                ASSERT_EQ(words[i], random_word(key, first + i, 9, Stream::other)) << first << " " << count << " " << i;
            ASSERT_EQ(words[count], 0xabababab);
        }
}

TEST(RandomWords, LookUniformAndDifferByEveryCoordinate) {
    std::vector<std::uint32_t> words(1 << 16);
    random_words({1, 1}, 0, words.size(), 0, Stream::accumulate, words.data());
    for (int bit = 0; bit < 32; ++bit) {  // binomial: mean 2^15, standard deviation 2^7; five of them
        int ones = 0;
        for (const std::uint32_t word : words) ones += static_cast<int>(word >> bit & 1);
        EXPECT_NEAR(ones, 1 << 15, 5 << 7) << bit;
    }
    const std::uint32_t base = random_word({1, 1}, 0, 0, Stream::accumulate);
    EXPECT_NE(base, random_word({2, 1}, 0, 0, Stream::accumulate));
    EXPECT_NE(base, random_word({1, 2}, 0, 0, Stream::accumulate));
    EXPECT_NE(base, random_word({1, 1}, 4, 0, Stream::accumulate));
    EXPECT_NE(base, random_word({1, 1}, 0, 1, Stream::accumulate));
    EXPECT_NE(base, random_word({1, 1}, 0, 0, Stream::product));
}

}  // namespace
}  // namespace ulpsim::arithmetic

#include "models/arithmetic/normal_deviate.hpp"

#include <cmath>

#include "models/arithmetic/elementary.hpp"

namespace ulpsim::arithmetic {

double normal_deviate(RandomKey key, std::uint64_t element) {
    const auto uniform = [&](std::uint32_t word) {  // exact, in (-1, 1)
        return (static_cast<double>(random_word(key, element, word, Stream::other)) + 0.5) * 0x1p-31 - 1;
    };
    for (std::uint32_t word = 0;; word += 2) {
        const double u = uniform(word), v = uniform(word + 1), square = u * u + v * v;
        if (square < 1) return u * std::sqrt(-2 * logarithm(square) / square);
    }
}

}  // namespace ulpsim::arithmetic

#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/arithmetic/format.hpp"
#include "models/arithmetic/random_bits.hpp"
#include "models/arithmetic/rounding.hpp"

namespace ulpsim::arithmetic {

/// In which order the products of a dot product are added (DESIGN 3.1).
enum class Order : std::uint8_t {
    sequential,  ///< k ascending, rounded after every addition
    chunk,       ///< `length` products summed so from +0, then the chunk sums added in order in `outer`
    tree,   ///< `length` products summed by an adjacent-pairs tree rounded at each node, then added to the accumulator
    align,  ///< `length` products and the accumulator aligned, cut `guard` bits below, added exactly, rounded once
};

/// Bits below the last place of the accumulator that `align` may keep at most, short of all of them.
inline constexpr int largest_guard = 1024;

/// The definition of a dot product: everything that decides its bits.
///
/// `align`: the exponent of a term is floor(log2 |x|), that of a product the sum of its factors' (of the product's
/// value when `product` is set), a subnormal having its format's emin (so all values of int and fix), an mx value what
/// its scaled value has; zeros have none. Every term is cut towards zero,
/// in sign and magnitude, to multiples of 2^(E - (p - 1) - guard), E the largest exponent and p the accumulator's
/// precision. A ragged last group is a shorter group; in `tree`, absent leaves are skipped and a lone leaf passes
/// unrounded. A sum of zeros of one sign keeps it; every other zero sum is +0, or -0 in rdn.
///
/// Random bits: stream and k of each addition, k counting from the first product of the whole sum:
///   accumulate  sequential and chunk: k of the product added;  tree and align: the group's number, k / length
///   product     k of the product
///   outer       the chunk's number, k / length
///   node        k of the leftmost product under the node's right branch
struct Dot {
    Format a, b;                    ///< inputs; products are exact unless `product` is set
    std::optional<Format> product;  ///< round each product to this format first
    Rounding product_rounding;
    Format accumulator = fp32;
    Rounding rounding;  ///< of every addition
    Order order = Order::sequential;
    std::uint32_t length = 0;  ///< N of chunk, tree and align
    Format outer = fp32;       ///< chunk only
    std::int16_t guard = 0;    ///< align only; guard_exact cuts nothing
    bool guard_exact = false;

    friend bool operator==(const Dot&, const Dot&) = default;
};

/// The format of the value that leaves the accumulation: `outer` with chunk, else `accumulator`.
Format result_format(const Dot& dot);
/// k may be cut into tiles at multiples of this only: of the chunk, the tree or the align group, and of the block of an
/// mx operand.
std::uint64_t split_granule(const Dot& dot);
/// Throws Error for a combination that is not defined: an expansion anywhere, mx other than as operands, a length of 0
/// with chunk, tree or align, a guard that cuts the accumulator's leading bit away, stochastic rounding without 1 to 32
/// bits.
void check(const Dot& dot);

/// The definition, as a slow loop: the value after adding a[k] * b[k], k = 0.., to `start`. `first_k` is the index of
/// the first product in the whole logical dot product, `element` its element number. a and b have the same size.
double dot_product(const Dot& dot, std::span<const double> a, std::span<const double> b, double start, RandomKey key,
                   std::uint64_t element, std::uint64_t first_k = 0);

}  // namespace ulpsim::arithmetic

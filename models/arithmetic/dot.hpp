#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

/// Which products of the terms of expansions are formed: those of i + j < N, N the longer operand's terms, or all. For two
/// terms 3 and 4 products an element, for three 6 and 9; the former are known as bf16x2 and bf16x3 (Henry, Tang, Heinecke,
/// ARITH 2019). What `leading` leaves out of N terms of p bits is below N 2^(1 - N p) of |a b|.
enum class Split : std::uint8_t { leading, all };

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
/// Operands that are expansions (without a step) are split: element k of the sum is then the products a_i[k] b_j[k] of
/// their terms that `split` names, added one after the other as if they were elements of their own, the smallest first: by
/// falling i + j, then by rising i. So the sum is that of products of plain formats, products_per_element() times as long,
/// and all that counts products here (N, k of the random bits) counts those. Tiles of k cut between elements only.
///
/// Random bits: stream and k of each addition, k counting from the first product of the whole sum:
///   accumulate  sequential and chunk: k of the product added;  tree and align: the group's number, k / length
///   product     k of the product
///   outer       the chunk's number, k / length
///   node        k of the leftmost product under the node's right branch
struct Dot {
    Format a, b;                    ///< inputs; products are exact unless `product` is set
    Split split = Split::leading;   ///< of inputs that are expansions
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
/// k may be cut into tiles at multiples of this only: the least number of elements whose products are whole chunks, trees
/// or align groups (1 when sequential), and whole blocks of an mx operand.
std::uint64_t split_granule(const Dot& dot);

/// Term `a` of a times term `b` of b.
struct TermPair {
    std::uint8_t a, b;
    friend bool operator==(const TermPair&, const TermPair&) = default;
};
/// The products of one element, in their order: one of the first terms without expansions.
std::vector<TermPair> term_products(const Dot& dot);
std::uint64_t products_per_element(const Dot& dot);
/// The dot product of the terms themselves: inputs are the element formats. What hardware a split product runs on.
Dot dot_of_terms(Dot dot);
/// Throws Error for a combination that is not defined: an expansion other than as operand, one with a step, one that meets
/// mx; mx other than as operands; a length of 0 with chunk, tree or align, a guard that cuts the accumulator's leading bit
/// away, stochastic rounding without 1 to 32 bits.
void check(const Dot& dot);

/// The definition, as a slow loop: the value after adding a[k] * b[k], k = 0.., to `start`. `first_k` is the index of
/// the first product in the whole logical dot product, `element` its element number. a and b have the same size; of split
/// operands they hold the factors of all products, term_products() of them an element.
double dot_product(const Dot& dot, std::span<const double> a, std::span<const double> b, double start, RandomKey key,
                   std::uint64_t element, std::uint64_t first_k = 0);

}  // namespace ulpsim::arithmetic

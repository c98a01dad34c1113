#include "models/arithmetic/dot.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "models/arithmetic/binary64.hpp"
#include "models/arithmetic/error.hpp"
#include "models/arithmetic/exact_sum.hpp"

namespace ulpsim::arithmetic {
namespace {

/// The products of one logical sum, and where its random bits come from.
struct Sum {
    const Dot& dot;
    std::span<const double> a, b;
    RandomKey key;
    std::uint64_t element;
    std::uint64_t first_k;

    std::uint64_t size() const { return a.size(); }
    bool zero_is_negative() const { return dot.rounding.mode == RoundingMode::rdn; }

    double round(const Format& format, Rounding rounding, const Unrounded& value, Stream stream,
                 std::uint64_t k) const {
        const std::uint32_t bits =
            rounding.is_stochastic() ? random_bits(key, element, k, stream, rounding.random_bits) : 0;
        return round_to(format, rounding, value, bits);
    }
    double rounded_product(std::uint64_t i) const {
        return round(*dot.product, dot.product_rounding, exact_product(a[i], b[i]), Stream::product, first_k + i);
    }
    Unrounded product(std::uint64_t i) const {
        return dot.product ? exact(rounded_product(i)) : exact_product(a[i], b[i]);
    }
    /// accumulator + product i, rounded once.
    double accumulate(double accumulator, std::uint64_t i) const {
        const Unrounded sum = dot.product ? exact_multiply_add(rounded_product(i), 1, accumulator, zero_is_negative())
                                          : exact_multiply_add(a[i], b[i], accumulator, zero_is_negative());
        return round(dot.accumulator, dot.rounding, sum, Stream::accumulate, first_k + i);
    }
};

double sequential(const Sum& sum, std::uint64_t first, std::uint64_t last, double accumulator) {
    for (std::uint64_t i = first; i < last; ++i) accumulator = sum.accumulate(accumulator, i);
    return accumulator;
}

double chunk(const Sum& sum, std::uint64_t first, std::uint64_t last, double outer) {
    const double inner = sequential(sum, first, last, +0.0);
    return sum.round(sum.dot.outer, sum.dot.rounding, exact_multiply_add(inner, 1, outer, sum.zero_is_negative()),
                     Stream::outer, (sum.first_k + first) / sum.dot.length);
}

Unrounded sum_of_two(const Sum& sum, const Unrounded& x, const Unrounded& y) {
    ExactSum exact_sum;
    exact_sum.add(x);
    exact_sum.add(y);
    return exact_sum.value(sum.zero_is_negative());
}

double tree(const Sum& sum, std::uint64_t first, std::uint64_t last, double accumulator) {
    struct Node {
        Unrounded value;
        std::uint64_t first;  // its leftmost product
    };
    std::vector<Node> level;
    for (std::uint64_t i = first; i < last; ++i) level.push_back({sum.product(i), i});
    while (level.size() > 1) {
        std::vector<Node> parents;
        for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
            const Unrounded pair = sum_of_two(sum, level[i].value, level[i + 1].value);
            const double node =
                sum.round(sum.dot.accumulator, sum.dot.rounding, pair, Stream::node, sum.first_k + level[i + 1].first);
            parents.push_back({exact(node), level[i].first});
        }
        if (level.size() % 2 == 1) parents.push_back(level.back());
        level = std::move(parents);
    }
    return sum.round(sum.dot.accumulator, sum.dot.rounding, sum_of_two(sum, exact(accumulator), level[0].value),
                     Stream::accumulate, (sum.first_k + first) / sum.dot.length);
}

/// floor(log2 |x|), not below the format's smallest normal exponent: its significand is not normalised.
/// An mx value's scale is not known here, and counts as part of the value.
int exponent_of(const Format& format, double x) {
    return format.is_mx() ? std::ilogb(x) : std::max(std::ilogb(x), format.emin());
}

double align(const Sum& sum, std::uint64_t first, std::uint64_t last, double accumulator) {
    const Dot& dot = sum.dot;
    const auto finite_and_not_zero = [](double x) { return std::isfinite(x) && x != 0; };
    int largest = -1 << 20;  // no term yet
    std::vector<Unrounded> terms{exact(accumulator)};
    if (finite_and_not_zero(accumulator)) largest = exponent_of(dot.accumulator, accumulator);
    for (std::uint64_t i = first; i < last; ++i) {
        terms.push_back(sum.product(i));
        if (terms.back().kind != Unrounded::Kind::finite || terms.back().significand == 0) continue;
        const int exponent = dot.product ? exponent_of(*dot.product, sum.rounded_product(i))
                                         : exponent_of(dot.a, sum.a[i]) + exponent_of(dot.b, sum.b[i]);
        largest = std::max(largest, exponent);
    }
    const int last_place = largest - (dot.accumulator.precision() - 1) - dot.guard;
    ExactSum exact_sum;
    for (const Unrounded& term : terms) {
        if (dot.guard_exact)
            exact_sum.add(term);
        else
            exact_sum.add_cut(term, last_place);
    }
    return sum.round(dot.accumulator, dot.rounding, exact_sum.value(sum.zero_is_negative()), Stream::accumulate,
                     (sum.first_k + first) / dot.length);
}

void check_sum(const char* what, const Format& format) {
    if (format.is_expansion() || format.is_mx())
        throw Error(std::string(what) + " is " + name(format) + "; allowed: a format that is neither exp nor mx");
}

void check_operand(const char* what, const Format& format, const Format& other) {
    if (format.term_step != 0)
        throw Error(std::string(what) + " is " + name(format) + "; allowed: a format that is no expansion with a step");
    if (format.is_expansion() && other.is_mx())
        throw Error(std::string(what) + " is " + name(format) + " and meets " + name(other) +
                    "; allowed: an expansion with a format that is not mx");
}

void check_rounding(const char* what, Rounding rounding) {
    if (rounding.is_stochastic() && (rounding.random_bits < 1 || rounding.random_bits > 32))
        throw Error(std::string(what) + " is " + name(rounding) + "; allowed: 1 to 32 random bits");
}

}  // namespace

Format result_format(const Dot& dot) { return dot.order == Order::chunk ? dot.outer : dot.accumulator; }

std::uint64_t split_granule(const Dot& dot) {
    std::uint64_t granule = 1;
    if (dot.order != Order::sequential)
        granule = dot.length / std::gcd<std::uint64_t, std::uint64_t>(dot.length, products_per_element(dot));
    for (const Format& operand : {dot.a, dot.b})
        if (operand.is_mx()) granule = std::lcm(granule, std::uint64_t{operand.block});
    return granule;
}

std::vector<TermPair> term_products(const Dot& dot) {
    const int of_a = dot.a.terms, of_b = dot.b.terms, longer = std::max(of_a, of_b);
    std::vector<TermPair> pairs;
    for (int rank = dot.split == Split::all ? of_a + of_b - 2 : longer - 1; rank >= 0; --rank)
        for (int i = std::max(0, rank - of_b + 1); i <= std::min(rank, of_a - 1); ++i)
            pairs.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(rank - i)});
    return pairs;
}

std::uint64_t products_per_element(const Dot& dot) {
    if (dot.a.terms == 1 && dot.b.terms == 1) return 1;
    return term_products(dot).size();
}

Dot dot_of_terms(Dot dot) {
    dot.a = dot.a.element();
    dot.b = dot.b.element();
    dot.split = Split::leading;
    return dot;
}

void check(const Dot& dot) {
    check_operand("a", dot.a, dot.b);
    check_operand("b", dot.b, dot.a);
    if (dot.product) check_sum("product", *dot.product);
    check_sum("accumulator", dot.accumulator);
    check_rounding("rounding", dot.rounding);
    if (dot.product) check_rounding("product rounding", dot.product_rounding);
    if (dot.order == Order::sequential) return;
    if (dot.length == 0) {
        constexpr const char* names[] = {"sequential", "chunk", "tree", "align terms"};
        throw Error(std::string(names[static_cast<int>(dot.order)]) + " is 0; allowed: 1 to 4294967295");
    }
    if (dot.order == Order::chunk) check_sum("outer", dot.outer);
    if (dot.order == Order::align && !dot.guard_exact) {
        const int smallest = 1 - dot.accumulator.precision();
        if (dot.guard < smallest || dot.guard > largest_guard)
            throw Error("guard is " + std::to_string(dot.guard) + "; allowed: " + std::to_string(smallest) + " to " +
                        std::to_string(largest_guard) + " for an accumulator of " + name(dot.accumulator) +
                        ", or exact");
    }
}

double dot_product(const Dot& dot, std::span<const double> a, std::span<const double> b, double start, RandomKey key,
                   std::uint64_t element, std::uint64_t first_k) {
    const Sum sum{dot, a, b, key, element, first_k};
    if (dot.order == Order::sequential) return sequential(sum, 0, sum.size(), start);
    const auto add_group = dot.order == Order::chunk ? chunk : dot.order == Order::tree ? tree : align;
    double total = start;
    for (std::uint64_t first = 0; first < sum.size(); first += dot.length)
        total = add_group(sum, first, std::min<std::uint64_t>(first + dot.length, sum.size()), total);
    return total;
}

}  // namespace ulpsim::arithmetic

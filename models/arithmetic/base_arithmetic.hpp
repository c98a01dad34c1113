#pragma once
#include <cstdint>
#include <span>

#include "models/arithmetic/error_free.hpp"

namespace ulpsim::arithmetic {

/// How often each operator of a base format works. A 2Sum, Fast2Sum or 2Prod is one here: hardware has an operator for it,
/// or its additions and products (with_plain_operators).
struct BaseOperations {
    std::uint64_t two_sums = 0, fast_two_sums = 0, two_products = 0;
    std::uint64_t adds = 0, multiplies = 0, fmas = 0, divides = 0, roots = 0, compares = 0;

    friend constexpr bool operator==(const BaseOperations&, const BaseOperations&) = default;
    constexpr BaseOperations& operator+=(const BaseOperations& more) {
        two_sums += more.two_sums;
        fast_two_sums += more.fast_two_sums;
        two_products += more.two_products;
        adds += more.adds;
        multiplies += more.multiplies;
        fmas += more.fmas;
        divides += more.divides;
        roots += more.roots;
        compares += more.compares;
        return *this;
    }
    friend constexpr BaseOperations operator+(BaseOperations a, const BaseOperations& b) { return a += b; }
    friend constexpr BaseOperations operator*(std::uint64_t n, BaseOperations b) {
        return {n * b.two_sums, n * b.fast_two_sums, n * b.two_products, n * b.adds,    n * b.multiplies,
                n * b.fmas,     n * b.divides,       n * b.roots,        n * b.compares};
    }
};

/// The same work by operators that give one result each: 2Sum is 6 additions, Fast2Sum 3, 2Prod a product and a fused
/// multiply-add.
constexpr BaseOperations with_plain_operators(BaseOperations b) {
    b.adds += 6 * b.two_sums + 3 * b.fast_two_sums;
    b.multiplies += b.two_products;
    b.fmas += b.two_products;
    b.two_sums = b.fast_two_sums = b.two_products = 0;
    return b;
}

/// The operators of one base format, which count their work and what underflow costs them.
class BaseArithmetic {
public:
    explicit BaseArithmetic(const Format& format) : format_(format) {}

    double add(double a, double b, Rounding rounding = rne, std::uint32_t random = 0);
    double multiply(double a, double b);
    double fma(double a, double b, double c);
    double divide(double a, double b);
    double root(double a);
    DoubleWord two_sum(double a, double b);
    DoubleWord fast_two_sum(double a, double b);
    DoubleWord two_product(double a, double b);
    /// |a| < |b|.
    bool smaller(double a, double b);
    /// Whether a term is zero.
    bool is_zero(double a);

    const Format& format() const { return format_; }
    const BaseOperations& executed() const { return executed_; }
    /// Operations so far whose result is inexact because it is tiny: bits lost to the exponent range.
    std::uint64_t underflows() const { return underflows_; }

private:
    double watched(double result, double a, double b, double c);

    Format format_;
    BaseOperations executed_;
    std::uint64_t underflows_ = 0;
};

/// VecSum: the same sum, as its rounded value and the errors behind it; x.size() - 1 2Sums. Exact for p >= 2 and any
/// exponents, in any order of the values, as long as no partial sum overflows; from there on the errors are +0.
void vec_sum(BaseArithmetic& base, std::span<double> x);

/// VecSumErrBranch: the errors `e` of a VecSum squeezed into terms.size() places without holes, e.size() - 1 times a 2Sum
/// and a comparison with zero. Only the addition that would need one place more drops anything; it takes `last` with
/// `random`. Terms that no error reaches are +0.
/// If the errors overlap by at most p - 2 bits, |terms[i + 1]| <= ulp(terms[i]) (Boldo, Joldes, Muller, Popescu, ITP
/// 2017); what is dropped is then at most ulp of the last term.
void vec_sum_err_branch(BaseArithmetic& base, std::span<const double> e, std::span<double> terms, Rounding last = rne,
                        std::uint32_t random = 0);

/// Puts the interleaved values x0, y0, x1, y1, ... of two runs that fall in magnitude into one such run: Batcher's
/// odd-even merge network, 3, 6 and 9 comparisons for runs of 2, 3 and 4.
void merge(BaseArithmetic& base, std::span<double> interleaved);

}  // namespace ulpsim::arithmetic

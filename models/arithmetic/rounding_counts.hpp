#pragma once
// What roundings did to the values of a tensor, in whole numbers: any tiling, threading and order gives the same counts.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/arithmetic/format.hpp"

namespace ulpsim::arithmetic {

/// Counts over the values that were rounded into one format. `Exact` is a value before its rounding (binary64, to
/// which it may itself have been rounded: errors are measured against that much). Of an mx format both are taken in units
/// of their block's scale, so that they compare with the elements' format; a NaN scale counts as 2^128.
struct RoundingCounts {
    std::uint64_t values = 0;
    std::uint64_t zeros = 0;          ///< zero before rounding
    std::uint64_t overflowed = 0;     ///< finite, and more than half a last place above the format's largest value, or
                                      ///< stored as infinity or NaN
    std::uint64_t underflowed = 0;    ///< not zero, stored as zero
    std::uint64_t subnormal = 0;      ///< stored as a subnormal (of an expansion: its head)
    std::uint64_t nonfinite = 0;      ///< stored as infinity or NaN, whatever came in
    std::uint64_t nans_replaced = 0;  ///< NaN before, stored as a number: the format has no NaN
    /// Values of which the error is summed: finite, not zero, not overflowed, not flushed by `:nosub`.
    std::uint64_t rounded = 0;
    /// Sums of stored - exact, and of |stored| - |exact| (negative: towards zero), in 2^-16 units in the last place of
    /// the exact value's binade, each rounded to a whole number (nearest even). The last place of an expansion of N
    /// terms of p bits is that of N p bits, or the smallest value of its last term where that is larger.
    std::int64_t error = 0, magnitude_error = 0;
    /// Expansions: stored inexactly, the last term zero or subnormal, the last of N p bits below its smallest value.
    std::uint64_t last_term_underflowed = 0;
    std::uint64_t lost_bits = 0;  ///< of these: how many of the N p bits lie below the smallest value of the last term
    /// Nothing, or a histogram of `exponent_bins` a term; bin i counts magnitudes in [2^(i-1074), 2^(i-1073)). [0]: finite
    /// nonzero values before rounding; [t]: the stored (t+1)-th terms of expansions, true magnitudes.
    std::vector<std::vector<std::uint64_t>> exponents;

    RoundingCounts& operator+=(const RoundingCounts& other);
    friend bool operator==(const RoundingCounts&, const RoundingCounts&) = default;
};
inline constexpr int lowest_exponent_bin = -1074;
inline constexpr std::size_t exponent_bins = 1074 + 1024;

/// A sum of finite binary64 values, exact, so that it does not depend on their order. Up to 2^42 values.
class AnyOrderSum {
public:
    void add(double value);
    AnyOrderSum& operator+=(const AnyOrderSum& other);
    double value() const;  ///< within a few units in the last place
    friend bool operator==(const AnyOrderSum&, const AnyOrderSum&) = default;

private:
    __extension__ using Wide = __int128;
    std::array<Wide, 64> bins_{};  // bin i: multiples of 2^(32 i - 1074)
};

/// What became of the updates of a weight, w -> w + d with the intended d = -learning_rate * v.
struct UpdateCounts {
    std::uint64_t updates = 0;   ///< d is finite and not zero
    std::uint64_t vanished = 0;  ///< of these: the stored weight is the one before
    AnyOrderSum intended;        ///< d * d
    AnyOrderSum effective;       ///< d * (stored weight after - before)

    /// The share of the intended descent that survives rounding, <d, effective step> / <d, d>: 1 is all of it, 0 none
    /// (effective descent quality over the length of d: Collage, Yu et al., ICML 2024). NaN without updates.
    double effective_descent() const { return effective.value() / intended.value(); }
    UpdateCounts& operator+=(const UpdateCounts& other);
    friend bool operator==(const UpdateCounts&, const UpdateCounts&) = default;
};

/// What the operations counted under one entry did. Only an update has more than a result (its master weights).
struct OperationCounts {
    bool histograms = false;  ///< count exponents too
    RoundingCounts result, velocity, weight;
    UpdateCounts update;

    OperationCounts& operator+=(const OperationCounts& other);
};

/// Counts the roundings into one format.
class RoundingCounter {
public:
    RoundingCounter(const Format& format, bool histograms, RoundingCounts& counts);

    /// `error` is stored - exact. Not for expansions. `scale_exponent`: of the block of an mx format.
    void add(double exact, double error, double stored, int scale_exponent = 0);
    /// `terms` are true magnitudes (the implicit factors applied).
    void add_expansion(double exact, double error, std::span<const double> terms);

private:
    bool classify(double exact, double stored);
    void add_error(double exact, double error);

    Format format_;
    RoundingCounts* counts_;
    double highest_, lowest_, smallest_normal_, last_smallest_normal_;  // beyond highest_ and lowest_ it overflows
    int places_, lowest_place_;  // the last place is that many exponents below the leading one, and not below this
    bool histograms_;
};

}  // namespace ulpsim::arithmetic

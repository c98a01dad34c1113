#include "models/arithmetic/rounding_counts.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ulpsim::arithmetic {
namespace {

/// floor(log2(|x|)) of a finite x that is not zero.
int exponent_of(double x) {
    const auto biased = static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff);
    return biased != 0 ? biased - 1023 : std::ilogb(x);
}

/// x 2^n, rounded if it falls below the normal values.
double scaled(double x, int n) {
    if (n < -1022 || n > 1023) return std::ldexp(x, n);
    return x * std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

void note_exponent(std::vector<std::uint64_t>& histogram, double x) {
    ++histogram[static_cast<std::size_t>(exponent_of(x) - lowest_exponent_bin)];
}

}  // namespace

RoundingCounts& RoundingCounts::operator+=(const RoundingCounts& other) {
    values += other.values;
    zeros += other.zeros;
    overflowed += other.overflowed;
    underflowed += other.underflowed;
    subnormal += other.subnormal;
    nonfinite += other.nonfinite;
    nans_replaced += other.nans_replaced;
    rounded += other.rounded;
    error += other.error;
    magnitude_error += other.magnitude_error;
    last_term_underflowed += other.last_term_underflowed;
    lost_bits += other.lost_bits;
    if (exponents.size() < other.exponents.size())
        exponents.resize(other.exponents.size(), std::vector<std::uint64_t>(exponent_bins));
    for (std::size_t term = 0; term < other.exponents.size(); ++term)
        for (std::size_t bin = 0; bin < exponent_bins; ++bin) exponents[term][bin] += other.exponents[term][bin];
    return *this;
}

void AnyOrderSum::add(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t biased = bits >> 52 & 0x7ff, fraction = bits & ((std::uint64_t{1} << 52) - 1);
    if (biased == 0x7ff) return;
    const std::uint64_t place = biased == 0 ? 0 : biased - 1;  // of the last bit, above 2^-1074
    const Wide significand = static_cast<Wide>(biased == 0 ? fraction : fraction | std::uint64_t{1} << 52)
                             << (place % 32);
    bins_[place / 32] += bits >> 63 != 0 ? -significand : significand;
}

AnyOrderSum& AnyOrderSum::operator+=(const AnyOrderSum& other) {
    for (std::size_t i = 0; i < bins_.size(); ++i) bins_[i] += other.bins_[i];
    return *this;
}

double AnyOrderSum::value() const {
    double sum = 0;
    for (std::size_t i = bins_.size(); i-- > 0;)
        sum += std::ldexp(static_cast<double>(bins_[i]), 32 * static_cast<int>(i) - 1074);
    return sum;
}

UpdateCounts& UpdateCounts::operator+=(const UpdateCounts& other) {
    updates += other.updates;
    vanished += other.vanished;
    intended += other.intended;
    effective += other.effective;
    return *this;
}

OperationCounts& OperationCounts::operator+=(const OperationCounts& other) {
    result += other.result;
    velocity += other.velocity;
    weight += other.weight;
    update += other.update;
    return *this;
}

RoundingCounter::RoundingCounter(const Format& format, bool histograms, RoundingCounts& counts)
    : format_(format), counts_(&counts), histograms_(histograms) {
    const Format element = format.element();
    const int offset = format.term_step * (format.terms - 1);
    const int largest_place = std::max(emax(element), format.emin()) - format.mantissa_bits;
    const double half_place = std::ldexp(1.0, largest_place - 1);
    highest_ = largest_finite(element) + half_place;
    lowest_ = lowest_finite(element) - half_place;
    smallest_normal_ = smallest_normal(element);
    last_smallest_normal_ = std::ldexp(smallest_normal_, -offset);
    places_ = format.precision() * format.terms - 1;
    if (histograms && counts.exponents.size() < format.terms)
        counts.exponents.resize(format.terms, std::vector<std::uint64_t>(exponent_bins));
    lowest_place_ = format.emin() - format.mantissa_bits - offset;
}

bool RoundingCounter::classify(double exact, double stored) {
    RoundingCounts& counts = *counts_;
    ++counts.values;
    const bool is_finite = std::isfinite(stored);
    if (!is_finite) ++counts.nonfinite;
    if (std::isnan(exact) && is_finite) ++counts.nans_replaced;
    if (!std::isfinite(exact)) return false;
    if (exact == 0) {
        ++counts.zeros;
        return false;
    }
    if (histograms_) note_exponent(counts.exponents[0], exact);
    if (!is_finite || exact > highest_ || exact < lowest_) {
        ++counts.overflowed;
        return false;
    }
    if (stored == 0) {
        ++counts.underflowed;
        return format_.subnormals;
    }
    if (std::fabs(stored) < smallest_normal_) ++counts.subnormal;
    return true;
}

void RoundingCounter::add_error(double exact, double error) {
    ++counts_->rounded;
    if (error == 0) return;
    const int last_place = std::max(exponent_of(exact) - places_, lowest_place_);
    // An error is a few last places; the bound keeps the sums whole whatever an expansion has lost.
    const double units = std::clamp(scaled(error, 16 - last_place), -0x1p50, 0x1p50);
    constexpr double to_whole = 0x1.8p52;
    const auto whole = static_cast<std::int64_t>((units + to_whole) - to_whole);
    counts_->error += whole;
    counts_->magnitude_error += exact < 0 ? -whole : whole;
}

void RoundingCounter::add(double exact, double error, double stored, int scale_exponent) {
    if (scale_exponent != 0) {
        const double in_units = scaled(exact, -scale_exponent);
        // Far below the scale it is not zero yet.
        exact = in_units == 0 ? std::copysign(std::min(std::fabs(exact), 0x1p-1074), exact) : in_units;
        error = scaled(error, -scale_exponent);
        stored = scaled(stored, -scale_exponent);
    }
    if (classify(exact, stored)) add_error(exact, error);
}

void RoundingCounter::add_expansion(double exact, double error, std::span<const double> terms) {
    if (!classify(exact, terms[0])) return;
    add_error(exact, error);
    const int lost = lowest_place_ - (exponent_of(exact) - places_);
    if (error != 0 && lost > 0 && std::fabs(terms.back()) < last_smallest_normal_) {
        ++counts_->last_term_underflowed;
        counts_->lost_bits += static_cast<std::uint64_t>(lost);
    }
    if (!histograms_) return;
    for (std::size_t t = 1; t < terms.size(); ++t)
        if (terms[t] != 0) note_exponent(counts_->exponents[t], terms[t]);
}

}  // namespace ulpsim::arithmetic

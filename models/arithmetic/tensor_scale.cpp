#include "models/arithmetic/tensor_scale.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

constexpr int smallest_exponent = -1000;

/// The smallest e with |x| <= |limit| * 2^e, for numbers that are not zero.
int exponent_of_quotient(double x, double limit) {
    const int of_x = std::ilogb(x), of_limit = std::ilogb(limit);
    const bool exceeds = std::fabs(std::scalbn(x, -of_x)) > std::fabs(std::scalbn(limit, -of_limit));
    return of_x - of_limit + (exceeds ? 1 : 0);
}

}  // namespace

Extremes extremes(const ConstMatrix& in) {
    Extremes result;
    std::vector<double> row(in.columns);
    for (std::uint64_t i = 0; i < in.rows; ++i) {
        in.format.is_expansion() ? unpack_sum(in, i, row.data()) : unpack_row(in, i, 0, in.columns, row.data());
        double low = 0, high = 0;
        bool is_finite = true;
        for (const double value : row) {
            low = std::min(low, value);
            high = std::max(high, value);
            is_finite = is_finite && std::isfinite(value);
        }
        result = join(result, is_finite ? Extremes{low, high} : Extremes{NAN, NAN});
    }
    return result;
}

Extremes join(const Extremes& a, const Extremes& b) {
    if (std::isnan(a.low) || std::isnan(b.low)) return {NAN, NAN};
    return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

double power_of_two_scale(const Format& format, const Extremes& values) {
    if (std::isnan(values.low)) return NAN;
    if (values.low == 0 && values.high == 0) return 1;
    int exponent = smallest_exponent;
    if (values.low < 0) exponent = std::max(exponent, exponent_of_quotient(values.low, lowest_finite(format)));
    if (values.high > 0) exponent = std::max(exponent, exponent_of_quotient(values.high, largest_finite(format)));
    return std::ldexp(1.0, exponent);
}

}  // namespace ulpsim::arithmetic

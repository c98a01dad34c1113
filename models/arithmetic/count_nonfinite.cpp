#include <cmath>

#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {

namespace {

template <class Predicate>
std::uint64_t count_where(const ConstMatrix& in, Predicate holds) {
    std::uint64_t count = 0;
    for (std::uint64_t row = 0; row < in.rows;
         ++row)  // the tails of a term that is not finite are zero: the head tells
        for (const double value : unpack_row(in, row)) count += holds(value) ? 1 : 0;
    return count;
}

}  // namespace

std::uint64_t count_nonfinite(const ConstMatrix& in) {
    return count_where(in, [](double value) { return !std::isfinite(value); });
}

std::uint64_t count_nan(const ConstMatrix& in) {
    return count_where(in, [](double value) { return std::isnan(value); });
}

}  // namespace ulpsim::arithmetic

#include <cmath>

#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {

std::uint64_t count_nonfinite(const ConstMatrix& in) {
    std::uint64_t count = 0;
    for (std::uint64_t row = 0; row < in.rows;
         ++row)  // the tails of a term that is not finite are zero: the head tells
        for (const double value : unpack_row(in, row)) count += std::isfinite(value) ? 0 : 1;
    return count;
}

}  // namespace ulpsim::arithmetic

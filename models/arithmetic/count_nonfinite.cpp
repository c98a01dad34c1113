#include <algorithm>
#include <cmath>

#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {

std::uint64_t count_nonfinite(const ConstMatrix& in) {
    std::uint64_t count = 0;
    // The tails of a term that is not finite are zero: the head tells.
    for (std::uint64_t row = 0; row < in.rows; ++row)
        count += static_cast<std::uint64_t>(
            std::ranges::count_if(unpack_row(in, row), [](double value) { return !std::isfinite(value); }));
    return count;
}

}  // namespace ulpsim::arithmetic

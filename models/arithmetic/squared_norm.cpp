#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {

void add_squares(const ConstMatrix& in, bool first, const Matrix& sums) {
    std::vector<double> running = first ? std::vector<double>(in.columns, 0.0) : unpack_row(sums, 0);
    for (std::uint64_t row = 0; row < in.rows; ++row) {
        const std::vector<double> values = unpack_row(in, row);
        for (std::uint64_t column = 0; column < in.columns; ++column)
            running[column] = round_multiply_add(sums.format, rne, values[column], values[column], running[column]);
    }
    pack(sums.format, running.data(), 0, in.columns, sums.bytes);
}

void add_up(const ConstMatrix& sums, bool first, const Matrix& total) {
    double sum = 0;
    if (!first) unpack_row(total, 0, 0, 1, &sum);
    for (const double each : unpack_row(sums, 0)) sum = round_multiply_add(total.format, rne, 1.0, each, sum);
    pack(total.format, &sum, 0, 1, total.bytes);
}

}  // namespace ulpsim::arithmetic

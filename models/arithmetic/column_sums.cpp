#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {

void column_sums(const ColumnSums& operation, const ConstMatrix& in, const Matrix& sums, const Matrix& out,
                 const Coordinates& coordinates) {
    if (in.format.is_expansion()) throw Error("column sums: input is an expansion; allowed: formats of one term");
    const bool starts = operation.first_row == 0;
    if (sums.bytes == nullptr && !(starts && operation.last))
        throw Error("column sums: a part of the rows needs a place for the running sums");
    std::vector<double> running = starts ? std::vector<double>(in.columns, 0.0) : unpack_row(sums, 0);
    for (std::uint64_t row = 0; row < in.rows; ++row) {
        const auto values = unpack_row(in, row);
        for (std::uint64_t column = 0; column < in.columns; ++column) {
            const auto random = draw(operation.accumulator_rounding, coordinates.key, coordinates.element(0, column),
                                     operation.first_row + row, Stream::accumulate);
            running[column] = round_multiply_add(operation.accumulator, operation.accumulator_rounding, 1.0,
                                                 values[column], running[column], random);
        }
    }
    if (sums.bytes != nullptr) pack(operation.accumulator, running.data(), 0, in.columns, sums.bytes);
    if (!operation.last) return;
    for (std::uint64_t column = 0; column < in.columns; ++column) {
        const auto random = draw(operation.rounding, coordinates.key, coordinates.element(0, column), 0, Stream::other);
        const double rounded =
            round_to(out.format, operation.rounding, exact_product(operation.factor, running[column]), random);
        pack(out.format, &rounded, column, 1, out.bytes);
    }
}

}  // namespace ulpsim::arithmetic

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "models/arithmetic/encode_row.hpp"
#include "models/arithmetic/error.hpp"
#include "models/arithmetic/kernels/step_choice.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/store_rounded.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

/// Adds all rows to the running sums of `count` columns by vectors, in binary32. False where no step gives the
/// rounding.
bool add_rows_by_vectors(const ColumnSums& operation, const ConstMatrix& in, std::vector<double>& running) {
    if (operation.accumulator_rounding != rne || !kernels::decoder<float>(operation.accumulator)) return false;
    const auto step = kernels::choose_step(in.format, fp32, operation.accumulator, HUGE_VAL);
    if (!step) return false;
    const auto constants = kernels::step_constants(*step, operation.accumulator);
    const auto add = kernels::kernels().multiply_add[kernels::index_of(*step)];
    for_each_piece(0, in.columns, [&](std::uint64_t first, std::uint64_t count) {
        alignas(64) std::array<float, row_piece> sums{}, row{};
        std::transform(running.begin() + static_cast<std::ptrdiff_t>(first),
                       running.begin() + static_cast<std::ptrdiff_t>(first + count), sums.begin(),
                       [](double x) { return static_cast<float>(x); });
        for (std::uint64_t i = 0; i < in.rows; ++i) {
            unpack(in.format, in.bytes + i * in.pitch, first, count, row.data());
            add(constants, 1, row.data(), count, sums.data());
        }
        std::copy_n(sums.begin(), count, running.begin() + static_cast<std::ptrdiff_t>(first));
    });
    return true;
}

void add_rows(const ColumnSums& operation, const ConstMatrix& in, const Coordinates& coordinates,
              std::vector<double>& running) {
    for (std::uint64_t row = 0; row < in.rows; ++row) {
        const auto values = unpack_row(in, row);
        for (std::uint64_t column = 0; column < in.columns; ++column) {
            const auto random = draw(operation.accumulator_rounding, coordinates.key, coordinates.element(0, column),
                                     operation.first_row + row, Stream::accumulate);
            running[column] = round_multiply_add(operation.accumulator, operation.accumulator_rounding, 1.0,
                                                 values[column], running[column], random);
        }
    }
}

}  // namespace

void column_sums(const ColumnSums& operation, const ConstMatrix& in, const Matrix& sums, const Matrix& out,
                 const Coordinates& coordinates) {
    if (in.format.is_expansion()) throw Error("column sums: input is an expansion; allowed: formats of one term");
    if (operation.accumulator.is_mx())
        throw Error("column sums: accumulator is " + name(operation.accumulator) +
                    "; allowed: formats that are not mx");
    const bool starts = operation.first_row == 0;
    if (sums.bytes == nullptr && !(starts && operation.last))
        throw Error("column sums: a part of the rows needs a place for the running sums");
    std::vector<double> running = starts ? std::vector<double>(in.columns, 0.0) : unpack_row(sums, 0);
    if (!add_rows_by_vectors(operation, in, running)) add_rows(operation, in, coordinates, running);
    if (sums.bytes != nullptr) pack(operation.accumulator, running.data(), 0, in.columns, sums.bytes);
    if (!operation.last) return;
    if (out.format.is_expansion()) {  // term by term, as any conversion to an expansion
        std::vector<std::uint8_t> memory(packed_bytes(operation.accumulator, 1, in.columns));
        const Matrix totals = dense(operation.accumulator, memory.data(), 1, in.columns);
        pack(operation.accumulator, running.data(), 0, in.columns, totals.bytes);
        Epilogue epilogue;
        epilogue.factor = operation.factor;
        epilogue.rounding = operation.rounding;
        return convert(totals, epilogue, out, coordinates, 1);
    }
    std::vector<Unrounded> totals(in.columns);
    for (std::uint64_t column = 0; column < in.columns; ++column)
        totals[column] = exact_product(operation.factor, running[column]);
    store_rounded(out, 0, 0, totals, operation.rounding, coordinates);
}

}  // namespace ulpsim::arithmetic

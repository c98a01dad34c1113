#include <array>
#include <cmath>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/terms.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

void check_shapes(const char* what, const ConstMatrix& in, const ConstMatrix& out) {
    if (in.rows != out.rows || in.columns != out.columns)
        throw Error(std::string(what) + ": " + std::to_string(in.rows) + " x " + std::to_string(in.columns) + " into " +
                    std::to_string(out.rows) + " x " + std::to_string(out.columns));
}

/// Rounds an exact sum and writes it, term by term where `out` is an expansion.
void store(const Matrix& out, Rounding rounding, const ExactSum& sum, std::uint32_t random, std::uint64_t row,
           std::uint64_t column) {
    std::array<double, 4> terms{};
    round_terms(out.format, rounding, sum, random, terms);
    for (std::uint64_t term = 0; term < out.format.terms; ++term)
        pack(out.format.element(), &terms[term], column, 1, out.bytes + row * out.pitch + term * out.plane);
}

Unrounded activate(Activation activation, const Unrounded& value, double mask) {
    const bool is_positive = value.kind != Unrounded::Kind::nan && !value.negative;
    switch (activation) {
        case Activation::none:
            return value;
        case Activation::relu:
            return is_positive || value.kind == Unrounded::Kind::nan ? value : Unrounded{};
        case Activation::relu_gradient:
            return mask > 0 ? value : Unrounded{};
    }
    return value;
}

void convert_row(const ConstMatrix& in, const Epilogue& epilogue, const Matrix& out, const Coordinates& coordinates,
                 std::uint64_t row) {
    const auto values = unpack_row(in, row);
    std::vector<double> mask(in.columns, 1.0);
    if (epilogue.activation == Activation::relu_gradient) {
        std::fill(mask.begin(), mask.end(), 0.0);
        unpack_row(epilogue.mask, row, 0, in.columns, mask.data());
    }
    std::uint8_t* bytes = out.bytes + row * out.pitch;
    for (std::uint64_t column = 0; column < in.columns; ++column) {
        const Unrounded value =
            activate(epilogue.activation, exact_product(epilogue.factor, values[column]), mask[column]);
        const auto random =
            draw(epilogue.rounding, coordinates.key, coordinates.element(row, column), 0, Stream::other);
        if (out.format.is_expansion()) {
            ExactSum sum;
            sum.add(value);
            store(out, epilogue.rounding, sum, random, row, column);
        } else {
            const double rounded = round_to(out.format, epilogue.rounding, value, random);
            pack(out.format, &rounded, column, 1, bytes);
        }
    }
}

}  // namespace

void convert(const ConstMatrix& in, const Epilogue& epilogue, const Matrix& out, const Coordinates& coordinates,
             unsigned threads) {
    check_shapes("conversion", in, out);
    if (epilogue.activation == Activation::relu_gradient) check_shapes("mask of a conversion", epilogue.mask, out);
    if (in.format.is_expansion()) throw Error("conversion: input is an expansion; allowed: formats of one term");
    parallel_for(in.rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t row = first; row < last; ++row) convert_row(in, epilogue, out, coordinates, row);
    });
}

void convert_expansion(const ConstMatrix& in, Rounding rounding, const Matrix& out, const Coordinates& coordinates,
                       unsigned threads) {
    check_shapes("conversion", in, out);
    parallel_for(in.rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t row = first; row < last; ++row) {
            std::array<std::vector<double>, 4> terms;
            for (std::uint64_t term = 0; term < in.format.terms; ++term) terms[term] = unpack_row(in, row, term);
            for (std::uint64_t column = 0; column < in.columns; ++column) {
                ExactSum sum;
                for (int term = 0; term < in.format.terms; ++term) {
                    Unrounded value = exact(terms[static_cast<std::size_t>(term)][column]);
                    value.exponent -= term * in.format.term_step;
                    sum.add(value);
                }
                store(out, rounding, sum,
                      draw(rounding, coordinates.key, coordinates.element(row, column), 0, Stream::other), row, column);
            }
        }
    });
}

}  // namespace ulpsim::arithmetic

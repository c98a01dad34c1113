#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "models/arithmetic/encode_row.hpp"
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

/// j with factor = 2^j, if there is one.
std::optional<int> exponent_of_power(double factor) {
    int exponent = 0;
    if (std::frexp(factor, &exponent) != 0.5) return {};
    return exponent - 1;
}

/// One conversion, with the fastest way to do it chosen once.
class Conversion {
public:
    Conversion(const ConstMatrix& in, const Epilogue& epilogue, const Matrix& out, const Coordinates& coordinates)
        : in_(in), epilogue_(epilogue), out_(out), coordinates_(coordinates), scales_(epilogue.factor != 1) {
        choose();
    }

    void part_of_row(std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
        for_each_piece(first, count, [&](std::uint64_t start, std::uint64_t size) {
            if (narrow_)
                in_binary32(row, start, size);
            else if (wide_)
                in_binary64(row, start, size);
            else
                one_by_one(row, start, size);
        });
    }

private:
    void choose() {
        const double factor = epilogue_.factor;
        const bool keeps_sign = factor > 0;  // so that the activation commutes with the factor
        if (out_.format.is_expansion() || !keeps_sign || !kernels::decoder<float>(in_.format)) return;
        if (epilogue_.activation == Activation::relu_gradient && !kernels::decoder<float>(epilogue_.mask.format))
            return;
        if (const auto exponent = exponent_of_power(factor))
            narrow_ = kernels::encoder<float>(out_.format, epilogue_.rounding, *exponent);
        if (narrow_) return;
        // The product with a binary32 value, rounded to odd at 53 bits, has the bits that this rounding looks at.
        const int looked_at = out_.format.precision() + epilogue_.rounding.random_bits + 2;
        const bool in_range = factor > 0x1p-600 && factor < 0x1p600;
        if (!scales_ || (in_range && looked_at <= 53))
            wide_ = kernels::encoder<double>(out_.format, epilogue_.rounding);
    }

    /// Decoded input after the activation.
    void activated(std::uint64_t row, std::uint64_t first, std::uint64_t count, float* values) const {
        unpack(in_.format, in_.bytes + row * in_.pitch, first, count, values);
        if (epilogue_.activation == Activation::relu) kernels::kernels().relu(count, values);
        if (epilogue_.activation != Activation::relu_gradient) return;
        const ConstMatrix& mask = epilogue_.mask;
        std::array<float, row_piece> mask_values;
        unpack(mask.format, mask.bytes + row * mask.pitch, first, count, mask_values.data());
        kernels::kernels().pass_where_positive(mask_values.data(), count, values);
    }

    void in_binary32(std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
        std::array<float, row_piece> values;
        activated(row, first, count, values.data());
        encode_row(out_.format, *narrow_, values.data(), first, count, coordinates_.key,
                   coordinates_.element(row, first), out_.bytes + row * out_.pitch);
    }

    void in_binary64(std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
        std::array<float, row_piece> values;
        std::array<double, row_piece> scaled;
        activated(row, first, count, values.data());
        std::copy_n(values.begin(), count, scaled.begin());
        if (scales_) kernels::kernels().scale_to_odd(epilogue_.factor, count, scaled.data());
        encode_row(out_.format, *wide_, scaled.data(), first, count, coordinates_.key, coordinates_.element(row, first),
                   out_.bytes + row * out_.pitch);
    }

    /// The definition.
    void one_by_one(std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
        std::array<double, row_piece> values, mask;
        std::array<double, 4> terms{};
        unpack_row(in_, row, first, count, values.data());
        if (epilogue_.activation == Activation::relu_gradient)
            unpack_row(epilogue_.mask, row, first, count, mask.data());
        for (std::uint64_t i = 0; i < count; ++i) {
            Unrounded value = exact_product(epilogue_.factor, values[i]);
            const bool is_nan = value.kind == Unrounded::Kind::nan;
            if (epilogue_.activation == Activation::relu && value.negative && !is_nan) value = {};
            if (epilogue_.activation == Activation::relu_gradient && !(mask[i] > 0)) value = {};
            const std::uint64_t column = first + i;
            const auto random =
                draw(epilogue_.rounding, coordinates_.key, coordinates_.element(row, column), 0, Stream::other);
            if (out_.format.is_expansion()) {
                ExactSum sum;
                sum.add(value);
                round_terms(out_.format, epilogue_.rounding, sum, random, terms);
            } else {
                terms[0] = round_to(out_.format, epilogue_.rounding, value, random);
            }
            store_terms(out_, row, column, terms);
        }
    }

    ConstMatrix in_;
    Epilogue epilogue_;
    Matrix out_;
    Coordinates coordinates_;
    bool scales_;
    std::optional<kernels::Encoder<float>> narrow_;
    std::optional<kernels::Encoder<double>> wide_;
};

}  // namespace

void convert(const ConstMatrix& in, const Epilogue& epilogue, const Matrix& out, const Coordinates& coordinates,
             unsigned threads) {
    check_shapes("conversion", in, out);
    const bool masked = epilogue.activation == Activation::relu_gradient;
    if (masked) check_shapes("mask of a conversion", epilogue.mask, out);
    if (in.format.is_expansion()) throw Error("conversion: input is an expansion; allowed: formats of one term");
    ConstMatrix in_rows = in;
    Matrix out_rows = out;
    Epilogue rest = epilogue;
    Coordinates at = coordinates;
    if (joins_rows(in) && joins_rows(out) && (!masked || joins_rows(epilogue.mask)) &&
        coordinates.total_columns == in.columns) {
        in_rows = as_one_row(in);
        out_rows = as_one_row(out);
        if (masked) rest.mask = as_one_row(epilogue.mask);
        at = one_row(coordinates, in_rows.columns);
    }
    const Conversion conversion(in_rows, rest, out_rows, at);
    for_each_part(in_rows.rows, in_rows.columns, threads,
                  [&](std::uint64_t row, std::uint64_t first, std::uint64_t count) {
                      conversion.part_of_row(row, first, count);
                  });
}

void convert_expansion(const ConstMatrix& in, Rounding rounding, const Matrix& out, const Coordinates& coordinates,
                       unsigned threads) {
    check_shapes("conversion", in, out);
    parallel_for(in.rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        std::array<double, 4> terms{}, result{};
        for (std::uint64_t row = first; row < last; ++row) {
            for (std::uint64_t column = 0; column < in.columns; ++column) {
                load_terms(in, row, column, terms);
                convert_terms(in.format, {terms.data(), in.format.terms}, 1.0, out.format, rounding,
                              draw(rounding, coordinates.key, coordinates.element(row, column), 0, Stream::other),
                              result);
                store_terms(out, row, column, result);
            }
        }
    });
}

}  // namespace ulpsim::arithmetic

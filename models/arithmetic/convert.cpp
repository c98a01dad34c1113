#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "models/arithmetic/encode_row.hpp"
#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/store_rounded.hpp"
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
        if (out_.format.is_mx()) return in_blocks(row, first, count);
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
        const bool binary32_factor = static_cast<double>(static_cast<float>(factor)) == factor;
        exact_products_ = !scales_ || (binary32_factor && fits_binary32(in_.format));
        if (out_.format.is_mx()) return;
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

    /// The definition, up to the rounding.
    void exact_values(std::uint64_t row, std::uint64_t first, std::uint64_t count, Unrounded* results) const {
        std::array<double, row_piece> values, mask;
        unpack_row(in_, row, first, count, values.data());
        if (epilogue_.activation == Activation::relu_gradient)
            unpack_row(epilogue_.mask, row, first, count, mask.data());
        for (std::uint64_t i = 0; i < count; ++i) {
            results[i] = exact_product(epilogue_.factor, values[i]);
            const bool is_nan = results[i].kind == Unrounded::Kind::nan;
            if (epilogue_.activation == Activation::relu && results[i].negative && !is_nan) results[i] = {};
            if (epilogue_.activation == Activation::relu_gradient && !(mask[i] > 0)) results[i] = {};
        }
    }

    void one_by_one(std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
        std::array<Unrounded, row_piece> values;
        exact_values(row, first, count, values.data());
        if (!out_.format.is_expansion())
            return store_rounded(out_, row, first, {values.data(), count}, epilogue_.rounding, coordinates_);
        std::array<double, 4> terms{};
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t column = first + i;
            const auto random =
                draw(epilogue_.rounding, coordinates_.key, coordinates_.element(row, column), 0, Stream::other);
            ExactSum sum;
            sum.add(values[i]);
            round_terms(out_.format, epilogue_.rounding, sum, random, terms);
            store_terms(out_, row, column, terms);
        }
    }

    /// Whole blocks of an mx row, some at a time. Products of binary32 values are exact in binary64.
    void in_blocks(std::uint64_t row, std::uint64_t first, std::uint64_t count) const {
        const std::uint64_t block = out_.format.block;
        const std::uint64_t most = std::max<std::uint64_t>(row_piece / block, 1) * block;
        thread_local std::vector<Unrounded> unrounded;
        thread_local std::vector<double> values, mask;
        for (std::uint64_t done = 0; done < count; done += most) {
            const std::uint64_t size = std::min(most, count - done), start = first + done;
            if (!exact_products_) {
                unrounded.resize(size);
                for_each_piece(0, size, [&](std::uint64_t piece, std::uint64_t length) {
                    exact_values(row, start + piece, length, unrounded.data() + piece);
                });
                store_rounded(out_, row, start, unrounded, epilogue_.rounding, coordinates_);
                continue;
            }
            values.resize(size);
            unpack_row(in_, row, start, size, values.data());
            for (double& value : values) value *= epilogue_.factor;
            if (epilogue_.activation == Activation::relu)
                for (double& value : values) value = std::signbit(value) && !std::isnan(value) ? 0 : value;
            if (epilogue_.activation == Activation::relu_gradient) {
                mask.resize(size);
                unpack_row(epilogue_.mask, row, start, size, mask.data());
                for (std::uint64_t i = 0; i < size; ++i) values[i] = mask[i] > 0 ? values[i] : 0;
            }
            round_and_pack(out_.format, epilogue_.rounding, values.data(), start, size, coordinates_.key,
                           coordinates_.element(row, start), out_.bytes + row * out_.pitch);
        }
    }

    ConstMatrix in_;
    Epilogue epilogue_;
    Matrix out_;
    Coordinates coordinates_;
    bool scales_;
    bool exact_products_ = false;  ///< factor * in is a binary64 value
    std::optional<kernels::Encoder<float>> narrow_;
    std::optional<kernels::Encoder<double>> wide_;
};

template <class Real>
void transpose_values(const ConstMatrix& in, Real* out) {
    std::vector<Real> row(in.columns);
    for (std::uint64_t i = 0; i < in.rows; ++i) {
        unpack(in.format, in.bytes + i * in.pitch, 0, in.columns, row.data());
        for (std::uint64_t j = 0; j < in.columns; ++j) out[j * in.rows + i] = row[j];
    }
}

/// The same terms in `memory`, columns as rows.
ConstMatrix transpose_terms(const ConstMatrix& in, std::vector<std::uint8_t>& memory) {
    memory.resize(packed_bytes(in.format, in.columns, in.rows));
    const Matrix out = dense(in.format, memory.data(), in.columns, in.rows);
    std::vector<double> values(in.rows * in.columns);
    for (std::uint64_t term = 0; term < in.format.terms; ++term) {
        ConstMatrix plane = in;
        plane.format = in.format.element();
        plane.bytes += term * in.plane;
        transpose_values(plane, values.data());
        for (std::uint64_t row = 0; row < out.rows; ++row)
            pack(plane.format, values.data() + row * out.columns, 0, out.columns,
                 out.bytes + term * out.plane + row * out.pitch);
    }
    return dense(in.format, static_cast<const std::uint8_t*>(memory.data()), in.columns, in.rows);
}

/// The same values in binary32 or binary64 in `memory`, columns as rows.
ConstMatrix transpose(const ConstMatrix& in, std::vector<std::uint8_t>& memory) {
    const Format& format = fits_binary32(in.format) ? fp32 : fp64;
    memory.resize(packed_bytes(format, in.columns, in.rows));
    if (format == fp32)
        transpose_values(in, reinterpret_cast<float*>(memory.data()));
    else
        transpose_values(in, reinterpret_cast<double*>(memory.data()));
    return dense(format, static_cast<const std::uint8_t*>(memory.data()), in.columns, in.rows);
}

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
    if (out.format.is_mx()) {
        parallel_for(in.rows, 4096 / (in.columns + 1) + 1, threads, [&](std::uint64_t first, std::uint64_t last) {
            for (std::uint64_t row = first; row < last; ++row) conversion.part_of_row(row, 0, in.columns);
        });
        return;
    }
    for_each_part(in_rows.rows, in_rows.columns, threads,
                  [&](std::uint64_t row, std::uint64_t first, std::uint64_t count) {
                      conversion.part_of_row(row, first, count);
                  });
}

void convert_transposed(const ConstMatrix& in, const Epilogue& epilogue, const Matrix& out,
                        const Coordinates& coordinates, unsigned threads) {
    if (in.format.is_expansion()) throw Error("conversion: input is an expansion; allowed: formats of one term");
    Epilogue transposed = epilogue;
    std::vector<std::uint8_t> memory, mask_memory;
    const ConstMatrix turned = transpose(in, memory);
    if (epilogue.activation == Activation::relu_gradient) {
        check_shapes("mask of a conversion", epilogue.mask, in);
        transposed.mask = transpose(epilogue.mask, mask_memory);
    }
    convert(turned, transposed, out, coordinates, threads);
}

void convert_expansion(const ConstMatrix& in, Rounding rounding, const Matrix& out, const Coordinates& coordinates,
                       unsigned threads) {
    check_shapes("conversion", in, out);
    parallel_for(in.rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        std::array<double, 4> terms{}, result{};
        for (std::uint64_t row = first; row < last; ++row) {
            if (out.format.is_mx()) {
                std::vector<Unrounded> sums(in.columns);
                for (std::uint64_t column = 0; column < in.columns; ++column) {
                    load_terms(in, row, column, terms);
                    sums[column] = exact_sum_of(in.format, {terms.data(), in.format.terms}, 1.0).value(false);
                }
                store_rounded(out, row, 0, sums, rounding, coordinates);
                continue;
            }
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

void convert_tensor(const ConstMatrix& in, bool transpose, double scale, Rounding rounding, const Matrix& out,
                    const Coordinates& coordinates, unsigned threads) {
    int exponent = 0;
    const bool is_power_of_two = std::frexp(scale, &exponent) == 0.5;
    if (scale != 1 && (in.format.is_expansion() || !is_power_of_two)) {
        std::vector<double> quotients(in.rows * in.columns);
        for (std::uint64_t row = 0; row < in.rows; ++row) {
            double* values = quotients.data() + row * in.columns;
            in.format.is_expansion() ? unpack_sum(in, row, values) : unpack_row(in, row, 0, in.columns, values);
        }
        for (double& value : quotients) value /= scale;
        const ConstMatrix divided =
            dense(fp64, reinterpret_cast<const std::uint8_t*>(quotients.data()), in.rows, in.columns);
        return convert_tensor(divided, transpose, 1, rounding, out, coordinates, threads);
    }
    if (in.format.is_expansion()) {
        std::vector<std::uint8_t> memory;
        const ConstMatrix source = transpose ? transpose_terms(in, memory) : in;
        return convert_expansion(source, rounding, out, coordinates, threads);
    }
    Epilogue epilogue;
    epilogue.factor = 1 / scale;
    epilogue.rounding = rounding;
    (transpose ? convert_transposed : convert)(in, epilogue, out, coordinates, threads);
}

}  // namespace ulpsim::arithmetic

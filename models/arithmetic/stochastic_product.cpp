#include "models/arithmetic/stochastic_product.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "models/arithmetic/encode_row.hpp"
#include "models/arithmetic/kernels/step_choice.hpp"
#include "models/arithmetic/parallel_for.hpp"

namespace ulpsim::arithmetic {
namespace {

/// A matrix as rows of binary32.
struct Rows {
    std::uint64_t stride = 0;
    std::vector<float> values;
    const float* row(std::uint64_t k) const { return values.data() + k * stride; }
};

/// op(M) with `rows` rows, transposed where `stored_by_columns`.
Rows unpack_rows(const ConstMatrix& matrix, bool stored_by_columns, std::uint64_t rows, std::uint64_t columns) {
    Rows result;
    result.stride = columns;
    result.values.resize(rows * columns);
    if (!stored_by_columns) {
        for (std::uint64_t i = 0; i < rows; ++i)
            unpack(matrix.format, matrix.bytes + i * matrix.pitch, 0, columns, result.values.data() + i * columns);
        return result;
    }
    std::vector<float> line(rows);
    for (std::uint64_t j = 0; j < columns; ++j) {
        unpack(matrix.format, matrix.bytes + j * matrix.pitch, 0, rows, line.data());
        for (std::uint64_t i = 0; i < rows; ++i) result.values[i * columns + j] = line[i];
    }
    return result;
}

/// One rounding by srN to a format, and the words of a piece of a row that its bits come from.
class StochasticSum {
public:
    StochasticSum(const Format& format, Rounding rounding, Stream stream)
        : encoder_(*kernels::encoder<float>(format, rounding)),
          decoder_(*kernels::decoder<float>(format)),
          stream_(stream),
          draws_a_word_(rounding.random_bits <= 8    ? 4
                        : rounding.random_bits <= 16 ? 2
                                                     : 1) {}

    void start_piece(RandomKey key, std::uint64_t first_element, std::uint64_t count) {
        key_ = key;
        first_element_ = first_element;
        count_ = count;
        word_ = no_word;
    }
    /// y = a x + y, with the bits of addition k.
    void add(std::uint64_t k, float a, const float* x, float* y) {
        if (word_ != k / draws_a_word_) {
            word_ = k / draws_a_word_;
            random_words(key_, first_element_, count_, static_cast<std::uint32_t>(word_), stream_, words_.data());
        }
        const auto shift = static_cast<unsigned>(k % draws_a_word_ * (32 / draws_a_word_));
        kernels::kernels().stochastic_multiply_add(encoder_, decoder_, a, x, words_.data(), shift, count_, y);
    }

private:
    static constexpr std::uint64_t no_word = ~std::uint64_t{0};
    kernels::Encoder<float> encoder_;
    kernels::Decoder<float> decoder_;
    Stream stream_;
    std::uint64_t draws_a_word_;
    RandomKey key_;
    std::uint64_t first_element_ = 0, count_ = 0, word_ = no_word;
    alignas(64) std::array<std::uint32_t, row_piece> words_{};
};

bool serves(const Dot& dot) {
    const auto one = [&](const Format& format) {
        return kernels::decoder<float>(format) && kernels::encoder<float>(format, dot.rounding) &&
               kernels::odd_sum_serves(format, dot.rounding);
    };
    if (dot.rounding.mode != RoundingMode::sr || dot.product) return false;
    if (!kernels::decoder<float>(dot.a) || !kernels::decoder<float>(dot.b) || !one(dot.accumulator)) return false;
    return dot.order == Order::sequential || (dot.order == Order::chunk && one(dot.outer));
}

}  // namespace

bool stochastic_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                        unsigned threads) {
    const Dot& dot = product.dot;
    if (!serves(dot)) return false;
    const std::uint64_t rows = accumulators.rows, columns = accumulators.columns;
    const std::uint64_t depth = product.transpose_a ? product.a.rows : product.a.columns;
    const Rows a = unpack_rows(product.a, product.transpose_a, rows, depth);
    const Rows b = unpack_rows(product.b, product.transpose_b, depth, columns);
    const bool chunked = dot.order == Order::chunk;

    const auto run_piece = [&](std::uint64_t row, std::uint64_t first, std::uint64_t count) {
        StochasticSum inner(dot.accumulator, dot.rounding, Stream::accumulate);
        StochasticSum outer(result_format(dot), dot.rounding, Stream::outer);
        alignas(64) std::array<float, row_piece> total{}, sums{}, x{};
        std::uint8_t* bytes = accumulators.bytes + row * accumulators.pitch;
        if (product.start == Product::Start::resume) unpack(accumulators.format, bytes, first, count, total.data());
        if (product.start == Product::Start::bias)
            unpack(product.bias.format, product.bias.bytes, first, count, total.data());
        inner.start_piece(coordinates.key, coordinates.element(row, first), count);
        outer.start_piece(coordinates.key, coordinates.element(row, first), count);
        for (std::uint64_t k = 0; k < depth; ++k) {
            std::copy_n(b.row(k) + first, count, x.begin());
            inner.add(product.first_k + k, a.row(row)[k], x.data(), chunked ? sums.data() : total.data());
            if (!chunked || ((k + 1) % dot.length != 0 && k + 1 != depth)) continue;
            outer.add((product.first_k + k) / dot.length, 1, sums.data(), total.data());
            sums.fill(0);
        }
        pack(accumulators.format, total.data(), first, count, bytes);
    };
    parallel_for(rows, 1, threads, [&](std::uint64_t first_row, std::uint64_t last_row) {
        for (std::uint64_t row = first_row; row < last_row; ++row)
            for_each_piece(0, columns, [&](std::uint64_t first, std::uint64_t count) { run_piece(row, first, count); });
    });
    return true;
}

}  // namespace ulpsim::arithmetic

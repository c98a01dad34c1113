#pragma once
// The operations of training on packed matrices. Both executors call these, the reference executor on whole tensors, the
// platform's units on tiles: a result depends on its coordinates in the whole, never on the tile or on the threads.
#include <cstdint>

#include "models/arithmetic/dot.hpp"
#include "models/arithmetic/packing.hpp"
#include "models/arithmetic/rounding_counts.hpp"

namespace ulpsim::arithmetic {

/// Accumulates C += A B over one tile of k. op(A) is rows x depth, op(B) depth x columns; `transpose_a` means that `a` is
/// stored depth x rows, `transpose_b` that `b` is stored columns x depth. Expansion operands are split (dot.hpp). The blocks
/// of an mx operand run along k: `a` is not transposed then, or `b` is.
struct Product {
    Dot dot;
    ConstMatrix a{}, b{};
    bool transpose_a = false, transpose_b = false;
    std::uint64_t first_k =
        0;  ///< index of this tile's first product in the whole sum; a multiple of split_granule(dot)
    /// What the accumulators hold before: +0, the values already in `accumulators`, or the one-row matrix `bias` in every row.
    enum class Start : std::uint8_t { zero, resume, bias } start = Start::zero;
    /// 1 x columns; its format's values must all be values of the accumulator's format; an expansion is rounded to it (rne).
    ConstMatrix bias{};
};
/// `accumulators`: rows x columns in result_format(dot).
void matrix_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                    unsigned threads);

/// What happens to an accumulator on its way to the output: factor, then activation, then one rounding.
enum class Activation : std::uint8_t { none, relu, relu_gradient };
struct Epilogue {
    double factor = 1;  ///< the exact product with this binary64 value is what is rounded
    Activation activation = Activation::none;
    ConstMatrix mask{};  ///< relu_gradient: the layer's stored output; the value passes where it is > 0, else +0
    Rounding rounding;
};
/// out = round(activation(factor * in)), in and out of the same shape, any formats (in must not be an expansion).
/// relu: x > 0 ? x : +0, and NaN stays NaN. Also the plain conversion of a tensor to another format.
void convert(const ConstMatrix& in, const Epilogue& epilogue, const Matrix& out, const Coordinates& coordinates,
             unsigned threads);
/// out = round(activation(factor * in))^T: `out` has the rows that are columns of `in`, the mask the shape of `in`,
/// `coordinates` are those of `out`. So a second mx copy of a tensor gets its blocks along the other axis.
void convert_transposed(const ConstMatrix& in, const Epilogue& epilogue, const Matrix& out,
                        const Coordinates& coordinates, unsigned threads);
/// A conversion whose input is an expansion: the exact sum of the terms, rounded once (to an expansion: term by term).
void convert_expansion(const ConstMatrix& in, Rounding rounding, const Matrix& out, const Coordinates& coordinates,
                       unsigned threads);
/// out = round(in / scale), or its transpose, by whichever of the above serves the formats. The quotient by a scale that is
/// no power of two is one of binary64, rounded to nearest even, and so is the sum of an expansion that is scaled.
void convert_tensor(const ConstMatrix& in, bool transpose, double scale, Rounding rounding, const Matrix& out,
                    const Coordinates& coordinates, unsigned threads);

/// out = round(activation(a + factor * b)): the exact sum, rounded once; all of one shape. Operands and result may be
/// expansions. The sum of opposite numbers is +0, or -0 in rdn; in an expansion it is +0. Random bits: stream other, k = 0.
/// Throws Error for shapes that differ.
struct Combination {
    double factor = 1;
    Activation activation = Activation::none;
    ConstMatrix mask{};  ///< relu_gradient: passes where the mask's (first) term is > 0, else +0
    Rounding rounding;
};
void combine(const Combination& operation, const ConstMatrix& a, const ConstMatrix& b, const Matrix& out,
             const Coordinates& coordinates, unsigned threads);

/// Sum over the rows of each column, rows ascending from +0, each addition rounded to `accumulator`; the result times
/// `factor` rounded to out's format. `out` is 1 x columns. Random bits of the additions: stream accumulate, k = the row.
/// `coordinates` are those of `out`. Several tiles of rows: pass the running sums in `sums` (1 x columns, accumulator
/// format) and `first_row` > 0; `last` says that the output is due.
struct ColumnSums {
    Format accumulator = fp32;
    Rounding accumulator_rounding;
    double factor = 1;
    Rounding rounding;
    std::uint64_t first_row = 0;
    bool last = true;
};
void column_sums(const ColumnSums& operation, const ConstMatrix& in, const Matrix& sums, const Matrix& out,
                 const Coordinates& coordinates);

/// Softmax and cross-entropy of each row, max subtracted. Every exp, sum (columns ascending), division and log is rounded
/// to `format` (rne). error = (p - onehot) * factor rounded once to error's format.
/// `losses` (1 x 2, in `format`): the sum over the rows (ascending) of -log p[label], and the number of rows whose largest
/// logit (first one on ties) is the label. `counts`: where the roundings of the error are counted, or null.
struct SoftmaxCrossEntropy {
    Format format = fp32;
    double factor = 1;  ///< loss scale, and 1/batch where it is applied in the loss
    Rounding rounding;  ///< of the error
};
void softmax_cross_entropy(const SoftmaxCrossEntropy& operation, const ConstMatrix& logits, const ConstMatrix& labels,
                           const Matrix& error, const Matrix& losses, const Coordinates& coordinates,
                           OperationCounts* counts = nullptr);

/// Stochastic gradient descent with momentum and weight decay, element by element. Constants are binary32 values (binary64
/// when `state` is wider than binary32). Each line is one operation of the update unit, its exact result rounded once:
///   g  = state(unscale * gradient)                         (rne)
///   g  = state(weight_decay * w + g)                       (rne; only if weight_decay != 0; w: the head term of the master)
///   v  = state(momentum * v + g)                           (state_rounding; only if momentum != 0)
///   master a plain format:  w = master(-learning_rate * v + w)                                   (master_rounding)
///   master an expansion:    d = element(-learning_rate * v) (rne; with a step in the range of the last term);
///                           w = DWPlusFP(w, d) or its N-term form, rne but for the last term (master_rounding)
///       compensated (of two terms): Kahan's sum in four additions, (w0, w1) = Fast2Sum(w0, w1 + d), the inner one in
///                           master_rounding. The terms stay normalised as long as |w0| >= |w1 + d|; where it is smaller,
///                           as when a weight crosses zero, up to all of the smaller one's bits are lost.
///   weight = weight format(w)                              (weight_rounding; only if `weight` is not the master itself)
/// Random bits: stream other; k = 0 velocity, k = 1 master, k = 2 weight.
struct Update {
    double learning_rate = 0, momentum = 0, weight_decay = 0, unscale = 1;
    Format state = fp32;
    Rounding state_rounding, master_rounding, weight_rounding;
    bool compensated = false;  ///< only with a master of two terms and no step
};
/// `velocity.bytes` is null without momentum; `weight.bytes` is null when the master is itself the working weight.
/// All have the same shape. Returns how many elements had a non-zero gradient and an unchanged master.
std::uint64_t update(const Update& operation, const ConstMatrix& gradient, const Matrix& master, const Matrix& velocity,
                     const Matrix& weight, const Coordinates& coordinates, unsigned threads);

/// Adds the squares of the values of each column to `sums` (1 x columns), rows ascending, from +0 where they are the
/// `first` rows: sum = format of sums(x * x + sum), rne. Of expansions the heads are squared.
void add_squares(const ConstMatrix& in, bool first, const Matrix& sums);
/// Adds the `sums` to `total` (1 x 1, of one format), columns ascending, from +0 where they are the `first`, rne.
void add_up(const ConstMatrix& sums, bool first, const Matrix& total);

/// How many values are infinite or NaN.
std::uint64_t count_nonfinite(const ConstMatrix& in);

}  // namespace ulpsim::arithmetic

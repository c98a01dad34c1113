#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/arithmetic/operations.hpp"

namespace ulpsim::workloads {

/// Where a tensor lives and an operation runs.
enum class Place : std::uint8_t { host, accelerator };

/// What a tensor is for; an executor may place by it, health is counted by it.
enum class Role : std::uint8_t {
    input,
    label,
    weight,
    activation,
    error,
    gradient,
    master_weight,
    optimizer_state,
    metric
};

/// Handle of a tensor: a value. A view of some of its rows is the same id with fewer rows, from `first_row` on.
struct Tensor {
    std::uint32_t id = 0;  ///< 0: no tensor
    Place place = Place::accelerator;
    std::uint64_t rows = 0, columns = 0;
    arithmetic::Format format;
    std::uint64_t first_row = 0;
    bool selected = false;  ///< only in a Body: the rows from selection * `rows` on, another selection each iteration

    explicit operator bool() const { return id != 0; }
    Tensor first_rows(std::uint64_t count) const { return some_rows(0, count); }
    Tensor some_rows(std::uint64_t first, std::uint64_t count) const {
        Tensor view = *this;
        view.first_row = first_row + first;
        view.rows = count;
        return view;
    }
    /// Blocks of `count` rows, of which a loop selects one each iteration.
    Tensor selected_rows(std::uint64_t count) const {
        Tensor view = first_rows(count);
        view.selected = true;
        return view;
    }
};

/// What 1 of an int operand stands for, as one binary64 number (1 x 1) each; none: 1.
struct Scales {
    std::array<Tensor, 2> factors{};
    bool powers_of_two = true;  ///< scaling is a matter of exponents then, else it costs a multiplication an element
};

/// out = round(activation(factor * scales * (bias + op(a) op(b)))): one rounding at the end, the sums as `dot` says.
/// dot.a and dot.b are the operands' formats. Factor and scales are multiplied in binary64, one after the other.
struct MatrixProduct {
    arithmetic::Dot dot;
    Tensor a, b, out;
    bool transpose_a = false, transpose_b = false;
    Tensor bias;  ///< 1 x columns, or none
    double factor = 1;
    arithmetic::Activation activation = arithmetic::Activation::none;
    Tensor mask;  ///< relu_gradient only: shape of `out`
    arithmetic::Rounding rounding;
    Scales scales{};
};

/// out (1 x columns) = round(factor * sum over the rows of `in`).
struct ColumnSums {
    Tensor in, out;
    arithmetic::Format accumulator = arithmetic::fp32;
    arithmetic::Rounding accumulator_rounding;
    double factor = 1;
    arithmetic::Rounding rounding;
};

/// out = round(in / scales), or its transpose: formats may differ. `in` may be an expansion.
struct Conversion {
    Tensor in, out;
    arithmetic::Rounding rounding;
    bool transpose = false;  ///< a row of `out` is a column of `in`: blocks of an mx format along the other axis
    Scales scales{};
};

/// out (1 x 1, binary64) = the scale of power_of_two_scale() for the values of `in` in `format`.
struct MeasureScale {
    Tensor in, out;
    arithmetic::Format format;
};

/// Row `slot` of `metrics` (any x 2) gets the sum of the losses and the number of right answers.
struct SoftmaxCrossEntropy {
    Tensor logits, labels, error, metrics;
    std::uint64_t slot = 0;
    arithmetic::SoftmaxCrossEntropy operation;  ///< operation.format is the format of `metrics`
};

struct Update {
    Tensor gradient, master, velocity, weight;  ///< velocity: none without momentum; weight: none when the master is it
    arithmetic::Update operation;
    /// 1 x 2 in fp64, or none: to its first value is added how many elements have a step to make (-learning_rate * v is not
    /// zero), to its second how many of these leave the master as it was.
    Tensor changes;
};

/// out (1 x 1) = how many values of the inputs are infinite or NaN, as a value of out's format (saturating).
struct CountNonfinite {
    std::vector<Tensor> in;
    Tensor out;
};

/// out (1 x 1) = the sum of the squares of all values, in out's format, rne: in each tensor those of each column, rows
/// ascending (one fused multiply-add a value), then the columns in their order, tensor after tensor. Of expansions the
/// heads are squared.
struct SquaredNorm {
    std::vector<Tensor> in;
    Tensor out;
};

/// Moves a tensor between places; same shape, same format.
struct Transfer {
    Tensor in, out;
};

/// out = round(activation(a + factor * b)), the exact sum rounded once; all of one shape, any formats, `out` is no
/// operand.
struct Combination {
    Tensor a, b, out;
    double factor = 1;
    arithmetic::Activation activation = arithmetic::Activation::none;
    Tensor mask;  ///< relu_gradient only: shape of `out`
    arithmetic::Rounding rounding;
};

/// One operation of the training program, a plain value.
struct Op {
    std::variant<MatrixProduct, ColumnSums, Conversion, SoftmaxCrossEntropy, Update, CountNonfinite, Combination,
                 MeasureScale, SquaredNorm, Transfer>
        what;
    Place place = Place::accelerator;  ///< of all operands, but for Transfer
    std::uint64_t number = 0;          ///< given by the training program, one an Op: coordinates of its random bits
    std::string phase, layer;          ///< as reports show them
    /// Where its roundings are counted, outside time and energy, by the same numbers whatever executes it; to be read
    /// once the executor is idle. Null: nowhere.
    arithmetic::OperationCounts* counts = nullptr;
};

}  // namespace ulpsim::workloads

#include "models/arithmetic/count_operations.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "models/arithmetic/terms.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

/// A sum of two doubles' precision: high is the sum rounded, low what that leaves out (exact for two terms).
struct Sum {
    double high = 0, low = 0;
    void add(double x) {
        const double sum = high + x, part = sum - high;
        low += (high - (sum - part)) + (x - part);
        high = sum;
    }
    void add_product(double a, double b) {
        const double product = a * b;
        low += std::fma(a, b, -product);
        add(product);
    }
};

/// The values of one row of a matrix, all terms, as true magnitudes.
class Row {
public:
    explicit Row(const ConstMatrix& matrix) : matrix_(matrix) {
        if (matrix.bytes == nullptr) return;
        for (std::size_t t = 0; t < matrix.format.terms; ++t) terms_[t].resize(matrix.columns);
    }
    void read(std::uint64_t row) {
        if (matrix_.bytes == nullptr) return;
        row_ = matrix_.bytes + row * matrix_.pitch;
        const Format& format = matrix_.format;
        for (std::size_t t = 0; t < format.terms; ++t) {
            unpack_row(matrix_, row, 0, matrix_.columns, terms_[t].data(), t);
            const int step = format.term_step * static_cast<int>(t);
            if (step != 0)
                for (double& x : terms_[t]) x = std::ldexp(x, -step);
        }
    }
    std::size_t terms() const { return matrix_.format.terms; }
    bool is_expansion() const { return matrix_.format.is_expansion(); }
    /// Of an mx format, the exponent of the block's scale (of a NaN: 128); else 0.
    int scale_exponent(std::uint64_t column) const {
        const Format& format = matrix_.format;
        if (!format.is_mx()) return 0;
        return int{row_[column / format.block * block_bytes(format, format.block)]} - largest_scale_exponent;
    }
    double head(std::uint64_t column) const { return terms_[0][column]; }
    double term(std::size_t t, std::uint64_t column) const { return terms_[t][column]; }
    std::array<double, 4> all(std::uint64_t column) const {
        std::array<double, 4> values{};
        for (std::size_t t = 0; t < terms(); ++t) values[t] = terms_[t][column];
        return values;
    }
    void add_to(Sum& sum, std::uint64_t column, double factor = 1) const {
        for (std::size_t t = 0; t < terms(); ++t)
            factor == 1 ? sum.add(terms_[t][column]) : sum.add_product(factor, terms_[t][column]);
    }

private:
    ConstMatrix matrix_;
    const std::uint8_t* row_ = nullptr;
    std::array<std::vector<double>, 4> terms_;
};

/// Counts one element: the exact value, and the row where its rounding is stored.
void count_element(RoundingCounter& counter, const Sum& exact, const Row& stored, std::uint64_t column) {
    Sum rest{exact.high, exact.low};
    for (std::size_t t = 0; t < stored.terms(); ++t) rest.add(-stored.term(t, column));
    const double error = -(rest.high + rest.low);
    if (!stored.is_expansion())
        return counter.add(exact.high, error, stored.head(column), stored.scale_exponent(column));
    const std::array<double, 4> terms = stored.all(column);
    counter.add_expansion(exact.high, error, {terms.data(), stored.terms()});
}

/// What an activation leaves of an exact value.
void activate(Activation activation, double mask, Sum& value) {
    if (activation == Activation::relu && value.high < 0) value = {};
    if (activation == Activation::relu_gradient && !(mask > 0)) value = {};
}

bool is_same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// The gradients of a row as the update unit sees them: in the format of the state, with the weight decay.
class ScaledGradients {
public:
    ScaledGradients(const Update& operation, const ConstMatrix& gradient)
        : operation_(operation), gradient_(gradient), row_(gradient), values_(gradient.columns) {
        const bool narrow = fits_binary32(operation.state);
        const auto held = [narrow](double x) { return narrow ? static_cast<double>(static_cast<float>(x)) : x; };
        unscale_ = held(operation.unscale);
        weight_decay_ = held(operation.weight_decay);
        int exponent = 0;
        by_rows_ = !gradient.format.is_expansion() && std::frexp(unscale_, &exponent) == 0.5;
    }

    /// `before`: the master as it was.
    const std::vector<double>& read(std::uint64_t row, const Row& before) {
        row_.read(row);
        if (by_rows_)
            scale_row();
        else
            scale_elements(row);
        if (operation_.weight_decay == 0) return values_;
        for (std::uint64_t i = 0; i < values_.size(); ++i)
            values_[i] = round_multiply_add(operation_.state, rne, weight_decay_, before.head(i), values_[i]);
        return values_;
    }

private:
    void scale_row() {
        for (std::uint64_t i = 0; i < values_.size(); ++i) values_[i] = unscale_ * row_.head(i);
        packed_.assign(row_bytes(operation_.state, values_.size()), 0);
        round_and_pack(operation_.state, rne, values_.data(), 0, values_.size(), {}, 0, packed_.data());
        unpack(operation_.state, packed_.data(), 0, values_.size(), values_.data());
    }
    void scale_elements(std::uint64_t row) {
        std::array<double, 4> terms{}, result{};
        for (std::uint64_t i = 0; i < values_.size(); ++i) {
            load_terms(gradient_, row, i, terms);
            convert_terms(gradient_.format, {terms.data(), gradient_.format.terms}, unscale_, operation_.state, rne, 0,
                          result);
            values_[i] = result[0];
        }
    }

    const Update& operation_;
    const ConstMatrix& gradient_;
    Row row_;
    std::vector<double> values_;
    std::vector<std::uint8_t> packed_;
    double unscale_ = 1, weight_decay_ = 0;
    bool by_rows_ = false;
};

/// d is the intended change of the weight.
void count_update(double d, const Row& before, const Row& after, std::uint64_t column, UpdateCounts& counts) {
    if (d == 0 || !std::isfinite(d)) return;
    ++counts.updates;
    bool stays = true;
    Sum step;
    for (std::size_t t = 0; t < after.terms(); ++t) {
        stays = stays && is_same(before.term(t, column), after.term(t, column));
        step.add(after.term(t, column));
        step.add(-before.term(t, column));
    }
    counts.intended.add(d * d);
    if (stays)
        ++counts.vanished;
    else
        counts.effective.add(d * (step.high + step.low));
}

}  // namespace

void count_conversion(const ConstMatrix& in, const Epilogue& epilogue, const ConstMatrix& out, bool histograms,
                      RoundingCounts& counts) {
    RoundingCounter counter(out.format, histograms, counts);
    const bool masked = epilogue.activation == Activation::relu_gradient;
    Row values(in), stored(out), mask(masked ? epilogue.mask : ConstMatrix{});
    for (std::uint64_t row = 0; row < out.rows; ++row) {
        values.read(row);
        stored.read(row);
        mask.read(row);
        for (std::uint64_t column = 0; column < out.columns; ++column) {
            Sum exact;
            values.add_to(exact, column, epilogue.factor);
            activate(epilogue.activation, masked ? mask.head(column) : 0, exact);
            count_element(counter, exact, stored, column);
        }
    }
}

void count_combination(const Combination& operation, const ConstMatrix& a, const ConstMatrix& b, const ConstMatrix& out,
                       bool histograms, RoundingCounts& counts) {
    RoundingCounter counter(out.format, histograms, counts);
    const bool masked = operation.activation == Activation::relu_gradient;
    Row first(a), second(b), stored(out), mask(masked ? operation.mask : ConstMatrix{});
    for (std::uint64_t row = 0; row < out.rows; ++row) {
        for (Row* each : {&first, &second, &stored, &mask}) each->read(row);
        for (std::uint64_t column = 0; column < out.columns; ++column) {
            Sum exact;
            first.add_to(exact, column);
            second.add_to(exact, column, operation.factor);
            activate(operation.activation, masked ? mask.head(column) : 0, exact);
            count_element(counter, exact, stored, column);
        }
    }
}

UpdateWitness::Copy::Copy(const ConstMatrix& original) : matrix(original) {
    if (original.bytes == nullptr) return;
    const std::uint64_t row = row_bytes(original.format, original.columns), plane = original.rows * row;
    bytes.resize(original.format.terms * plane);
    for (std::uint64_t t = 0; t < original.format.terms; ++t)
        for (std::uint64_t i = 0; i < original.rows; ++i)
            std::copy_n(original.bytes + t * original.plane + i * original.pitch, row,
                        bytes.data() + t * plane + i * row);
    matrix = dense(original.format, static_cast<const std::uint8_t*>(bytes.data()), original.rows, original.columns);
}

UpdateWitness::UpdateWitness(const ConstMatrix& master, const ConstMatrix& velocity)
    : master_(master), velocity_(velocity) {}

void UpdateWitness::count(const Update& operation, const ConstMatrix& gradient, const ConstMatrix& master,
                          const ConstMatrix& velocity, const ConstMatrix& weight, OperationCounts& counts) const {
    RoundingCounter of_master(master.format, counts.histograms, counts.result);
    std::optional<RoundingCounter> of_velocity, of_weight;
    const bool has_velocity = velocity.bytes != nullptr && operation.momentum != 0;
    if (has_velocity) of_velocity.emplace(velocity.format, counts.histograms, counts.velocity);
    if (weight.bytes != nullptr) of_weight.emplace(weight.format, counts.histograms, counts.weight);

    const bool narrow = fits_binary32(operation.state);
    const auto held = [narrow](double x) { return narrow ? static_cast<double>(static_cast<float>(x)) : x; };
    const double minus_learning_rate = -held(operation.learning_rate), momentum = held(operation.momentum);
    ScaledGradients gradients(operation, gradient);
    Row before(master_.matrix), after(master), old_velocity(has_velocity ? velocity_.matrix : ConstMatrix{}),
        new_velocity(has_velocity ? velocity : ConstMatrix{}), stored(weight);
    for (std::uint64_t row = 0; row < master.rows; ++row) {
        for (Row* each : {&before, &after, &old_velocity, &new_velocity, &stored}) each->read(row);
        const std::vector<double>& g = gradients.read(row, before);
        for (std::uint64_t column = 0; column < master.columns; ++column) {
            double v = g[column];
            if (has_velocity) {
                Sum exact;
                exact.add(v);
                exact.add_product(momentum, old_velocity.head(column));
                count_element(*of_velocity, exact, new_velocity, column);
                v = new_velocity.head(column);
            }
            Sum exact;
            before.add_to(exact, column);
            exact.add_product(minus_learning_rate, v);
            count_element(of_master, exact, after, column);
            count_update(minus_learning_rate * v, before, after, column, counts.update);
            if (!of_weight) continue;
            Sum master_sum;
            after.add_to(master_sum, column);
            count_element(*of_weight, master_sum, stored, column);
        }
    }
}

void counted_update(const Update& operation, const ConstMatrix& gradient, const Matrix& master, const Matrix& velocity,
                    const Matrix& weight, const Coordinates& coordinates, unsigned threads, OperationCounts* counts,
                    const Matrix& changes) {
    if (counts == nullptr && changes.bytes == nullptr) {
        update(operation, gradient, master, velocity, weight, coordinates, threads);
        return;
    }
    const UpdateWitness witness(master, velocity);
    update(operation, gradient, master, velocity, weight, coordinates, threads);
    if (changes.bytes == nullptr) {
        witness.count(operation, gradient, master, velocity, weight, *counts);
        return;
    }
    OperationCounts own;
    own.histograms = counts != nullptr && counts->histograms;
    witness.count(operation, gradient, master, velocity, weight, own);
    if (counts != nullptr) *counts += own;
    std::vector<double> sums = unpack_row(changes, 0);
    sums[0] += static_cast<double>(own.update.updates);
    sums[1] += static_cast<double>(own.update.vanished);
    pack(changes.format, sums.data(), 0, 2, changes.bytes);
}

}  // namespace ulpsim::arithmetic

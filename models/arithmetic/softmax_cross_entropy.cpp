#include <cmath>
#include <optional>
#include <vector>

#include "models/arithmetic/elementary.hpp"
#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/store_rounded.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

// For fp32 the machine's own operations are the definition: they round the exact result once.
double rounded(const Format& format, double x) {
    return format == fp32 ? static_cast<double>(static_cast<float>(x)) : round_to(format, rne, x);
}

bool is_binary32(double x) { return static_cast<double>(static_cast<float>(x)) == x; }

double add(const Format& format, double a, double b) {
    if (format == fp32 && is_binary32(a) && is_binary32(b))
        return static_cast<double>(static_cast<float>(a) + static_cast<float>(b));
    return round_multiply_add(format, rne, 1.0, a, b);
}

/// a / b rounded once: the quotient is made odd where the division was not exact (the remainder is exact).
double divide(const Format& format, double a, double b) {
    if (format == fp32) return static_cast<double>(static_cast<float>(a) / static_cast<float>(b));
    double quotient = a / b;
    const double rest = std::fma(-quotient, b, a);
    if (std::isfinite(quotient) && rest != 0 && quotient != 0) {
        int exponent = 0;
        const double last = std::ldexp(std::frexp(quotient, &exponent), 53);  // the significand as an integer
        const bool is_even = std::fmod(last, 2.0) == 0;
        const bool is_larger = (rest > 0) == (b > 0);  // the true quotient lies above
        if (is_even) quotient = std::nextafter(quotient, is_larger ? INFINITY : -INFINITY);
    }
    return round_to(format, rne, quotient);
}

std::uint64_t label_of(const ConstMatrix& labels, std::uint64_t row, std::uint64_t classes) {
    double value = 0;
    if (labels.columns == 1)
        unpack_row(labels, row, 0, 1, &value);
    else
        unpack_row(labels, 0, row, 1, &value);
    if (!(value >= 0 && value < static_cast<double>(classes)))
        throw Error("label is " + std::to_string(value) + "; allowed: 0 to " + std::to_string(classes - 1));
    return static_cast<std::uint64_t>(value);
}

std::uint64_t first_largest(const std::vector<double>& values) {
    std::uint64_t best = 0;
    for (std::uint64_t i = 1; i < values.size(); ++i)
        if (values[i] > values[best]) best = i;
    return best;
}

}  // namespace

void softmax_cross_entropy(const SoftmaxCrossEntropy& operation, const ConstMatrix& logits, const ConstMatrix& labels,
                           const Matrix& error, const Matrix& losses, const Coordinates& coordinates,
                           OperationCounts* counts) {
    const Format& format = operation.format;
    const std::uint64_t classes = logits.columns;
    if (classes == 0) throw Error("softmax of no columns");
    if (format.is_mx() || error.format.is_expansion())
        throw Error("softmax: computed in " + name(format) + " with an error of " + name(error.format) +
                    "; allowed: formats that are not mx, and an error that is no expansion");
    std::vector<double> p(classes);
    std::vector<Unrounded> errors(classes);
    std::optional<RoundingCounter> counter;
    if (counts != nullptr) counter.emplace(error.format, counts->histograms, counts->result);
    double loss = 0, hits = 0;
    for (std::uint64_t row = 0; row < logits.rows; ++row) {
        const auto x = unpack_row(logits, row);
        const std::uint64_t label = label_of(labels, row, classes), winner = first_largest(x);
        double sum = 0;
        for (std::uint64_t i = 0; i < classes; ++i) {
            p[i] = rounded(format, exponential(add(format, x[i], -x[winner])));
            sum = add(format, sum, p[i]);
        }
        for (auto& value : p) value = divide(format, value, sum);
        loss = add(format, loss, rounded(format, -logarithm(p[label])));
        if (winner == label) hits = add(format, hits, 1.0);

        for (std::uint64_t i = 0; i < classes; ++i) {
            const double shifted = i == label ? -operation.factor : 0.0;
            errors[i] = exact_multiply_add(operation.factor, p[i], shifted, false);
        }
        store_rounded(error, row, 0, errors, operation.rounding, coordinates);
        if (!counter) continue;
        const std::vector<double> stored = unpack_row(error, row);
        for (std::uint64_t i = 0; i < classes; ++i) {
            const double exact = std::fma(operation.factor, p[i], i == label ? -operation.factor : 0.0);
            counter->add(exact, stored[i] - exact, stored[i]);
        }
    }
    const double results[2] = {loss, hits};
    pack(format, results, 0, 2, losses.bytes);
}

}  // namespace ulpsim::arithmetic

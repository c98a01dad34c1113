#include <array>
#include <atomic>
#include <cmath>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/expansion.hpp"
#include "models/arithmetic/operations.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/store_rounded.hpp"
#include "models/arithmetic/terms.hpp"
#include "models/arithmetic/vector_update.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

using Terms = std::array<double, 4>;

/// The update unit's constants, as it holds them.
struct Constants {
    double minus_learning_rate, momentum, weight_decay, unscale;
};
Constants constants_of(const Update& operation) {
    const bool narrow = fits_binary32(operation.state);
    const auto held = [narrow](double x) { return narrow ? static_cast<double>(static_cast<float>(x)) : x; };
    return {-held(operation.learning_rate), held(operation.momentum), held(operation.weight_decay),
            held(operation.unscale)};
}

/// w + d on the stored terms of an expansion.
void add_to_expansion(const Format& format, Terms& w, double d, Rounding last, std::uint32_t random) {
    const auto scale = [&](int sign) {
        for (int i = 1; i < format.terms; ++i) {
            auto& term = w[static_cast<std::size_t>(i)];
            term = std::ldexp(term, sign * format.term_step * i);
        }
    };
    scale(-1);
    expansion_plus(format, {w.data(), format.terms}, d, last, random);
    scale(+1);
}

class ElementUpdate {
public:
    ElementUpdate(const Update& operation, const Format& gradient, const Format& master, const Format& weight)
        : operation_(operation),
          constants_(constants_of(operation)),
          gradient_(gradient),
          master_(master),
          weight_(weight) {}

    /// One element; `v` and `w` are replaced.
    void step(const Terms& gradient, double& v, Terms& w, const Coordinates& at, std::uint64_t element) const {
        const Format& state = operation_.state;
        Terms unscaled{};
        convert_terms(gradient_, gradient, constants_.unscale, state, rne, 0, unscaled);
        double g = unscaled[0];
        if (operation_.weight_decay != 0) g = round_multiply_add(state, rne, constants_.weight_decay, w[0], g, 0);
        v = operation_.momentum == 0
                ? g
                : round_multiply_add(state, operation_.state_rounding, constants_.momentum, v, g,
                                     draw(operation_.state_rounding, at.key, element, 0, Stream::other));
        const Rounding rounding = operation_.master_rounding;
        const std::uint32_t random = draw(rounding, at.key, element, 1, Stream::other);
        if (!master_.is_expansion()) {
            w[0] = round_multiply_add(master_, rounding, constants_.minus_learning_rate, v, w[0], random);
            return;
        }
        // The element's precision; with a step also the range of the last term, or small updates would vanish here.
        const double d = round_to(working_format(master_), rne, exact_product(constants_.minus_learning_rate, v));
        if (operation_.compensated) {
            const Format term = master_.element();
            const DoubleWord sum = fast_two_sum(term, w[0], rounded_sum(term, w[1], d, rounding, random));
            w[0] = sum.high;
            w[1] = sum.low;
            return;
        }
        add_to_expansion(master_, w, d, rounding, random);
    }

    Terms weight(const Terms& w, const Coordinates& at, std::uint64_t element) const {
        Terms stored{};
        convert_terms(master_, w, 1.0, weight_, operation_.weight_rounding,
                      draw(operation_.weight_rounding, at.key, element, 2, Stream::other), stored);
        return stored;
    }

    Rounding weight_rounding() const { return operation_.weight_rounding; }

private:
    Update operation_;
    Constants constants_;
    Format gradient_, master_, weight_;
};

bool is_same(double a, double b) {
    return a == b ? std::signbit(a) == std::signbit(b) : std::isnan(a) && std::isnan(b);
}

std::uint64_t update_row(const ElementUpdate& unit, const ConstMatrix& gradient, const Matrix& master,
                         const Matrix& velocity, const Matrix& weight, const Coordinates& coordinates,
                         std::uint64_t row) {
    std::uint64_t unchanged = 0;
    std::vector<Unrounded> mx_weights(weight.format.is_mx() ? master.columns : 0);
    for (std::uint64_t column = 0; column < master.columns; ++column) {
        const std::uint64_t element = coordinates.element(row, column);
        Terms g{}, before{};
        load_terms(gradient, row, column, g);
        load_terms(master, row, column, before);
        Terms w = before;
        Terms v{};
        if (velocity.bytes != nullptr) load_terms(velocity, row, column, v);
        unit.step(g, v[0], w, coordinates, element);
        if (velocity.bytes != nullptr) store_terms(velocity, row, column, v);
        store_terms(master, row, column, w);
        if (weight.bytes != nullptr && !weight.format.is_mx())
            store_terms(weight, row, column, unit.weight(w, coordinates, element));

        bool has_gradient = false, stays = true;
        for (std::size_t t = 0; t < g.size(); ++t) {
            has_gradient = has_gradient || g[t] != 0;
            stays = stays && is_same(w[t], before[t]);
        }
        unchanged += has_gradient && stays ? 1 : 0;
        if (weight.format.is_mx()) mx_weights[column] = exact_sum_of(master.format, w, 1.0).value(false);
    }
    if (weight.format.is_mx()) store_rounded(weight, row, 0, mx_weights, unit.weight_rounding(), coordinates, 2);
    return unchanged;
}

void check_shapes(const Update& operation, const ConstMatrix& gradient, const Matrix& master, const Matrix& velocity,
                  const Matrix& weight) {
    const auto same = [&](const ConstMatrix& m) { return m.rows == master.rows && m.columns == master.columns; };
    if (!same(gradient) || (velocity.bytes != nullptr && !same(velocity)) || (weight.bytes != nullptr && !same(weight)))
        throw Error("update: gradient, master, velocity and weight differ in shape");
    for (const Format& held : {operation.state, master.format})
        if (held.is_mx())
            throw Error("update: state or master is " + name(held) + "; allowed: formats that are not mx");
    if (operation.momentum != 0 && velocity.bytes == nullptr)
        throw Error("update: momentum is " + std::to_string(operation.momentum) + " without a velocity");
    if (operation.compensated && (master.format.terms != 2 || master.format.term_step != 0))
        throw Error("update: compensated master is " + name(master.format) + "; allowed: exp(FORMAT,2)");
    if (velocity.bytes != nullptr && velocity.format != operation.state)
        throw Error("update: velocity is " + name(velocity.format) + "; allowed: the state's " + name(operation.state));
}

}  // namespace

std::uint64_t update(const Update& operation, const ConstMatrix& gradient, const Matrix& master, const Matrix& velocity,
                     const Matrix& weight, const Coordinates& coordinates, unsigned threads) {
    check_shapes(operation, gradient, master, velocity, weight);
    if (const auto fast = VectorUpdate::choose(operation, gradient, master, velocity, weight, coordinates))
        return fast->run(threads);
    const ElementUpdate unit(operation, gradient.format, master.format, weight.format);
    std::atomic<std::uint64_t> unchanged{0};
    parallel_for(master.rows, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t row = first; row < last; ++row)
            unchanged += update_row(unit, gradient, master, velocity, weight, coordinates, row);
    });
    return unchanged;
}

}  // namespace ulpsim::arithmetic

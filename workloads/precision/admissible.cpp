#include "workloads/precision/admissible.hpp"

#include "models/arithmetic/error.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Format;

void refuse_expansion(const std::string& path, const char* role, const Format& format) {
    if (format.is_expansion())
        throw Error(path + "." + role + " is " + arithmetic::name(format) +
                    "; allowed: any format but an expansion (expansions can be master_weights or gradients)");
}

}  // namespace

bool includes(const Format& outer, const Format& inner) {
    if (inner.mantissa_bits > outer.mantissa_bits) return false;
    if (arithmetic::largest_finite(inner) > arithmetic::largest_finite(outer)) return false;
    if (arithmetic::smallest_positive(inner) < arithmetic::smallest_positive(outer)) return false;
    if (arithmetic::has_infinity(inner) && !arithmetic::has_infinity(outer)) return false;
    return !arithmetic::has_nan(inner) || arithmetic::has_nan(outer);
}

bool shows_overflow(const Format& format) {
    return !format.saturate && (arithmetic::has_infinity(format) || arithmetic::has_nan(format));
}

arithmetic::Dot dot_of(const Policy& policy, const Format& a, const Format& b) {
    arithmetic::Dot dot;
    dot.a = a;
    dot.b = b;
    if (policy.product) {
        dot.product = policy.product->format;
        dot.product_rounding = policy.product->rounding;
    }
    dot.accumulator = policy.accumulator.format;
    dot.rounding = policy.accumulator.rounding;
    dot.order = policy.accumulator.order;
    dot.length = policy.accumulator.length;
    dot.outer = policy.accumulator.outer;
    dot.guard = policy.accumulator.guard;
    dot.guard_exact = policy.accumulator.guard_exact;
    return dot;
}

void check(const Policy& policy, const std::string& path) {
    refuse_expansion(path, "weights", policy.weights.format);
    refuse_expansion(path, "activations", policy.activations.format);
    refuse_expansion(path, "errors", policy.errors.format);
    refuse_expansion(path, "accumulator", policy.accumulator.format);
    refuse_expansion(path, "accumulator.outer", policy.accumulator.outer);
    refuse_expansion(path, "optimizer_state", policy.optimizer_state.format);
    refuse_expansion(path, "loss", policy.loss.format);
    if (policy.product) refuse_expansion(path, "product", policy.product->format);

    const arithmetic::Dot forward = dot_of(policy, policy.activations.format, policy.weights.format);
    try {
        arithmetic::check(forward);
        arithmetic::check(dot_of(policy, policy.errors.format, policy.activations.format));
        arithmetic::check(dot_of(policy, policy.errors.format, policy.weights.format));
    } catch (const Error& error) {
        throw Error(path + ".accumulator: " + error.what());
    }
    // The bias is a working copy in the weights' format, and the accumulator starts with it.
    const Format sum = arithmetic::result_format(forward);
    if (!includes(sum, policy.weights.format))
        throw Error(path + ".weights is " + arithmetic::name(policy.weights.format) +
                    "; allowed: formats whose values are all values of the accumulator, " + arithmetic::name(sum) +
                    " (it starts with the bias)");
}

}  // namespace ulpsim::workloads

#include "workloads/precision/admissible.hpp"

#include "models/arithmetic/error.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Format;

void refuse_expansion(const std::string& path, const char* role, const Format& format) {
    if (format.is_expansion())
        throw Error(path + "." + role + " is " + arithmetic::name(format) +
                    "; allowed: any format but an expansion (expansions can be weights, activations, gradients, "
                    "master_weights, and errors of a linear regression)");
}

void refuse_step(const std::string& path, const char* role, const Format& format) {
    if (format.term_step != 0)
        throw Error(path + "." + role + " is " + arithmetic::name(format) +
                    "; allowed: expansions without a step, for their terms are multiplied");
}

void refuse_scale(const std::string& path, const char* role, const Precision& precision) {
    if (has_scale(precision))
        throw Error(path + "." + role + " is " + arithmetic::name(precision.format) +
                    " with a scale; allowed: fixW.F, or {format: intW, scale: 1} (scales are for weights, activations "
                    "and errors)");
}

void refuse_mx(const std::string& path, const char* role, const Format& format) {
    if (format.is_mx())
        throw Error(path + "." + role + " is " + arithmetic::name(format) +
                    "; allowed: any format but mx (weights, activations and errors can be mx)");
}

}  // namespace

bool includes(const Format& outer, const Format& inner) {
    if (inner.mantissa_bits > outer.mantissa_bits) return false;
    if (arithmetic::largest_finite(inner) > arithmetic::largest_finite(outer)) return false;
    if (arithmetic::lowest_finite(inner) < arithmetic::lowest_finite(outer)) return false;
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
    if (a.is_expansion() || b.is_expansion()) dot.split = policy.split;
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

bool has_scale(const Precision& role) { return role.scale.kind != TensorScale::Kind::one; }

bool is_copied(const Precision& role) { return role.format.is_mx() || has_scale(role); }

Format carrier(const Policy& policy) {
    const Format sum = arithmetic::result_format(dot_of(policy, policy.activations.format, policy.weights.format));
    return sum.is_twos_complement() ? arithmetic::fp32 : sum;
}

Format written_format(const Policy& policy, const Precision& role) {
    return is_copied(role) ? carrier(policy) : role.format;
}

arithmetic::Rounding written_rounding(const Precision& role) {
    return is_copied(role) ? arithmetic::rne : role.rounding;
}

Format bias_format(const Policy& policy) {
    if (bias_has_units(policy)) return carrier(policy);
    if (!policy.weights.format.is_mx()) return policy.weights.format;
    return arithmetic::result_format(dot_of(policy, policy.activations.format, policy.weights.format));
}

bool bias_has_units(const Policy& policy) { return has_scale(policy.weights) || has_scale(policy.activations); }

void check_errors_of_a_loss(const Policy& policy, const std::string& path) {
    refuse_expansion(path, "errors", policy.errors.format);
}

void check(const Policy& policy, const std::string& path) {
    refuse_step(path, "weights", policy.weights.format);
    refuse_step(path, "activations", policy.activations.format);
    refuse_step(path, "errors", policy.errors.format);
    refuse_expansion(path, "accumulator", policy.accumulator.format);
    refuse_expansion(path, "accumulator.outer", policy.accumulator.outer);
    refuse_expansion(path, "optimizer_state", policy.optimizer_state.format);
    refuse_expansion(path, "loss", policy.loss.format);
    if (policy.product) refuse_expansion(path, "product", policy.product->format);
    refuse_mx(path, "gradients", policy.gradients.format);
    refuse_mx(path, "accumulator", policy.accumulator.format);
    refuse_mx(path, "accumulator.outer", policy.accumulator.outer);
    refuse_mx(path, "optimizer_state", policy.optimizer_state.format);
    refuse_mx(path, "loss", policy.loss.format);
    if (policy.product) refuse_mx(path, "product", policy.product->format);
    if (policy.master_weights) refuse_mx(path, "master_weights", policy.master_weights->format);
    for (const Precision* role : {&policy.weights, &policy.activations, &policy.errors})
        if (has_scale(*role) && role->format.kind != arithmetic::FormatKind::integer)
            throw Error(path + " scales " + arithmetic::name(role->format) + "; allowed: a scale of intW only");
    refuse_scale(path, "gradients", policy.gradients);
    refuse_scale(path, "optimizer_state", policy.optimizer_state);
    refuse_scale(path, "loss", policy.loss);
    if (policy.master_weights) refuse_scale(path, "master_weights", *policy.master_weights);
    if (is_copied(policy.weights) && !policy.master_weights)
        throw Error(path + ".weights is " + arithmetic::name(policy.weights.format) +
                    "; allowed: mx, or int with a scale, with master_weights only, which it is quantised from");

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
    if (!bias_has_units(policy) && !includes(sum, bias_format(policy).element()))
        throw Error(path + ".weights is " + arithmetic::name(policy.weights.format) +
                    "; allowed: formats whose values are all values of the accumulator, " + arithmetic::name(sum) +
                    " (it starts with the bias)");
}

}  // namespace ulpsim::workloads

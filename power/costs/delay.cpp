#include <algorithm>
#include <cmath>

#include "models/arithmetic/error.hpp"
#include "power/costs/costs.hpp"
#include "power/costs/operator_features.hpp"

namespace ulpsim::power {
namespace {

using arithmetic::Format;

double integer_add_ns(const DelayModel& d, const Format& format) {
    return d.integer_add_constant_ns.value + d.integer_add_per_bit_ns.value * format.width();
}
double integer_multiply_ns(const DelayModel& d, const Format& a, const Format& b) {
    return d.integer_multiply_constant_ns.value + d.integer_multiply_per_bit_ns.value * (a.width() + b.width()) / 2.0;
}

double add_ns(const DelayModel& d, const Format& format) {
    if (format.is_twos_complement()) return integer_add_ns(d, format);
    return d.add_constant_ns.value + d.add_per_exponent_bit_ns.value * format.exponent_bits +
           d.add_per_log_width_ns.value * std::log2(format.precision() + 4);
}

double multiply_ns(const DelayModel& d, const Format& a, const Format& b) {
    if (a.is_twos_complement() && b.is_twos_complement()) return integer_multiply_ns(d, a, b);
    const double precision = (a.precision() + b.precision()) / 2.0;
    return d.multiply_constant_ns.value +
           d.multiply_per_exponent_bit_ns.value * std::max(a.exponent_bits, b.exponent_bits) +
           d.multiply_per_log_precision_ns.value * std::log2(precision) +
           d.multiply_per_precision_bit_ns.value * precision;
}

double accumulate_ns(const DelayModel& d, const Format& a, const Format& b, const Format& c,
                     arithmetic::Rounding rounding) {
    if (a.is_twos_complement() && b.is_twos_complement() && c.is_twos_complement())
        return integer_multiply_ns(d, a, b) + integer_add_ns(d, c) - d.integer_mac_overlap_ns.value;
    const int product_bits = a.precision() + b.precision();
    int window = std::max(product_bits, c.precision()) + 3;
    if (rounding.is_stochastic()) window = std::max(window, c.precision() + rounding.random_bits + 2);
    return d.mac_constant_ns.value + d.mac_per_precision_bit_ns.value * product_bits / 2.0 +
           d.mac_per_log_window_ns.value * std::log2(window);
}

struct Nanoseconds {
    const DelayModel& d;

    double operator()(const Mac& mac) const {
        const arithmetic::Dot& dot = mac.dot;
        double ns = accumulate_ns(d, dot.a, dot.b, dot.accumulator, dot.rounding);
        if (dot.order == arithmetic::Order::tree)  // the levels of the tree come before the accumulator
            ns += std::ceil(std::log2(static_cast<double>(dot.length))) * add_ns(d, dot.accumulator);
        return ns;
    }
    double operator()(const Fma& fma) const { return accumulate_ns(d, fma.a, fma.b, fma.c, fma.rounding); }
    double operator()(const Add& add) const { return add_ns(d, add.format); }
    double operator()(const Multiply& multiply) const { return multiply_ns(d, multiply.a, multiply.b); }
    double operator()(const TwoSum& two_sum) const { return d.two_sum_factor.value * add_ns(d, two_sum.format); }
    double operator()(const TwoProduct& product) const {  // its second half waits for the product as a sum does
        const Format& format = product.format;
        return accumulate_ns(d, format, format, format, arithmetic::rne);
    }
    template <class Other>
    double operator()(const Other& other) const {
        throw Error("the delay of " + text(Operation{other}) +
                    " is not known; allowed: mac, fma, add, mul, twosum, twoprod");
    }
};

}  // namespace

double delay_ps(const Technology& technology, const Operation& operation) {
    const double ns = std::visit(Nanoseconds{technology.delay}, operation);
    return 1000 * technology.delay.scale.value * std::max(ns, 0.0);
}

}  // namespace ulpsim::power

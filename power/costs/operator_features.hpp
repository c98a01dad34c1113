#pragma once
#include "power/ledger/operation.hpp"

namespace ulpsim::power {

/// What an operator is built of: full-adder cells, carry-propagate bits, shifter bit-stages, exponent bits.
/// Source of every formula: own synthesis of 55 operators to Nangate45, RTL checked bit for bit (facts:
/// power 1.2, 1.4).
struct Features {
    double full_adders = 0, carry_bits = 0, shifter_bits = 0, exponent_bits = 0;

    friend constexpr Features operator+(Features a, Features b) {
        return {a.full_adders + b.full_adders, a.carry_bits + b.carry_bits, a.shifter_bits + b.shifter_bits,
                a.exponent_bits + b.exponent_bits};
    }
    friend constexpr Features operator*(double factor, Features f) {
        return {factor * f.full_adders, factor * f.carry_bits, factor * f.shifter_bits, factor * f.exponent_bits};
    }
};

/// Subnormals cost each kind another factor; integer operators have scales of their own to a technology, and none.
enum class OperatorKind : std::uint8_t { multiply, add, mac, other, integer };

/// An operator: `built` gives its area, `toggling` its energy (they differ where part of it rarely toggles).
struct OperatorFeatures {
    Features built, toggling;
    OperatorKind kind = OperatorKind::other;
    bool subnormals = false;
};

/// Per product, what is shared by a chunk or an aligned group divided by its length.
OperatorFeatures features(const Mac& mac);
OperatorFeatures features(const Fma& fma);
OperatorFeatures features(const Add& add);
OperatorFeatures features(const Multiply& multiply);
/// A multiplier with a second normaliser and rounding for the lower half of its product, less the rounded one (structural;
/// no synthesis). The second normaliser is limited by the exponent range as a subnormal's is.
OperatorFeatures features(const TwoProduct& two_product);
/// Iterative: one subtraction a quotient bit on one adder. `toggling` is not a model of it (Technology has a factor).
OperatorFeatures features(const Divide& divide);
OperatorFeatures features(const Convert& convert);

/// Bits of the window in which a product of `product_bits` and an accumulator of `precision` bits are aligned.
int alignment_window(int product_bits, int precision);

}  // namespace ulpsim::power

#pragma once
#include <type_traits>

#include "workloads/executor/op.hpp"

namespace ulpsim::workloads {

/// Calls visit(tensor) for every operand of an Op that there is, inputs and outputs.
template <class AnyOp, class Visit>
void for_each_operand(AnyOp& op, const Visit& visit) {
    const auto each = [&](auto&... tensors) { ((tensors ? visit(tensors) : void()), ...); };
    std::visit(
        [&](auto& what) {
            using What = std::remove_cvref_t<decltype(what)>;
            if constexpr (std::is_same_v<What, MatrixProduct>)
                each(what.a, what.b, what.out, what.bias, what.mask, what.scales.factors[0], what.scales.factors[1]);
            if constexpr (std::is_same_v<What, ColumnSums>) each(what.in, what.out);
            if constexpr (std::is_same_v<What, Conversion>)
                each(what.in, what.out, what.scales.factors[0], what.scales.factors[1]);
            if constexpr (std::is_same_v<What, SoftmaxCrossEntropy>)
                each(what.logits, what.labels, what.error, what.metrics);
            if constexpr (std::is_same_v<What, Update>)
                each(what.gradient, what.master, what.velocity, what.weight, what.changes);
            if constexpr (std::is_same_v<What, CountNonfinite> || std::is_same_v<What, SquaredNorm>) {
                for (auto& tensor : what.in) each(tensor);
                each(what.out);
            }
            if constexpr (std::is_same_v<What, Combination>) each(what.a, what.b, what.out, what.mask);
            if constexpr (std::is_same_v<What, MeasureScale>) each(what.in, what.out);
            if constexpr (std::is_same_v<What, Transfer>) each(what.in, what.out);
        },
        op.what);
}

}  // namespace ulpsim::workloads

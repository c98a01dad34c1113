#include "workloads/executor/body.hpp"

#include "models/arithmetic/random_bits.hpp"
#include "workloads/executor/operands.hpp"

namespace ulpsim::workloads {

std::uint64_t selected_block(const Selection& selection, std::uint64_t seed, std::uint64_t iteration) {
    if (!selection.random) return iteration % selection.blocks;
    return arithmetic::random_index({seed, selection.number}, iteration, selection.blocks);
}

Op in_iteration(const Op& op, const Body& body, std::uint64_t iteration, std::uint64_t block) {
    Op each = op;
    each.number += iteration * body.ops.size();
    for_each_operand(each, [&](Tensor& tensor) {
        if (!tensor.selected) return;
        tensor.selected = false;
        tensor.first_row += block * tensor.rows;
    });
    return each;
}

}  // namespace ulpsim::workloads

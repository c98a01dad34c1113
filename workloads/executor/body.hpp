#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/executor/op.hpp"

namespace ulpsim::workloads {

/// Which block of rows the selected operands of a loop's body show in each iteration.
struct Selection {
    std::uint64_t blocks = 1;  ///< 1..2^32 - 1
    bool random = false;       ///< uniform with replacement; else in turn: iteration modulo blocks
    std::uint64_t number = 0;  ///< random: the operation number that the draws are keyed by
};
/// The block of an iteration (from 0), a pure function of the seed: where random, arithmetic::random_index of the
/// iteration.
std::uint64_t selected_block(const Selection& selection, std::uint64_t seed, std::uint64_t iteration);

/// What a place does in every iteration of a loop, with no one else visited until the loop ends. Iteration i (from 0)
/// has the operation numbers of `ops`, which follow each other, plus i * ops.size().
struct Body {
    std::vector<Op> ops;  ///< all of one place; no transfers
    Selection selection;
};

/// The Op as iteration `iteration` does it: its number, and its selected operands as plain views.
Op in_iteration(const Op& op, const Body& body, std::uint64_t iteration, std::uint64_t block);

}  // namespace ulpsim::workloads

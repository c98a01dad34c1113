#pragma once
#include "models/accelerator/command.hpp"
#include "models/memory/scratchpad.hpp"

namespace ulpsim::models {

/// An operand of a command as the packed matrix that it is.
inline arithmetic::Matrix matrix(Scratchpad& scratchpad, const Operand& operand, std::uint64_t rows,
                                 std::uint64_t columns) {
    return {operand.format, scratchpad.bytes() + operand.address, rows, columns, operand.pitch, operand.plane};
}

inline arithmetic::Coordinates coordinates(const Execution& execution, const Position& position) {
    return {.key = {execution.seed, position.operation},
            .first_row = position.first_row,
            .first_column = position.first_column,
            .total_columns = position.total_columns};
}

}  // namespace ulpsim::models

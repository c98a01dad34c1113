#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <variant>

#include "models/accelerator/parameters.hpp"
#include "models/arithmetic/operations.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

// The instruction set. A descriptor is a plain value that lies in memory as 256 bytes; the sequencer fetches it and
// hands it to one of four in-order queues. Descriptors of different queues are ordered by dependency tokens alone.

enum class Queue : std::uint8_t { load, array, vector, store };
inline constexpr std::size_t queue_count = 4;
inline constexpr std::uint32_t descriptor_bytes = 256;

/// How many descriptors of each queue must have retired: the tokens that a command waits for.
using Tokens = std::array<std::uint32_t, queue_count>;

/// A matrix in the scratchpad, laid out as arithmetic::BasicMatrix says.
struct Operand {
    std::uint32_t address = 0, pitch = 0, plane = 0;
    arithmetic::Format format{};
};

/// Where a tile lies in the logical result, and the operation's number: coordinates of its random bits.
struct Position {
    std::uint64_t operation = 0;
    std::uint32_t first_row = 0, first_column = 0, total_columns = 0;
};

/// load and store: rows of `row_bytes`, of each of `planes` terms. Rows that follow each other without a gap are one
/// transaction, else a row is.
struct Move {
    std::uint64_t memory = 0, memory_pitch = 0, memory_plane = 0;
    std::uint32_t scratchpad = 0, scratchpad_pitch = 0, scratchpad_plane = 0;
    std::uint32_t rows = 0, row_bytes = 0, planes = 1;
};

/// array: accumulators (rows x columns) +=, =, or = bias + op(a) op(b), depth products each.
struct ProductCommand {
    arithmetic::Dot dot{};
    Operand a{}, b{}, accumulators{}, bias{};
    bool transpose_a = false, transpose_b = false;
    arithmetic::Product::Start start = arithmetic::Product::Start::zero;
    Dataflow dataflow = Dataflow::output_stationary;  ///< not `best`: the lowering has chosen
    std::uint32_t rows = 0, columns = 0, depth = 0, first_k = 0;
    Position position{};
};

/// vector: out = round(activation(factor * in)).
struct ConvertCommand {
    Operand in{}, out{}, mask{};
    double factor = 1;
    arithmetic::Activation activation = arithmetic::Activation::none;
    arithmetic::Rounding rounding{};
    std::uint32_t rows = 0, columns = 0;
    Position position{};
};

/// vector: running sums of the rows of `in`; with `last` also the output.
struct ColumnSumsCommand {
    Operand in{}, sums{}, out{};
    arithmetic::Rounding accumulator_rounding{}, rounding{};
    double factor = 1;
    bool last = true;
    std::uint32_t rows = 0, columns = 0, first_row = 0;
    Position position{};
};

/// vector: softmax, cross-entropy and its gradient of whole rows.
struct SoftmaxCommand {
    Operand logits{}, labels{}, error{}, losses{};
    arithmetic::Format format{};
    double factor = 1;
    arithmetic::Rounding rounding{};
    std::uint32_t rows = 0, columns = 0;
    Position position{};
};

/// vector and expansion unit: stochastic gradient descent, in place.
struct UpdateCommand {
    Operand gradient{}, master{}, velocity{}, weight{};
    bool has_velocity = false, has_weight = false;
    arithmetic::Format state{};
    arithmetic::Rounding state_rounding{}, master_rounding{}, weight_rounding{};
    double learning_rate = 0, momentum = 0, weight_decay = 0, unscale = 1;
    std::uint32_t rows = 0, columns = 0;
    Position position{};
};

/// vector: counter (one binary64) += values that are infinite or NaN, from zero when `first`; with `last` also the
/// output.
struct CountCommand {
    Operand in{}, counter{}, out{};
    bool first = true, last = true;
    std::uint32_t rows = 0, columns = 0;
};

struct Command {
    Queue queue = Queue::load;
    power::Tag tag{};  ///< phase and layer it is charged to
    Tokens wait{};
    std::variant<Move, ProductCommand, ConvertCommand, ColumnSumsCommand, SoftmaxCommand, UpdateCommand, CountCommand>
        body;
};
static_assert(std::is_trivially_copyable_v<Command>);
static_assert(sizeof(Command) <= descriptor_bytes);

/// The descriptor in memory: the value's bytes, the rest zero.
using Descriptor = std::array<std::uint8_t, descriptor_bytes>;
inline Descriptor encode(const Command& command) {
    Descriptor bytes{};
    std::memcpy(bytes.data(), static_cast<const void*>(&command), sizeof command);
    return bytes;
}
inline Command decode(const std::uint8_t* bytes) {
    Command command;
    std::memcpy(static_cast<void*>(&command), bytes, sizeof command);
    return command;
}

}  // namespace ulpsim::models

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
    friend bool operator==(const Operand&, const Operand&) = default;
};

/// Where a tile lies in the logical result, and the operation's number: coordinates of its random bits.
struct Position {
    std::uint64_t operation = 0;
    std::uint32_t first_row = 0, first_column = 0, total_columns = 0;
    friend bool operator==(const Position&, const Position&) = default;
};

/// load and store: rows of `row_bytes`, of each of `planes` terms. Rows that follow each other without a gap are one
/// transaction, else a row is.
struct Move {
    std::uint64_t memory = 0, memory_pitch = 0, memory_plane = 0;
    std::uint64_t memory_step = 0;  ///< in a loop: `memory` is that of block 0, and so far it is to the next one
    std::uint32_t scratchpad = 0, scratchpad_pitch = 0, scratchpad_plane = 0;
    std::uint32_t rows = 0, row_bytes = 0, planes = 1;
    friend bool operator==(const Move&, const Move&) = default;
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
    friend bool operator==(const ProductCommand&, const ProductCommand&) = default;
};

/// Binary64 numbers in the scratchpad that scale what a command converts.
struct ScaleOperands {
    std::array<std::uint32_t, 2> addresses{};
    std::uint8_t count = 0;
    bool powers_of_two = true;  ///< else an element costs a multiplication or division more
    friend bool operator==(const ScaleOperands&, const ScaleOperands&) = default;
};

/// vector: out = round(activation(factor * scales * in)), or with `divide` round(in / scales) or its transpose.
struct ConvertCommand {
    Operand in{}, out{}, mask{};
    double factor = 1;
    arithmetic::Activation activation = arithmetic::Activation::none;
    arithmetic::Rounding rounding{};
    bool transpose = false, divide = false;
    ScaleOperands scales{};
    std::uint32_t rows = 0, columns = 0;  ///< of `out`
    Position position{};
    friend bool operator==(const ConvertCommand&, const ConvertCommand&) = default;
};

/// vector: running sums of the rows of `in`; with `last` also the output.
struct ColumnSumsCommand {
    Operand in{}, sums{}, out{};
    arithmetic::Rounding accumulator_rounding{}, rounding{};
    double factor = 1;
    bool last = true;
    std::uint32_t rows = 0, columns = 0, first_row = 0;
    Position position{};
    friend bool operator==(const ColumnSumsCommand&, const ColumnSumsCommand&) = default;
};

/// vector: softmax, cross-entropy and its gradient of whole rows.
struct SoftmaxCommand {
    Operand logits{}, labels{}, error{}, losses{};
    arithmetic::Format format{};
    double factor = 1;
    arithmetic::Rounding rounding{};
    std::uint32_t rows = 0, columns = 0;
    Position position{};
    friend bool operator==(const SoftmaxCommand&, const SoftmaxCommand&) = default;
};

/// vector and expansion unit: stochastic gradient descent, in place.
struct UpdateCommand {
    Operand gradient{}, master{}, velocity{}, weight{};
    bool has_velocity = false, has_weight = false, has_changes = false;
    std::uint32_t changes =
        0;  ///< address of two binary64 counts that are added to: steps to make, and those that vanish
    arithmetic::Format state{};
    arithmetic::Rounding state_rounding{}, master_rounding{}, weight_rounding{};
    double learning_rate = 0, momentum = 0, weight_decay = 0, unscale = 1;
    bool compensated = false;
    std::uint32_t rows = 0, columns = 0;
    Position position{};
    friend bool operator==(const UpdateCommand&, const UpdateCommand&) = default;
};

/// vector: counter (one binary64) += values that are infinite or NaN, from zero when `first`; with `last` also the
/// output.
struct CountCommand {
    Operand in{}, counter{}, out{};
    bool first = true, last = true;
    std::uint32_t rows = 0, columns = 0;
    friend bool operator==(const CountCommand&, const CountCommand&) = default;
};

/// vector: extremes (two binary64, low and high) join those of `in`, from zero when `first`; with `last` also `out`, the
/// binary64 scale of an int tensor in `format`.
struct MeasureCommand {
    Operand in{}, extremes{}, out{};
    arithmetic::Format format{};
    bool first = true, last = true;
    std::uint32_t rows = 0, columns = 0;
    friend bool operator==(const MeasureCommand&, const MeasureCommand&) = default;
};

/// vector: sums of the columns' squares, and with the `last_rows` of them their addition to the total, which starts from
/// zero when `first`.
struct SquaresCommand {
    Operand in{}, sums{}, total{};
    bool first_rows = true, last_rows = true, first = true;
    std::uint32_t rows = 0, columns = 0;
    friend bool operator==(const SquaresCommand&, const SquaresCommand&) = default;
};

/// vector: out = round(activation(a + factor * b)).
struct CombineCommand {
    Operand a{}, b{}, out{}, mask{};
    double factor = 1;
    arithmetic::Activation activation = arithmetic::Activation::none;
    arithmetic::Rounding rounding{};
    std::uint32_t rows = 0, columns = 0;
    Position position{};
    friend bool operator==(const CombineCommand&, const CombineCommand&) = default;
};

/// The sequencer's own: a body of descriptors that lies in memory, dealt `iterations` times once everything before it has
/// retired. The body is written so that the same bytes serve again and again: its operation numbers count from
/// `first_number`; its tokens are those of the second iteration, counted from `issued`, and 0 where there is nothing to
/// wait for. In iteration i (from 0) a descriptor has its number plus i * `numbers`, its tokens plus (i - 1) * `retired`
/// (what would lie before the loop has retired), and a Move that selects its address plus the iteration's block times its
/// step.
struct LoopCommand {
    std::uint64_t body = 0;  ///< address of the first descriptor
    std::uint32_t length = 0, iterations = 0;
    std::uint64_t first_number = 0, numbers = 0;
    Tokens issued{};           ///< before the loop
    Tokens retired{};          ///< by an iteration
    std::uint64_t blocks = 1;  ///< to select among: in turn, or at random
    std::uint64_t draws = 0;   ///< operation number of the random selection; 0: in turn
    friend bool operator==(const LoopCommand&, const LoopCommand&) = default;
};

struct Command {
    Queue queue = Queue::load;
    power::Tag tag{};          ///< phase and layer it is charged to
    std::uint32_t counts = 0;  ///< vector: entry (from 1) of Execution::counts; 0: its roundings are not counted
    Tokens wait{};
    std::variant<Move, ProductCommand, ConvertCommand, ColumnSumsCommand, SoftmaxCommand, UpdateCommand, CountCommand,
                 CombineCommand, MeasureCommand, SquaresCommand, LoopCommand>
        body;
    friend bool operator==(const Command&, const Command&) = default;
};
static_assert(std::is_trivially_copyable_v<Command>);
static_assert(sizeof(Command) <= descriptor_bytes);

/// As iteration `iteration` of a loop deals a descriptor of its body; `block` is the selected one.
Command in_iteration(Command command, const LoopCommand& loop, std::uint64_t iteration, std::uint64_t block);

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

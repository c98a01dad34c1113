#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <vector>

#include "platform/runtime/command_stream.hpp"
#include "platform/runtime/tensors.hpp"
#include "platform/runtime/tile_memory.hpp"
#include "platform/runtime/tiling.hpp"
#include "workloads/executor/body.hpp"

namespace ulpsim::platform {

/// Turns the Ops of the accelerator into commands: tiles for the scratchpad, moves, tokens. No SystemC, no time: given
/// the same Ops and tensors it gives the same commands.
class Lowering {
public:
    /// `tiles` is the part of the scratchpad that tiles may take.
    Lowering(const TilingMachine& machine, TileMemory tiles, Tensors& tensors);

    /// The commands of one Op at the accelerator. Throws Error when a tile cannot fit the scratchpad.
    std::vector<models::Command> lower(const workloads::Op& op, power::Tag tag);
    /// The body of a loop as descriptors (LoopCommand says how they are written) and the LoopCommand but for the body's
    /// address. Everything is accounted for as though all iterations had been lowered.
    struct Loop {
        std::vector<models::Command> body;
        models::LoopCommand command;
    };
    /// `tags` are those of the Ops. At least `least_iterations`: fewer are not worth a loop. Throws std::logic_error where
    /// rows are selected past a tensor's end or in the scratchpad, or where iterations differ by more than their numbers.
    static constexpr std::uint64_t least_iterations = 4;
    Loop lower_loop(const workloads::Body& body, std::uint64_t iterations, std::span<const power::Tag> tags);
    const models::Tokens& issued() const { return stream_.issued(); }
    /// What Command::counts refers to.
    const std::vector<arithmetic::OperationCounts*>& counted() const { return counted_; }
    /// Bytes of the tile part that tiles have reached.
    std::uint64_t tile_peak() const { return tiles_.peak(); }

private:
    /// A block of a matrix.
    struct Block {
        std::uint64_t row = 0, rows = 0, column = 0, columns = 0;
        friend bool operator==(const Block&, const Block&) = default;
    };
    /// A block that lies in the scratchpad: loaded, or a part of a tensor that stays there.
    struct Tile {
        models::Operand operand;
        models::Tokens ready{};  ///< may be read
        models::Tokens users{};  ///< of the commands that use it so far
        bool owned = false;      ///< a region of the tile memory, to be released
        Block block;
    };
    /// The context of the Op that is being lowered.
    struct Context {
        power::Tag tag;
        std::uint64_t number = 0;
    };

    void lower_op(const workloads::MatrixProduct& op);
    void lower_op(const workloads::ColumnSums& op);
    void lower_op(const workloads::Conversion& op);
    void lower_op(const workloads::SoftmaxCrossEntropy& op);
    void lower_op(const workloads::Update& op);
    void lower_op(const workloads::CountNonfinite& op);
    void lower_op(const workloads::MeasureScale& op);
    void lower_op(const workloads::Combination& op);
    void lower_op(const workloads::SquaredNorm& op);
    void lower_op(const workloads::Transfer& op);

    TensorState& state(const workloads::Tensor& tensor) { return tensors_.at(tensor.id); }
    const TensorState& state(const workloads::Tensor& tensor) const { return tensors_.at(tensor.id); }
    models::Operand resident(const workloads::Tensor& view, const Block& block) const;

    /// Slots for blocks of a tensor: none where it stays in the scratchpad (or is no tensor).
    Slots room(Layout& layout, const workloads::Tensor& tensor, std::uint64_t rows, std::uint64_t columns,
               std::uint32_t count) const;
    /// Opens the window of an operation: from here on its slots have addresses.
    void open(const Layout& layout, std::initializer_list<Slots*> slots);

    Tile region(Slots& slots, const arithmetic::Format& format, std::uint64_t rows, std::uint64_t columns);
    Tile load(Slots& slots, const workloads::Tensor& tensor, const Block& block);
    /// Scales of an operation, each loaded once.
    struct ScaleTiles {
        std::array<Slots, 2> slots{};
        std::array<Tile, 2> tiles{};
        models::ScaleOperands operands{};
        models::Tokens ready{};
    };
    std::uint64_t scale_bytes(const workloads::Scales& factors) const;
    void lay_out(ScaleTiles& scales, const workloads::Scales& factors, Layout& layout) const;
    void load(ScaleTiles& scales, const workloads::Scales& factors);
    /// `done`: the last command that reads them.
    void release(ScaleTiles& scales, const workloads::Scales& factors, const models::Tokens& done);
    /// Room for a result: a region to be stored later, or the tensor itself where it stays in the scratchpad.
    Tile output(Slots& slots, const workloads::Tensor& tensor, const Block& block);
    /// After `done`, the block is in the tensor; moves it to memory unless it stays in the scratchpad.
    void finish(const workloads::Tensor& tensor, Tile& tile, const models::Tokens& done);
    void release(Tile& tile);
    /// The operand of a block inside a tile's block.
    static models::Operand part(const Tile& tile, const Block& block);
    models::Move move(const workloads::Tensor& view, const Tile& tile) const;
    models::Position position(const Block& block, std::uint64_t total_columns) const;

    /// Blocks of whole rows, or parts of one row, of a size that lets three of them be under way in half of the memory:
    /// one loading, one computing, one being stored. `bits` is what an element takes over all operands.
    /// Columns are cut at multiples of `granule`, a multiple of 8.
    std::vector<Block> blocks(std::uint64_t rows, std::uint64_t columns, std::uint64_t bits,
                              std::uint64_t granule = 8) const;
    /// The same for a result whose columns are rows of the operand: rows, which are columns there, are cut at multiples of
    /// `row_granule`.
    std::vector<Block> transposed_blocks(std::uint64_t rows, std::uint64_t columns, std::uint64_t bits,
                                         std::uint64_t row_granule, std::uint64_t granule) const;
    std::uint64_t block_elements(std::uint64_t bits) const;
    static std::vector<Block> cut(std::uint64_t rows, std::uint64_t columns, std::uint64_t block_rows,
                                  std::uint64_t block_columns);
    /// Where tiles of all of these may be cut.
    static std::uint64_t tile_granule(std::initializer_list<workloads::Tensor> tensors);
    std::uint32_t block_slots(const std::vector<Block>& blocks) const;
    std::uint64_t moved_bits(const workloads::Tensor& tensor) const;
    const Tiling& tiling(const ProductShape& shape);

    void check_selection(const workloads::Body& body) const;
    std::vector<models::Command> lower_iteration(const workloads::Body& body, std::uint64_t iteration,
                                                 std::span<const power::Tag> tags);

    struct ProductLoop;

    TilingMachine machine_;
    TileMemory tiles_;
    Tensors& tensors_;
    CommandStream stream_;
    Context context_{};
    std::map<ProductShape, Tiling> tilings_;
    std::vector<arithmetic::OperationCounts*> counted_;
};

}  // namespace ulpsim::platform

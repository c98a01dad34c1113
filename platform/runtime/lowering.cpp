// What every operation needs: tiles of tensors in the scratchpad, their loads and stores, and how matrices are cut.
#include "platform/runtime/lowering.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {

using models::Queue;

Lowering::Lowering(const TilingMachine& machine, TileMemory tiles, Tensors& tensors)
    : machine_(machine), tiles_(std::move(tiles)), tensors_(tensors) {
    machine_.tile_bytes = tiles_.bytes();
    machine_.slots = tiles_.slots(2);
}

std::vector<models::Command> Lowering::lower(const workloads::Op& op, power::Tag tag) {
    context_ = {tag, op.number};
    std::visit([this](const auto& what) { lower_op(what); }, op.what);
    for (auto& [id, tensor] : tensors_) {
        tensor.written = later(tensor.written, tensor.writing);
        tensor.writing = {};
    }
    std::vector<models::Command> commands = stream_.take();
    if (op.counts == nullptr) return commands;
    auto entry = std::find(counted_.begin(), counted_.end(), op.counts);
    if (entry == counted_.end()) entry = counted_.insert(entry, op.counts);
    for (models::Command& command : commands)
        if (command.queue == Queue::vector) command.counts = static_cast<std::uint32_t>(entry - counted_.begin()) + 1;
    return commands;
}

// ---- tiles ----------------------------------------------------------------------------------------------------------

models::Operand Lowering::resident(const workloads::Tensor& view, const Block& block) const {
    if (view.selected) throw std::logic_error("a loop selects rows of a tensor that stays in the scratchpad");
    const TensorState& tensor = state(view);
    const std::uint64_t offset =
        (view.first_row + block.row) * tensor.pitch() + arithmetic::column_offset(tensor.tensor.format, block.column);
    return {static_cast<std::uint32_t>(tensor.address + offset), static_cast<std::uint32_t>(tensor.pitch()),
            static_cast<std::uint32_t>(tensor.plane()), tensor.tensor.format};
}

Slots Lowering::room(Layout& layout, const workloads::Tensor& tensor, std::uint64_t rows, std::uint64_t columns,
                     std::uint32_t count) const {
    if (!tensor || state(tensor).in_scratchpad) return {};
    return layout.add(arithmetic::packed_bytes(tensor.format, rows, columns), count);
}

void Lowering::open(const Layout& layout, std::initializer_list<Slots*> slots) {
    const std::uint32_t window = tiles_.open(layout.bytes());
    for (Slots* each : slots) each->address += window;
}

Lowering::Tile Lowering::region(Slots& slots, const arithmetic::Format& format, std::uint64_t rows,
                                std::uint64_t columns) {
    const std::uint64_t pitch = arithmetic::row_bytes(format, columns);
    Tile tile;
    tile.operand = {slots.take(), static_cast<std::uint32_t>(pitch), static_cast<std::uint32_t>(rows * pitch), format};
    tile.ready = tiles_.occupy(tile.operand.address, slots.bytes);
    tile.owned = true;
    tile.block = {0, rows, 0, columns};
    return tile;
}

models::Move Lowering::move(const workloads::Tensor& view, const Tile& tile) const {
    const TensorState& tensor = state(view);
    const arithmetic::Format& format = tensor.tensor.format;
    const std::uint64_t column = arithmetic::column_offset(format, tile.block.column);
    return {.memory = tensor.address + (view.first_row + tile.block.row) * tensor.pitch() + column,
            .memory_pitch = tensor.pitch(),
            .memory_plane = tensor.plane(),
            .memory_step = view.selected ? view.rows * tensor.pitch() : 0,
            .scratchpad = tile.operand.address,
            .scratchpad_pitch = tile.operand.pitch,
            .scratchpad_plane = tile.operand.plane,
            .rows = static_cast<std::uint32_t>(tile.block.rows),
            .row_bytes = static_cast<std::uint32_t>(arithmetic::row_bytes(format, tile.block.columns)),
            .planes = format.terms};
}

Lowering::Tile Lowering::load(Slots& slots, const workloads::Tensor& tensor, const Block& block) {
    TensorState& source = state(tensor);
    if (source.in_scratchpad) return {.operand = resident(tensor, block), .ready = source.written, .block = block};
    Tile tile = region(slots, source.tensor.format, block.rows, block.columns);
    tile.block = block;
    tile.ready = stream_.emit(Queue::load, later(tile.ready, source.written), context_.tag, move(tensor, tile));
    source.read = later(source.read, tile.ready);
    return tile;
}

Lowering::Tile Lowering::output(Slots& slots, const workloads::Tensor& tensor, const Block& block) {
    const TensorState& target = state(tensor);
    if (target.in_scratchpad) {
        return {.operand = resident(tensor, block), .ready = later(target.written, target.read), .block = block};
    }
    Tile tile = region(slots, target.tensor.format, block.rows, block.columns);
    tile.block = block;
    return tile;
}

void Lowering::finish(const workloads::Tensor& tensor, Tile& tile, const models::Tokens& done) {
    TensorState& target = state(tensor);
    tile.users = later(tile.users, done);
    if (target.in_scratchpad) {
        target.writing = later(target.writing, done);
        return;
    }
    const models::Tokens wait = later(later(done, target.read), target.written);
    const models::Tokens stored = stream_.emit(Queue::store, wait, context_.tag, move(tensor, tile));
    tile.users = later(tile.users, stored);
    target.writing = later(target.writing, stored);
}

std::uint64_t Lowering::scale_bytes(const workloads::Scales& factors) const {
    std::uint64_t count = 0;
    for (const workloads::Tensor& factor : factors.factors) count += moved_bits(factor) > 0 ? 1 : 0;
    return count * Layout::granule;
}

void Lowering::lay_out(ScaleTiles& scales, const workloads::Scales& factors, Layout& layout) const {
    for (std::size_t i = 0; i < factors.factors.size(); ++i)
        scales.slots[i] = room(layout, factors.factors[i], 1, 1, 1);
}

void Lowering::load(ScaleTiles& scales, const workloads::Scales& factors) {
    scales.operands.powers_of_two = factors.powers_of_two;
    for (std::size_t i = 0; i < factors.factors.size(); ++i) {
        if (!factors.factors[i]) continue;
        scales.tiles[i] = load(scales.slots[i], factors.factors[i], {0, 1, 0, 1});
        scales.operands.addresses[scales.operands.count++] = scales.tiles[i].operand.address;
        scales.ready = later(scales.ready, scales.tiles[i].ready);
    }
}

void Lowering::release(ScaleTiles& scales, const workloads::Scales& factors, const models::Tokens& done) {
    for (std::size_t i = 0; i < factors.factors.size(); ++i) {
        if (!factors.factors[i]) continue;
        scales.tiles[i].users = done;
        state(factors.factors[i]).read = later(state(factors.factors[i]).read, done);
        release(scales.tiles[i]);
    }
}

void Lowering::release(Tile& tile) {
    if (tile.owned) tiles_.vacate(tile.operand.address, later(tile.ready, tile.users));
    tile.owned = false;
}

models::Operand Lowering::part(const Tile& tile, const Block& block) {
    models::Operand operand = tile.operand;
    const std::uint64_t offset = arithmetic::column_offset(operand.format, block.column - tile.block.column);
    operand.address += static_cast<std::uint32_t>((block.row - tile.block.row) * operand.pitch + offset);
    return operand;
}

models::Position Lowering::position(const Block& block, std::uint64_t total_columns) const {
    return {context_.number, static_cast<std::uint32_t>(block.row), static_cast<std::uint32_t>(block.column),
            static_cast<std::uint32_t>(total_columns)};
}

std::uint64_t Lowering::block_elements(std::uint64_t bits) const {
    // A sixteenth is kept for the rounding of regions.
    return std::uint64_t{tiles_.bytes()} / 2 / tiles_.slots(3) * 8 / 16 * 15 / bits;
}

std::vector<Lowering::Block> Lowering::cut(std::uint64_t rows, std::uint64_t columns, std::uint64_t block_rows,
                                           std::uint64_t block_columns) {
    std::vector<Block> result;
    for (std::uint64_t column = 0; column < columns; column += block_columns) {
        for (std::uint64_t row = 0; row < rows; row += block_rows) {
            result.push_back(
                {row, std::min(block_rows, rows - row), column, std::min(block_columns, columns - column)});
        }
    }
    return result;
}

std::vector<Lowering::Block> Lowering::blocks(std::uint64_t rows, std::uint64_t columns, std::uint64_t bits,
                                              std::uint64_t granule) const {
    if (bits == 0) return {{0, rows, 0, columns}};  // nothing passes through the tile memory
    const std::uint64_t elements = block_elements(bits);
    const std::uint64_t block_columns = std::min(columns, std::max(granule, elements / granule * granule));
    const std::uint64_t block_rows =
        block_columns < columns ? 1 : std::clamp<std::uint64_t>(elements / columns, 1, rows);
    return cut(rows, columns, block_rows, block_columns);
}

std::vector<Lowering::Block> Lowering::transposed_blocks(std::uint64_t rows, std::uint64_t columns, std::uint64_t bits,
                                                         std::uint64_t row_granule, std::uint64_t granule) const {
    if (bits == 0) return {{0, rows, 0, columns}};
    const std::uint64_t elements = block_elements(bits);
    const std::uint64_t block_columns =
        std::min(columns, std::max(granule, elements / row_granule / granule * granule));
    const std::uint64_t block_rows =
        std::min(rows, std::max<std::uint64_t>(elements / block_columns / row_granule, 1) * row_granule);
    return cut(rows, columns, block_rows, block_columns);
}

std::uint32_t Lowering::block_slots(const std::vector<Block>& blocks) const {
    return std::min(static_cast<std::uint32_t>(blocks.size()), tiles_.slots(3));
}

std::uint64_t Lowering::tile_granule(std::initializer_list<workloads::Tensor> tensors) {
    std::uint64_t granule = 8;
    for (const workloads::Tensor& tensor : tensors)
        if (tensor) granule = std::lcm(granule, arithmetic::column_granule(tensor.format));
    return granule;
}

std::uint64_t Lowering::moved_bits(const workloads::Tensor& tensor) const {
    if (!tensor || state(tensor).in_scratchpad) return 0;
    return arithmetic::stored_bits(tensor.format);
}

void Lowering::lower_op(const workloads::Transfer&) {
    throw std::logic_error("a transfer is the host's, not a command of the accelerator");
}

}  // namespace ulpsim::platform

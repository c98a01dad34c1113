#include "platform/runtime/lowering.hpp"

#include <algorithm>
#include <stdexcept>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {

using models::Queue;

Lowering::Lowering(const TilingMachine& machine, TileMemory tiles, Tensors& tensors)
    : machine_(machine), tiles_(std::move(tiles)), tensors_(tensors) {
    machine_.budget_bytes = tiles_.tile_budget();
}

std::vector<models::Command> Lowering::lower(const workloads::Op& op, power::Tag tag) {
    context_ = {tag, op.number};
    std::visit([this](const auto& what) { lower_op(what); }, op.what);
    return stream_.take();
}

// ---- tiles
// -----------------------------------------------------------------------------------------------------------

models::Operand Lowering::resident(const TensorState& tensor, const Block& block) const {
    const std::uint64_t offset =
        block.row * tensor.pitch() + block.column * static_cast<std::uint64_t>(tensor.tensor.format.width()) / 8;
    return {static_cast<std::uint32_t>(tensor.address + offset), static_cast<std::uint32_t>(tensor.pitch()),
            static_cast<std::uint32_t>(tensor.plane()), tensor.tensor.format};
}

Lowering::Tile Lowering::region(const arithmetic::Format& format, std::uint64_t rows, std::uint64_t columns) {
    const std::uint64_t pitch = arithmetic::row_bytes(format, columns);
    const auto room = tiles_.allocate(static_cast<std::uint32_t>(format.terms * rows * pitch));
    if (!room) {
        throw Error("accelerator.scratchpad.size_kib is too small: no room for a tile of " +
                    std::to_string(format.terms * rows * pitch) + " bytes beside the others of its operation");
    }
    Tile tile;
    tile.operand = {room->address, static_cast<std::uint32_t>(pitch), static_cast<std::uint32_t>(rows * pitch), format};
    tile.ready = room->wait;
    tile.owned = true;
    tile.block = {0, rows, 0, columns};
    return tile;
}

models::Move Lowering::move(const TensorState& tensor, const Tile& tile) const {
    const arithmetic::Format& format = tensor.tensor.format;
    const auto width = static_cast<std::uint64_t>(format.width());
    if (tile.block.column * width % 8 != 0) throw std::logic_error("a tile starts inside a byte");
    return {.memory = tensor.address + tile.block.row * tensor.pitch() + tile.block.column * width / 8,
            .memory_pitch = tensor.pitch(),
            .memory_plane = tensor.plane(),
            .scratchpad = tile.operand.address,
            .scratchpad_pitch = tile.operand.pitch,
            .scratchpad_plane = tile.operand.plane,
            .rows = static_cast<std::uint32_t>(tile.block.rows),
            .row_bytes = static_cast<std::uint32_t>(arithmetic::row_bytes(format, tile.block.columns)),
            .planes = format.terms};
}

Lowering::Tile Lowering::load(const workloads::Tensor& tensor, const Block& block) {
    TensorState& source = state(tensor);
    if (source.in_scratchpad) return {.operand = resident(source, block), .ready = source.written, .block = block};
    Tile tile = region(source.tensor.format, block.rows, block.columns);
    tile.block = block;
    tile.ready = stream_.emit(Queue::load, later(tile.ready, source.written), context_.tag, move(source, tile));
    source.read = later(source.read, tile.ready);
    return tile;
}

Lowering::Tile Lowering::output(const workloads::Tensor& tensor, const Block& block) {
    const TensorState& target = state(tensor);
    if (target.in_scratchpad) {
        return {.operand = resident(target, block), .ready = later(target.written, target.read), .block = block};
    }
    Tile tile = region(target.tensor.format, block.rows, block.columns);
    tile.block = block;
    return tile;
}

void Lowering::finish(const workloads::Tensor& tensor, Tile& tile, const models::Tokens& done) {
    TensorState& target = state(tensor);
    tile.users = later(tile.users, done);
    if (target.in_scratchpad) {
        target.written = later(target.written, done);
        return;
    }
    const models::Tokens wait = later(later(done, target.read), target.written);
    const models::Tokens stored = stream_.emit(Queue::store, wait, context_.tag, move(target, tile));
    tile.users = later(tile.users, stored);
    target.written = later(target.written, stored);
}

void Lowering::release(Tile& tile) {
    if (tile.owned) tiles_.release(tile.operand.address, later(tile.ready, tile.users));
    tile.owned = false;
}

models::Position Lowering::position(const Block& block, std::uint64_t total_columns) const {
    return {context_.number, static_cast<std::uint32_t>(block.row), static_cast<std::uint32_t>(block.column),
            static_cast<std::uint32_t>(total_columns)};
}

void Lowering::for_each_block(std::uint64_t rows, std::uint64_t columns, std::uint64_t bits,
                              const std::function<void(Block)>& body) {
    // Regions are rounded to 64 bytes and rows to whole bytes: an eighth of the budget is kept for that.
    const std::uint64_t budget_bits = tiles_.tile_budget() * 7;
    const std::uint64_t elements = bits == 0 ? rows * columns : budget_bits / bits;
    const std::uint64_t block_columns = std::min(columns, std::max<std::uint64_t>(8, elements / 8 * 8));
    const std::uint64_t block_rows =
        block_columns < columns ? 1 : std::clamp<std::uint64_t>(elements / columns, 1, rows);
    for (std::uint64_t row = 0; row < rows; row += block_rows) {
        for (std::uint64_t column = 0; column < columns; column += block_columns) {
            tiles_.start_tile();
            body({row, std::min(block_rows, rows - row), column, std::min(block_columns, columns - column)});
        }
    }
}

// ---- element by element
// ----------------------------------------------------------------------------------------------

namespace {
std::uint64_t bits(const arithmetic::Format& format) {
    return static_cast<std::uint64_t>(format.width()) * format.terms;
}
}  // namespace

void Lowering::lower_op(const workloads::Conversion& op) {
    const std::uint64_t width =
        (state(op.in).in_scratchpad ? 0 : bits(op.in.format)) + (state(op.out).in_scratchpad ? 0 : bits(op.out.format));
    for_each_block(op.in.rows, op.in.columns, width, [&](const Block& block) {
        Tile in = load(op.in, block);
        Tile out = output(op.out, block);
        const models::ConvertCommand command{.in = in.operand,
                                             .out = out.operand,
                                             .rounding = op.rounding,
                                             .rows = static_cast<std::uint32_t>(block.rows),
                                             .columns = static_cast<std::uint32_t>(block.columns),
                                             .position = position(block, op.out.columns)};
        const models::Tokens done = stream_.emit(Queue::vector, later(in.ready, out.ready), context_.tag, command);
        in.users = done;
        state(op.in).read = later(state(op.in).read, done);
        finish(op.out, out, done);
        release(in);
        release(out);
    });
}

void Lowering::lower_op(const workloads::Update& op) {
    std::uint64_t width = 0;
    for (const workloads::Tensor& tensor : {op.gradient, op.master, op.velocity, op.weight}) {
        if (tensor && !state(tensor).in_scratchpad) width += bits(tensor.format);
    }
    for_each_block(op.master.rows, op.master.columns, width, [&](const Block& block) {
        const arithmetic::Update& o = op.operation;
        models::UpdateCommand command{.has_velocity = static_cast<bool>(op.velocity),
                                      .has_weight = static_cast<bool>(op.weight),
                                      .state = o.state,
                                      .state_rounding = o.state_rounding,
                                      .master_rounding = o.master_rounding,
                                      .weight_rounding = o.weight_rounding,
                                      .learning_rate = o.learning_rate,
                                      .momentum = o.momentum,
                                      .weight_decay = o.weight_decay,
                                      .unscale = o.unscale,
                                      .rows = static_cast<std::uint32_t>(block.rows),
                                      .columns = static_cast<std::uint32_t>(block.columns),
                                      .position = position(block, op.master.columns)};
        Tile gradient = load(op.gradient, block), master = load(op.master, block), velocity, weight;
        command.gradient = gradient.operand;
        command.master = master.operand;
        models::Tokens wait = later(gradient.ready, later(master.ready, state(op.master).read));
        if (op.velocity) {
            velocity = load(op.velocity, block);
            command.velocity = velocity.operand;
            wait = later(wait, later(velocity.ready, state(op.velocity).read));
        }
        if (op.weight) {
            weight = output(op.weight, block);
            command.weight = weight.operand;
            wait = later(wait, weight.ready);
        }
        const models::Tokens done = stream_.emit(Queue::vector, wait, context_.tag, command);
        gradient.users = done;
        state(op.gradient).read = later(state(op.gradient).read, done);
        finish(op.master, master, done);
        if (op.velocity) finish(op.velocity, velocity, done);
        if (op.weight) finish(op.weight, weight, done);
        for (Tile* tile : {&gradient, &master, &velocity, &weight}) release(*tile);
    });
}

// ---- reductions
// ------------------------------------------------------------------------------------------------------

void Lowering::lower_op(const workloads::ColumnSums& op) {
    const std::uint64_t width = state(op.in).in_scratchpad ? 0 : bits(op.in.format);
    // Blocks come row by row; the running sums of a block of columns need all rows of it, so rows are walked inside.
    std::vector<Block> blocks;
    const std::uint64_t sums_bits =
        (bits(op.accumulator) + bits(op.out.format)) / std::max<std::uint64_t>(1, op.in.rows) + 1;
    for_each_block(op.in.rows, op.in.columns, width + sums_bits, [&](const Block& block) { blocks.push_back(block); });
    std::stable_sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.column < b.column; });
    Tile sums, out;
    for (const Block& block : blocks) {
        const bool last = block.row + block.rows == op.in.rows;
        const Block result{0, 1, block.column, block.columns};
        if (block.row == 0) {
            sums = region(op.accumulator, 1, block.columns);
            out = output(op.out, result);
        }
        Tile in = load(op.in, block);
        const models::ColumnSumsCommand command{.in = in.operand,
                                                .sums = sums.operand,
                                                .out = out.operand,
                                                .accumulator_rounding = op.accumulator_rounding,
                                                .rounding = op.rounding,
                                                .factor = op.factor,
                                                .last = last,
                                                .rows = static_cast<std::uint32_t>(block.rows),
                                                .columns = static_cast<std::uint32_t>(block.columns),
                                                .first_row = static_cast<std::uint32_t>(block.row),
                                                .position = position(result, op.out.columns)};
        const models::Tokens done =
            stream_.emit(Queue::vector, later(in.ready, later(sums.ready, out.ready)), context_.tag, command);
        in.users = sums.users = done;
        state(op.in).read = later(state(op.in).read, done);
        release(in);
        if (!last) continue;
        finish(op.out, out, done);
        release(sums);
        release(out);
    }
}

void Lowering::lower_op(const workloads::SoftmaxCrossEntropy& op) {
    tiles_.start_tile();
    const Block all{0, op.logits.rows, 0, op.logits.columns};
    Tile logits = load(op.logits, all), labels = load(op.labels, {0, op.logits.rows, 0, 1});
    Tile error = output(op.error, all), losses = output(op.metrics, {op.slot, 1, 0, 2});
    const models::SoftmaxCommand command{.logits = logits.operand,
                                         .labels = labels.operand,
                                         .error = error.operand,
                                         .losses = losses.operand,
                                         .format = op.operation.format,
                                         .factor = op.operation.factor,
                                         .rounding = op.operation.rounding,
                                         .rows = static_cast<std::uint32_t>(all.rows),
                                         .columns = static_cast<std::uint32_t>(all.columns),
                                         .position = position(all, op.error.columns)};
    const models::Tokens wait = later(later(logits.ready, labels.ready), later(error.ready, losses.ready));
    const models::Tokens done = stream_.emit(Queue::vector, wait, context_.tag, command);
    logits.users = labels.users = done;
    state(op.logits).read = later(state(op.logits).read, done);
    state(op.labels).read = later(state(op.labels).read, done);
    finish(op.error, error, done);
    finish(op.metrics, losses, done);
    for (Tile* tile : {&logits, &labels, &error, &losses}) release(*tile);
}

void Lowering::lower_op(const workloads::CountNonfinite& op) {
    Tile counter = region(arithmetic::fp64, 1, 1), out = output(op.out, {0, 1, 0, 1});
    models::Tokens done{};
    for (std::size_t i = 0; i < op.in.size(); ++i) {
        const workloads::Tensor& tensor = op.in[i];
        const std::uint64_t width = state(tensor).in_scratchpad ? 0 : bits(tensor.format);
        for_each_block(tensor.rows, tensor.columns, width + 1, [&](const Block& block) {
            Tile in = load(tensor, block);
            const models::CountCommand command{.in = in.operand,
                                               .counter = counter.operand,
                                               .out = out.operand,
                                               .first = i == 0 && block.row == 0 && block.column == 0,
                                               .last = i + 1 == op.in.size() && block.row + block.rows == tensor.rows &&
                                                       block.column + block.columns == tensor.columns,
                                               .rows = static_cast<std::uint32_t>(block.rows),
                                               .columns = static_cast<std::uint32_t>(block.columns)};
            done = stream_.emit(Queue::vector, later(in.ready, later(counter.ready, out.ready)), context_.tag, command);
            in.users = done;
            state(tensor).read = later(state(tensor).read, done);
            release(in);
        });
    }
    counter.users = done;
    finish(op.out, out, done);
    release(counter);
    release(out);
}

void Lowering::lower_op(const workloads::Transfer&) {
    throw std::logic_error("a transfer is the host's, not a command of the accelerator");
}

}  // namespace ulpsim::platform

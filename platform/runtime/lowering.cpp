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
    return stream_.take();
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

// ---- element by element ---------------------------------------------------------------------------------------------

void Lowering::lower_op(const workloads::Conversion& op) {
    const std::uint64_t bits = moved_bits(op.in) + moved_bits(op.out);
    const std::vector<Block> all =
        op.transpose
            ? transposed_blocks(op.out.rows, op.out.columns, bits, tile_granule({op.in}), tile_granule({op.out}))
            : blocks(op.out.rows, op.out.columns, bits, tile_granule({op.in, op.out}));
    const auto source = [&](const Block& block) {
        return op.transpose ? Block{block.column, block.columns, block.row, block.rows} : block;
    };
    Layout layout;
    const Block first = source(all[0]);
    Slots in_slots = room(layout, op.in, first.rows, first.columns, block_slots(all));
    Slots out_slots = room(layout, op.out, all[0].rows, all[0].columns, block_slots(all));
    ScaleTiles scales;
    lay_out(scales, op.scales, layout);
    open(layout, {&in_slots, &out_slots, &scales.slots[0], &scales.slots[1]});
    load(scales, op.scales);
    models::Tokens done{};
    for (const Block& block : all) {
        tiles_.start_tile();
        Tile in = load(in_slots, op.in, source(block));
        Tile out = output(out_slots, op.out, block);
        const models::ConvertCommand command{.in = in.operand,
                                             .out = out.operand,
                                             .rounding = op.rounding,
                                             .transpose = op.transpose,
                                             .divide = scales.operands.count > 0 || op.transpose,
                                             .scales = scales.operands,
                                             .rows = static_cast<std::uint32_t>(block.rows),
                                             .columns = static_cast<std::uint32_t>(block.columns),
                                             .position = position(block, op.out.columns)};
        const models::Tokens wait = later(later(in.ready, out.ready), scales.ready);
        done = stream_.emit(Queue::vector, wait, context_.tag, command);
        in.users = done;
        state(op.in).read = later(state(op.in).read, done);
        finish(op.out, out, done);
        release(in);
        release(out);
    }
    release(scales, op.scales, done);
}

void Lowering::lower_op(const workloads::Combination& op) {
    const std::uint64_t bits = moved_bits(op.a) + moved_bits(op.b) + moved_bits(op.out) + moved_bits(op.mask);
    const std::vector<Block> all =
        blocks(op.out.rows, op.out.columns, bits, tile_granule({op.a, op.b, op.out, op.mask}));
    Layout layout;
    const auto slots = [&](const workloads::Tensor& tensor) {
        return room(layout, tensor, all[0].rows, all[0].columns, block_slots(all));
    };
    Slots a_slots = slots(op.a), b_slots = slots(op.b), out_slots = slots(op.out), mask_slots = slots(op.mask);
    open(layout, {&a_slots, &b_slots, &out_slots, &mask_slots});
    for (const Block& block : all) {
        tiles_.start_tile();
        Tile a = load(a_slots, op.a, block), b = load(b_slots, op.b, block), mask;
        if (op.mask) mask = load(mask_slots, op.mask, block);
        Tile out = output(out_slots, op.out, block);
        const models::CombineCommand command{.a = a.operand,
                                             .b = b.operand,
                                             .out = out.operand,
                                             .mask = mask.operand,
                                             .factor = op.factor,
                                             .activation = op.activation,
                                             .rounding = op.rounding,
                                             .rows = static_cast<std::uint32_t>(block.rows),
                                             .columns = static_cast<std::uint32_t>(block.columns),
                                             .position = position(block, op.out.columns)};
        const models::Tokens wait = later(later(a.ready, b.ready), later(mask.ready, out.ready));
        const models::Tokens done = stream_.emit(Queue::vector, wait, context_.tag, command);
        a.users = b.users = mask.users = done;
        for (const workloads::Tensor& operand : {op.a, op.b, op.mask})
            if (operand) state(operand).read = later(state(operand).read, done);
        finish(op.out, out, done);
        for (Tile* tile : {&a, &b, &mask, &out}) release(*tile);
    }
}

void Lowering::lower_op(const workloads::Update& op) {
    const std::uint64_t bits =
        moved_bits(op.gradient) + moved_bits(op.master) + moved_bits(op.velocity) + moved_bits(op.weight);
    const std::uint64_t granule = tile_granule({op.gradient, op.master, op.velocity, op.weight});
    const std::vector<Block> all = blocks(op.master.rows, op.master.columns, bits, granule);
    Layout layout;
    const auto slots = [&](const workloads::Tensor& tensor) {
        return room(layout, tensor, all[0].rows, all[0].columns, block_slots(all));
    };
    Slots gradients = slots(op.gradient), masters = slots(op.master), velocities = slots(op.velocity),
          weights = slots(op.weight);
    open(layout, {&gradients, &masters, &velocities, &weights});
    for (const Block& block : all) {
        tiles_.start_tile();
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
        Tile gradient = load(gradients, op.gradient, block), master = load(masters, op.master, block), velocity, weight;
        command.gradient = gradient.operand;
        command.master = master.operand;
        models::Tokens wait = later(gradient.ready, later(master.ready, state(op.master).read));
        if (op.velocity) {
            velocity = load(velocities, op.velocity, block);
            command.velocity = velocity.operand;
            wait = later(wait, later(velocity.ready, state(op.velocity).read));
        }
        if (op.weight) {
            weight = output(weights, op.weight, block);
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
    }
}

// ---- reductions -----------------------------------------------------------------------------------------------------

void Lowering::lower_op(const workloads::ColumnSums& op) {
    // Blocks come column by column: the running sums of a block of columns wait for all rows of it.
    const std::uint64_t sum_bits = static_cast<std::uint64_t>(op.accumulator.width()) + moved_bits(op.out);
    const std::vector<Block> all =
        blocks(op.in.rows, op.in.columns, moved_bits(op.in) + sum_bits, tile_granule({op.in, op.out}));
    Layout layout;
    Slots in_slots = room(layout, op.in, all[0].rows, all[0].columns, block_slots(all));
    Slots out_slots = room(layout, op.out, 1, all[0].columns, block_slots(all));
    Slots sum_slots = layout.add(arithmetic::packed_bytes(op.accumulator, 1, all[0].columns), block_slots(all));
    open(layout, {&in_slots, &out_slots, &sum_slots});
    Tile sums, out;
    for (const Block& block : all) {
        tiles_.start_tile();
        const bool last = block.row + block.rows == op.in.rows;
        const Block result{0, 1, block.column, block.columns};
        if (block.row == 0) {
            sums = region(sum_slots, op.accumulator, 1, block.columns);
            out = output(out_slots, op.out, result);
        }
        Tile in = load(in_slots, op.in, block);
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
    const Block all{0, op.logits.rows, 0, op.logits.columns};
    Layout layout;
    Slots logit_slots = room(layout, op.logits, all.rows, all.columns, 1);
    Slots label_slots = room(layout, op.labels, all.rows, 1, 1);
    Slots error_slots = room(layout, op.error, all.rows, all.columns, 1);
    Slots loss_slots = room(layout, op.metrics, 1, 2, 1);
    open(layout, {&logit_slots, &label_slots, &error_slots, &loss_slots});
    tiles_.start_tile();
    Tile logits = load(logit_slots, op.logits, all), labels = load(label_slots, op.labels, {0, all.rows, 0, 1});
    Tile error = output(error_slots, op.error, all), losses = output(loss_slots, op.metrics, {op.slot, 1, 0, 2});
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
    std::uint64_t largest = 0;
    std::vector<std::pair<workloads::Tensor, Block>> all;
    for (const workloads::Tensor& tensor : op.in) {
        for (const Block& block : blocks(tensor.rows, tensor.columns, moved_bits(tensor) + 1, tile_granule({tensor}))) {
            all.emplace_back(tensor, block);
            if (state(tensor).in_scratchpad) continue;
            largest = std::max(largest, arithmetic::packed_bytes(tensor.format, block.rows, block.columns));
        }
    }
    Layout layout;
    Slots in_slots = layout.add(largest, tiles_.slots(3));
    Slots counter_slots = layout.add(8, 1);
    Slots out_slots = room(layout, op.out, 1, 1, 1);
    open(layout, {&in_slots, &counter_slots, &out_slots});
    Tile counter = region(counter_slots, arithmetic::fp64, 1, 1), out = output(out_slots, op.out, {0, 1, 0, 1});
    models::Tokens done{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [tensor, block] = all[i];
        tiles_.start_tile();
        Tile in = load(in_slots, tensor, block);
        const models::CountCommand command{.in = in.operand,
                                           .counter = counter.operand,
                                           .out = out.operand,
                                           .first = i == 0,
                                           .last = i + 1 == all.size(),
                                           .rows = static_cast<std::uint32_t>(block.rows),
                                           .columns = static_cast<std::uint32_t>(block.columns)};
        done = stream_.emit(Queue::vector, later(in.ready, later(counter.ready, out.ready)), context_.tag, command);
        in.users = done;
        state(tensor).read = later(state(tensor).read, done);
        release(in);
    }
    counter.users = done;
    finish(op.out, out, done);
    release(counter);
    release(out);
}

void Lowering::lower_op(const workloads::MeasureScale& op) {
    const std::vector<Block> all = blocks(op.in.rows, op.in.columns, moved_bits(op.in), tile_granule({op.in}));
    Layout layout;
    Slots in_slots = room(layout, op.in, all[0].rows, all[0].columns, block_slots(all));
    Slots extreme_slots = layout.add(16, 1);
    Slots out_slots = room(layout, op.out, 1, 1, 1);
    open(layout, {&in_slots, &extreme_slots, &out_slots});
    Tile extremes = region(extreme_slots, arithmetic::fp64, 1, 2), out = output(out_slots, op.out, {0, 1, 0, 1});
    models::Tokens done{};
    for (const Block& block : all) {
        tiles_.start_tile();
        Tile in = load(in_slots, op.in, block);
        const models::MeasureCommand command{.in = in.operand,
                                             .extremes = extremes.operand,
                                             .out = out.operand,
                                             .format = op.format,
                                             .first = &block == &all.front(),
                                             .last = &block == &all.back(),
                                             .rows = static_cast<std::uint32_t>(block.rows),
                                             .columns = static_cast<std::uint32_t>(block.columns)};
        done = stream_.emit(Queue::vector, later(in.ready, later(extremes.ready, out.ready)), context_.tag, command);
        in.users = done;
        state(op.in).read = later(state(op.in).read, done);
        release(in);
    }
    extremes.users = done;
    finish(op.out, out, done);
    release(extremes);
    release(out);
}

void Lowering::lower_op(const workloads::Transfer&) {
    throw std::logic_error("a transfer is the host's, not a command of the accelerator");
}

}  // namespace ulpsim::platform

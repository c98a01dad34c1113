// Operations that keep a sum, a count or an extreme over many elements.
#include <algorithm>

#include "platform/runtime/lowering.hpp"

namespace ulpsim::platform {

using models::Queue;

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

void Lowering::lower_op(const workloads::SquaredNorm& op) {
    // As CountNonfinite; the columns' sums wait for all rows of a block of columns, as in ColumnSums.
    std::uint64_t largest = 0, widest = 0;
    std::vector<std::pair<workloads::Tensor, Block>> all;
    const auto sum_bits = static_cast<std::uint64_t>(op.out.format.width());
    for (const workloads::Tensor& tensor : op.in) {
        for (const Block& block :
             blocks(tensor.rows, tensor.columns, moved_bits(tensor) + sum_bits, tile_granule({tensor}))) {
            all.emplace_back(tensor, block);
            widest = std::max(widest, block.columns);
            if (state(tensor).in_scratchpad) continue;
            largest = std::max(largest, arithmetic::packed_bytes(tensor.format, block.rows, block.columns));
        }
    }
    Layout layout;
    Slots in_slots = layout.add(largest, tiles_.slots(3));
    Slots sum_slots = layout.add(arithmetic::packed_bytes(op.out.format, 1, widest), tiles_.slots(3));
    Slots total_slots = room(layout, op.out, 1, 1, 1);
    open(layout, {&in_slots, &sum_slots, &total_slots});
    Tile total = output(total_slots, op.out, {0, 1, 0, 1}), sums;
    models::Tokens done{};
    bool first = true;
    for (const auto& [tensor, block] : all) {
        tiles_.start_tile();
        const bool first_rows = block.row == 0, last_rows = block.row + block.rows == tensor.rows;
        if (first_rows) sums = region(sum_slots, op.out.format, 1, block.columns);
        Tile in = load(in_slots, tensor, block);
        const models::SquaresCommand command{.in = in.operand,
                                             .sums = sums.operand,
                                             .total = total.operand,
                                             .first_rows = first_rows,
                                             .last_rows = last_rows,
                                             .first = first,
                                             .rows = static_cast<std::uint32_t>(block.rows),
                                             .columns = static_cast<std::uint32_t>(block.columns)};
        done = stream_.emit(Queue::vector, later(in.ready, later(sums.ready, total.ready)), context_.tag, command);
        in.users = sums.users = done;
        state(tensor).read = later(state(tensor).read, done);
        release(in);
        if (!last_rows) continue;
        release(sums);
        first = false;
    }
    total.users = done;
    finish(op.out, total, done);
    release(total);
}

}  // namespace ulpsim::platform

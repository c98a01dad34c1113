// Operations element by element: conversions, weighted sums, updates.
#include "platform/runtime/lowering.hpp"

namespace ulpsim::platform {

using models::Queue;

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
          weights = slots(op.weight), changes_slots = room(layout, op.changes, 1, 2, 1);
    open(layout, {&gradients, &masters, &velocities, &weights, &changes_slots});
    Tile changes;
    if (op.changes) changes = load(changes_slots, op.changes, {0, 1, 0, 2});
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
                                      .compensated = o.compensated,
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
        if (op.changes) {
            command.has_changes = true;
            command.changes = changes.operand.address;
            wait = later(wait, changes.ready);
        }
        const models::Tokens done = stream_.emit(Queue::vector, wait, context_.tag, command);
        gradient.users = done;
        changes.users = done;
        state(op.gradient).read = later(state(op.gradient).read, done);
        finish(op.master, master, done);
        if (op.velocity) finish(op.velocity, velocity, done);
        if (op.weight) finish(op.weight, weight, done);
        for (Tile* tile : {&gradient, &master, &velocity, &weight}) release(*tile);
    }
    if (!op.changes) return;
    finish(op.changes, changes, changes.users);
    release(changes);
}

}  // namespace ulpsim::platform

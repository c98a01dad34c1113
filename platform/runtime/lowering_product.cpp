// Matrix products: tiles of A, B and C through the scratchpad, accumulators waiting there between tiles of k.
#include <algorithm>

#include "platform/runtime/lowering.hpp"

namespace ulpsim::platform {

using models::Queue;

const Tiling& Lowering::tiling(const ProductShape& shape) {
    const auto known = tilings_.find(shape);
    if (known != tilings_.end()) return known->second;
    return tilings_.emplace(shape, choose_tiling(shape, machine_)).first->second;
}

/// The state of one product while its tiles are walked.
struct Lowering::ProductLoop {
    Lowering& lowering;
    const workloads::MatrixProduct& op;
    models::Gemm gemm;
    Tiling tiling;
    models::Dataflow dataflow;
    Tile a{}, b{}, bias{}, accumulators{}, mask{}, out{};
    ScaleTiles scales{};
    models::Tokens scaled{};  ///< the last command that reads the scales
    Slots a_slots{}, b_slots{}, bias_slots{}, accumulator_slots{}, mask_slots{}, out_slots{};

    void lay_out();
    void tile_of_c(std::uint64_t m, std::uint64_t n);
    void product(const Block& c, std::uint64_t k);
    void epilogue(const Block& c);
    void finish();
    /// The block of the operand: of the whole where that is loaded once, else of the tile of the step before when it is
    /// the same one, else of a new tile.
    models::Operand renew(Tile& tile, Slots& slots, const workloads::Tensor& tensor, const Block& block,
                          bool whole) const;
};

void Lowering::ProductLoop::lay_out() {
    const TilingSlots slots = tiling_slots(gemm, tiling, lowering.machine_.slots);
    const auto operand = [&](Layout& layout, const workloads::Tensor& tensor, bool transposed, std::uint64_t rows,
                             std::uint64_t columns, std::uint32_t count) {
        return transposed ? lowering.room(layout, tensor, columns, rows, count)
                          : lowering.room(layout, tensor, rows, columns, count);
    };
    const std::uint64_t c_rows = tiling.whole_c ? gemm.m : tiling.m, c_columns = tiling.whole_c ? gemm.n : tiling.n;
    Layout layout;
    a_slots = operand(layout, op.a, op.transpose_a, tiling.whole_a ? gemm.m : tiling.m,
                      tiling.whole_a ? gemm.k : tiling.k, slots.a);
    b_slots = operand(layout, op.b, op.transpose_b, tiling.whole_b ? gemm.k : tiling.k,
                      tiling.whole_b ? gemm.n : tiling.n, slots.b);
    bias_slots = lowering.room(layout, op.bias, 1, tiling.n, slots.c);
    accumulator_slots =
        layout.add(arithmetic::packed_bytes(arithmetic::result_format(op.dot), tiling.m, tiling.n), slots.c);
    mask_slots = lowering.room(layout, op.mask, c_rows, c_columns, tiling.whole_c ? 1 : slots.c);
    out_slots = lowering.room(layout, op.out, c_rows, c_columns, tiling.whole_c ? 1 : slots.c);
    lowering.lay_out(scales, op.scales, layout);
    lowering.open(layout, {&a_slots, &b_slots, &bias_slots, &accumulator_slots, &mask_slots, &out_slots,
                           &scales.slots[0], &scales.slots[1]});
    lowering.load(scales, op.scales);
}

models::Operand Lowering::ProductLoop::renew(Tile& tile, Slots& slots, const workloads::Tensor& tensor,
                                             const Block& block, bool whole) const {
    const Block wanted = whole ? Block{0, tensor.rows, 0, tensor.columns} : block;
    if (tile.block != wanted) {
        lowering.release(tile);
        tile = lowering.load(slots, tensor, wanted);
    }
    return part(tile, block);
}

void Lowering::ProductLoop::tile_of_c(std::uint64_t m, std::uint64_t n) {
    lowering.tiles_.start_tile();
    const Block c{m, std::min(tiling.m, gemm.m - m), n, std::min(tiling.n, gemm.n - n)};
    if (op.bias) renew(bias, bias_slots, op.bias, {0, 1, n, c.columns}, false);
    accumulators = lowering.region(accumulator_slots, arithmetic::result_format(op.dot), c.rows, c.columns);
    for (std::uint64_t k = 0; k < gemm.k; k += tiling.k) product(c, k);
    epilogue(c);
    lowering.release(accumulators);
}

void Lowering::ProductLoop::product(const Block& c, std::uint64_t k) {
    const std::uint64_t depth = std::min(tiling.k, gemm.k - k);
    const models::Operand left =
        renew(a, a_slots, op.a, op.transpose_a ? Block{k, depth, c.row, c.rows} : Block{c.row, c.rows, k, depth},
              tiling.whole_a);
    const models::Operand right = renew(
        b, b_slots, op.b, op.transpose_b ? Block{c.column, c.columns, k, depth} : Block{k, depth, c.column, c.columns},
        tiling.whole_b);
    using Start = arithmetic::Product::Start;
    const Start first = op.bias ? Start::bias : Start::zero;
    const models::ProductCommand command{.dot = op.dot,
                                         .a = left,
                                         .b = right,
                                         .accumulators = accumulators.operand,
                                         .bias = bias.operand,
                                         .transpose_a = op.transpose_a,
                                         .transpose_b = op.transpose_b,
                                         .start = k == 0 ? first : Start::resume,
                                         .dataflow = dataflow,
                                         .rows = static_cast<std::uint32_t>(c.rows),
                                         .columns = static_cast<std::uint32_t>(c.columns),
                                         .depth = static_cast<std::uint32_t>(depth),
                                         .first_k = static_cast<std::uint32_t>(k),
                                         .position = lowering.position(c, gemm.n)};
    models::Tokens wait = later(later(a.ready, b.ready), accumulators.ready);
    if (k == 0 && op.bias) wait = later(wait, bias.ready);
    const models::Tokens done = lowering.stream_.emit(Queue::array, wait, lowering.context_.tag, command);
    for (Tile* tile : {&a, &b, &bias, &accumulators}) tile->users = later(tile->users, done);
    for (const workloads::Tensor& operand : {op.a, op.b, op.bias}) {
        if (operand) lowering.state(operand).read = later(lowering.state(operand).read, done);
    }
}

void Lowering::ProductLoop::epilogue(const Block& c) {
    models::ConvertCommand command{.in = accumulators.operand,
                                   .factor = op.factor,
                                   .activation = op.activation,
                                   .rounding = op.rounding,
                                   .scales = scales.operands,
                                   .rows = static_cast<std::uint32_t>(c.rows),
                                   .columns = static_cast<std::uint32_t>(c.columns),
                                   .position = lowering.position(c, gemm.n)};
    models::Tokens wait = later(accumulators.users, scales.ready);
    if (op.mask) {
        command.mask = renew(mask, mask_slots, op.mask, c, tiling.whole_c);
        wait = later(wait, mask.ready);
    }
    if (!out.operand.pitch) out = lowering.output(out_slots, op.out, tiling.whole_c ? Block{0, gemm.m, 0, gemm.n} : c);
    command.out = part(out, c);
    const models::Tokens done =
        lowering.stream_.emit(Queue::vector, later(wait, out.ready), lowering.context_.tag, command);
    scaled = done;
    for (Tile* tile : {&accumulators, &mask, &out}) tile->users = later(tile->users, done);
    if (op.mask) lowering.state(op.mask).read = later(lowering.state(op.mask).read, done);
    if (!tiling.whole_c) finish();
}

void Lowering::ProductLoop::finish() {
    lowering.finish(op.out, out, out.users);
    lowering.release(out);
    out = {};
    if (op.mask) lowering.release(mask);
    mask = {};
}

void Lowering::lower_op(const workloads::MatrixProduct& op) {
    const models::Gemm gemm{op.out.rows, op.out.columns, op.transpose_a ? op.a.rows : op.a.columns};
    const auto bits = [&](const workloads::Tensor& tensor) {
        return tensor && !state(tensor).in_scratchpad ? tile_bits(tensor.format) : 0;
    };
    const std::uint64_t products = arithmetic::products_per_element(op.dot);
    const ProductShape shape{
        .gemm = gemm,
        .a_bits = bits(op.a),
        .b_bits = bits(op.b),
        .mask_bits = bits(op.mask),
        .out_bits = bits(op.out),
        .accumulator_bits = static_cast<std::uint64_t>(arithmetic::result_format(op.dot).width()),
        .k_granule = arithmetic::split_granule(op.dot),
        .other_bytes = scale_bytes(op.scales),
        .products = products,
        .transpose_a = op.transpose_a,
        .transpose_b = op.transpose_b,
        .dataflow = models::resolve({gemm.m, gemm.n, gemm.k * products}, machine_.array, machine_.array.dataflow),
    };
    const Tiling& t = tiling(shape);
    ProductLoop loop{*this, op, gemm, t, shape.dataflow};
    loop.lay_out();
    const std::uint64_t outer_end = t.rows_inside ? gemm.n : gemm.m, outer_step = t.rows_inside ? t.n : t.m;
    const std::uint64_t inner_end = t.rows_inside ? gemm.m : gemm.n, inner_step = t.rows_inside ? t.m : t.n;
    for (std::uint64_t outer = 0; outer < outer_end; outer += outer_step) {
        for (std::uint64_t inner = 0; inner < inner_end; inner += inner_step) {
            t.rows_inside ? loop.tile_of_c(inner, outer) : loop.tile_of_c(outer, inner);
        }
    }
    if (t.whole_c) loop.finish();
    for (Tile* tile : {&loop.a, &loop.b, &loop.bias}) release(*tile);
    release(loop.scales, op.scales, loop.scaled);
}

}  // namespace ulpsim::platform

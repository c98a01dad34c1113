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
    Tile a, b, bias, accumulators;

    void tile_of_c(std::uint64_t m, std::uint64_t n);
    void product(const Block& c, std::uint64_t k);
    void epilogue(const Block& c);
    /// Keeps the tile of the step before when it is the same block, else loads.
    void renew(Tile& tile, const workloads::Tensor& tensor, const Block& block) const;
};

void Lowering::ProductLoop::renew(Tile& tile, const workloads::Tensor& tensor, const Block& block) const {
    if (tile.block == block && block.rows != 0) return;
    lowering.release(tile);
    tile = lowering.load(tensor, block);
}

void Lowering::ProductLoop::tile_of_c(std::uint64_t m, std::uint64_t n) {
    lowering.tiles_.start_tile();
    const Block c{m, std::min(tiling.m, gemm.m - m), n, std::min(tiling.n, gemm.n - n)};
    if (op.bias) renew(bias, op.bias, {0, 1, n, c.columns});
    accumulators = lowering.region(arithmetic::result_format(op.dot), c.rows, c.columns);
    for (std::uint64_t k = 0; k < gemm.k; k += tiling.k) product(c, k);
    epilogue(c);
    lowering.release(accumulators);
}

void Lowering::ProductLoop::product(const Block& c, std::uint64_t k) {
    const std::uint64_t depth = std::min(tiling.k, gemm.k - k);
    renew(a, op.a, op.transpose_a ? Block{k, depth, c.row, c.rows} : Block{c.row, c.rows, k, depth});
    renew(b, op.b, op.transpose_b ? Block{c.column, c.columns, k, depth} : Block{k, depth, c.column, c.columns});
    using Start = arithmetic::Product::Start;
    const Start first = op.bias ? Start::bias : Start::zero;
    const models::ProductCommand command{.dot = op.dot,
                                         .a = a.operand,
                                         .b = b.operand,
                                         .accumulators = accumulators.operand,
                                         .bias = bias.operand,
                                         .transpose_a = op.transpose_a,
                                         .transpose_b = op.transpose_b,
                                         .start = k == 0 ? first : Start::resume,
                                         .dataflow = lowering.machine_.array.dataflow,
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
                                   .rows = static_cast<std::uint32_t>(c.rows),
                                   .columns = static_cast<std::uint32_t>(c.columns),
                                   .position = lowering.position(c, gemm.n)};
    models::Tokens wait = accumulators.users;
    Tile mask;
    if (op.mask) {
        mask = lowering.load(op.mask, c);
        command.mask = mask.operand;
        wait = later(wait, mask.ready);
    }
    Tile out = lowering.output(op.out, c);
    command.out = out.operand;
    const models::Tokens done =
        lowering.stream_.emit(Queue::vector, later(wait, out.ready), lowering.context_.tag, command);
    accumulators.users = later(accumulators.users, done);
    if (op.mask) {
        mask.users = done;
        lowering.state(op.mask).read = later(lowering.state(op.mask).read, done);
        lowering.release(mask);
    }
    lowering.finish(op.out, out, done);
    lowering.release(out);
}

void Lowering::lower_op(const workloads::MatrixProduct& op) {
    const models::Gemm gemm{op.out.rows, op.out.columns, op.transpose_a ? op.a.rows : op.a.columns};
    const auto width = [&](const workloads::Tensor& tensor) {
        return tensor && !state(tensor).in_scratchpad ? static_cast<std::uint64_t>(tensor.format.width()) : 0;
    };
    const ProductShape shape{
        .gemm = gemm,
        .a_bits = width(op.a),
        .b_bits = width(op.b),
        .mask_bits = width(op.mask),
        .out_bits = width(op.out),
        .accumulator_bits = static_cast<std::uint64_t>(arithmetic::result_format(op.dot).width()),
        .k_granule = arithmetic::split_granule(op.dot),
        .transpose_a = op.transpose_a,
        .transpose_b = op.transpose_b,
        .dataflow = machine_.array.dataflow,
    };
    const Tiling& t = tiling(shape);
    ProductLoop loop{*this, op, gemm, t, {}, {}, {}, {}};
    const std::uint64_t outer_end = t.rows_inside ? gemm.n : gemm.m, outer_step = t.rows_inside ? t.n : t.m;
    const std::uint64_t inner_end = t.rows_inside ? gemm.m : gemm.n, inner_step = t.rows_inside ? t.m : t.n;
    for (std::uint64_t outer = 0; outer < outer_end; outer += outer_step) {
        for (std::uint64_t inner = 0; inner < inner_end; inner += inner_step) {
            t.rows_inside ? loop.tile_of_c(inner, outer) : loop.tile_of_c(outer, inner);
        }
    }
    for (Tile* tile : {&loop.a, &loop.b, &loop.bias}) release(*tile);
}

}  // namespace ulpsim::platform

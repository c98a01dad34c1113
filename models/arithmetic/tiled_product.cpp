#include "models/arithmetic/tiled_product.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "models/arithmetic/kernels/panels.hpp"
#include "models/arithmetic/kernels/step_choice.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

using kernels::Step;
using kernels::StepConstants;
using kernels::tile_columns;

// Blocks: a tile's strips of A and B (12 and 16 floats a product) stay in a first-level cache of 32 KiB, the panels of
// A (and the accumulators, where they are not those in memory) in the second level.
constexpr std::uint64_t block_depth = 256, block_rows = 384, block_columns = 256;
constexpr std::uint64_t longest_chunk = 4096;

/// What a product needs, worked out once.
struct Plan {
    const Product* product;
    Matrix accumulators;
    std::uint64_t depth;
    kernels::Decoder<float> a, b;
    Step step, outer_step = Step::fused;
    StepConstants constants, outer_constants;
    bool in_place;             ///< the accumulators in memory are binary32 and serve as such
    std::vector<float> start;  ///< of each column, padded to whole tiles

    bool has_chunks() const { return product->dot.order == Order::chunk; }
};

/// The largest magnitude in the data, NaN apart.
double largest_magnitude(const ConstMatrix& matrix) {
    float largest = 0;
    thread_local std::vector<float> values;
    values.resize(matrix.columns);
    for (std::uint64_t row = 0; row < matrix.rows; ++row) {
        unpack(matrix.format, matrix.bytes + row * matrix.pitch, 0, matrix.columns, values.data());
        largest = std::max(largest, kernels::kernels().largest_magnitude(values.data(), matrix.columns));
    }
    return static_cast<double>(largest);
}

bool is_nearest(const Dot& dot) { return dot.rounding == rne && !dot.product; }

/// The step of the inner sums. The bound on the sums is worked out only where the fastest step depends on it.
std::optional<Step> inner_step(const Product& product, const Matrix& accumulators, std::uint64_t depth) {
    const Dot& dot = product.dot;
    const auto step = [&](double bound) { return kernels::choose_step(dot.a, dot.b, dot.accumulator, bound); };
    const auto best = step(0);
    if (best == step(HUGE_VAL)) return best;
    const bool chunked = dot.order == Order::chunk;
    const double length = static_cast<double>(chunked ? std::min<std::uint64_t>(dot.length, depth) : depth);
    double start = 0;
    if (!chunked && product.start == Product::Start::resume) start = largest_magnitude(accumulators);
    if (!chunked && product.start == Product::Start::bias) start = largest_magnitude(product.bias);
    const auto bound = [&](double a, double b) {
        return kernels::largest_sum(start, a, b, length, dot.accumulator.precision());
    };
    // The formats alone may tell; if not, one pass over the data costs little beside the product.
    if (!has_infinity(dot.a) && !has_infinity(dot.b)) {
        const auto by_format = step(bound(largest_finite(dot.a), largest_finite(dot.b)));
        if (by_format == best) return by_format;
    }
    return step(bound(largest_magnitude(product.a), largest_magnitude(product.b)));
}

bool make_plan(const Product& product, const Matrix& accumulators, Plan& plan) {
    const Dot& dot = product.dot;
    const bool chunked = dot.order == Order::chunk;
    if (!is_nearest(dot) || !(chunked || dot.order == Order::sequential)) return false;
    if (chunked && dot.length > longest_chunk) return false;
    plan.product = &product;
    plan.accumulators = accumulators;
    plan.depth = product.transpose_a ? product.a.rows : product.a.columns;
    const auto step = inner_step(product, accumulators, plan.depth);
    if (!step) return false;
    plan.step = *step;
    plan.constants = kernels::step_constants(*step, dot.accumulator);
    if (chunked) {
        const auto outer = kernels::choose_step(dot.accumulator, fp32, dot.outer, HUGE_VAL);
        if (!outer || !kernels::decoder<float>(dot.accumulator)) return false;
        plan.outer_step = *outer;
        plan.outer_constants = kernels::step_constants(*outer, dot.outer);
    }
    plan.a = *kernels::decoder<float>(dot.a);
    plan.b = *kernels::decoder<float>(dot.b);
    plan.in_place = !chunked && plan.step == Step::fused;
    const std::uint64_t columns = accumulators.columns;
    plan.start.assign((columns + tile_columns - 1) / tile_columns * tile_columns, 0.0f);
    if (product.start == Product::Start::bias)
        unpack(product.bias.format, product.bias.bytes, 0, columns, plan.start.data());
    return true;
}

/// Accumulators of one block: in memory or in a buffer of binary32.
struct Block {
    std::uint8_t* bytes;
    std::size_t pitch;
    std::uint64_t rows, columns;  ///< that exist
    std::uint64_t first_column;   ///< in the product
};

/// Runs one tile, by way of a spare tile where the block has fewer rows or columns.
void run_tile(const Plan& plan, std::uint64_t depth, const float* a, const float* b, const float* start,
              const Block& block, std::uint64_t row, std::uint64_t column, bool small) {
    const auto& level = kernels::kernels();
    const auto run = (small ? level.small_tile : level.tile)[static_cast<int>(plan.step)];
    const std::size_t rows = small ? level.small_tile_rows : level.tile_rows;
    std::uint8_t* place = block.bytes + row * block.pitch + column * sizeof(float);
    const std::uint64_t valid_rows = std::min<std::uint64_t>(rows, block.rows - row);
    const std::uint64_t valid_columns = std::min<std::uint64_t>(tile_columns, block.columns - column);
    if (!plan.has_chunks() && valid_rows == rows && valid_columns == tile_columns) {
        run(depth, a, b, start, place, block.pitch, plan.constants);
        return;
    }
    alignas(64) float spare[kernels::most_tile_rows * tile_columns] = {};
    const auto copy = [&](auto direction) {
        for (std::uint64_t i = 0; i < valid_rows; ++i)
            direction(place + i * block.pitch, spare + i * tile_columns, valid_columns * sizeof(float));
    };
    const auto in = [](std::uint8_t* memory, float* tile, std::size_t size) { std::memcpy(tile, memory, size); };
    const auto out = [](std::uint8_t* memory, const float* tile, std::size_t size) { std::memcpy(memory, tile, size); };
    auto* spare_bytes = reinterpret_cast<std::uint8_t*>(spare);
    constexpr std::size_t spare_pitch = tile_columns * sizeof(float);
    if (!plan.has_chunks()) {
        if (start == nullptr) copy(in);
        run(depth, a, b, start, spare_bytes, spare_pitch, plan.constants);
        copy(out);
        return;
    }
    alignas(64) float inner[kernels::most_tile_rows * tile_columns];
    alignas(64) static constexpr float zeros[tile_columns] = {};
    run(depth, a, b, zeros, reinterpret_cast<std::uint8_t*>(inner), spare_pitch, plan.constants);
    copy(in);
    level.add_tile[static_cast<int>(plan.outer_step)](rows, inner, spare_bytes, spare_pitch, plan.outer_constants);
    copy(out);
}

/// One column of tiles: large ones, then what is left by the size that wastes less.
void run_panel(const Plan& plan, std::uint64_t depth, const float* a, const float* b, const float* start,
               const Block& block, std::uint64_t column) {
    const auto& level = kernels::kernels();
    const std::uint64_t large = level.tile_rows, small = level.small_tile_rows;
    for (std::uint64_t row = 0; row < block.rows; row += large, a += large * depth) {
        const std::uint64_t left = block.rows - row;
        if (left > 2 * small) {
            run_tile(plan, depth, a, b, start, block, row, column, false);
            continue;
        }
        for (std::uint64_t i = 0; i < left; i += small)
            run_tile(plan, depth, a + i, b, start, block, row + i, column, true);
    }
}

/// All of k for one block of rows and columns.
void run_block(const Plan& plan, std::uint64_t first_row, const Block& block) {
    const Product& product = *plan.product;
    thread_local std::vector<float> a_panels, b_panel;
    const std::uint64_t tile_rows = kernels::kernels().tile_rows;
    const std::uint64_t blocks = std::max<std::uint64_t>((plan.depth + block_depth - 1) / block_depth, 1);
    const std::uint64_t step = plan.has_chunks() ? product.dot.length : (plan.depth + blocks - 1) / blocks;
    const bool starts_here = product.start != Product::Start::resume && !plan.has_chunks();
    if (plan.has_chunks() && plan.depth == 0) return;  // no chunk to add
    std::uint64_t k = 0;
    do {
        const std::uint64_t depth = std::min(step, plan.depth - k);
        a_panels.resize((block.rows + tile_rows) * depth + tile_columns);
        b_panel.resize(tile_columns * depth + tile_columns);
        kernels::unpack_panels(product.a, plan.a, !product.transpose_a, first_row, block.rows, k, depth, tile_rows,
                               a_panels.data());
        for (std::uint64_t column = 0; column < block.columns; column += tile_columns) {
            const std::uint64_t lanes = std::min<std::uint64_t>(tile_columns, block.columns - column);
            kernels::unpack_panels(product.b, plan.b, product.transpose_b, block.first_column + column, lanes, k, depth,
                                   tile_columns, b_panel.data());
            const float* start = plan.start.data() + block.first_column + column;
            run_panel(plan, depth, a_panels.data(), b_panel.data(), k == 0 && starts_here ? start : nullptr, block,
                      column);
        }
        k += depth;
    } while (k < plan.depth);
}

/// Binary32 accumulators are worked on where they lie; others in a buffer, decoded before and encoded after all of k.
void run_buffered_block(const Plan& plan, std::uint64_t first_row, std::uint64_t rows, std::uint64_t first_column,
                        std::uint64_t columns) {
    thread_local std::vector<float> buffer;
    buffer.resize(rows * columns);
    const Matrix& out = plan.accumulators;
    for (std::uint64_t row = 0; row < rows; ++row) {
        float* sums = buffer.data() + row * columns;
        if (plan.product->start == Product::Start::resume)
            unpack(out.format, out.bytes + (first_row + row) * out.pitch, first_column, columns, sums);
        else
            std::copy_n(plan.start.data() + first_column, columns, sums);
    }
    run_block(plan, first_row,
              {reinterpret_cast<std::uint8_t*>(buffer.data()), columns * sizeof(float), rows, columns, first_column});
    for (std::uint64_t row = 0; row < rows; ++row)
        pack(out.format, buffer.data() + row * columns, first_column, columns,
             out.bytes + (first_row + row) * out.pitch);
}

void run_range(const Plan& plan, std::uint64_t first_row, std::uint64_t last_row, std::uint64_t first_column,
               std::uint64_t last_column) {
    const Matrix& out = plan.accumulators;
    for (std::uint64_t row = first_row; row < last_row; row += block_rows) {
        const std::uint64_t rows = std::min(block_rows, last_row - row);
        if (plan.in_place) {
            run_block(plan, row,
                      {out.bytes + row * out.pitch + first_column * sizeof(float), out.pitch, rows,
                       last_column - first_column, first_column});
            continue;
        }
        for (std::uint64_t column = first_column; column < last_column; column += block_columns)
            run_buffered_block(plan, row, rows, column, std::min(block_columns, last_column - column));
    }
}

}  // namespace

bool tiled_product(const Product& product, const Matrix& accumulators, unsigned threads) {
    Plan plan;
    if (!make_plan(product, accumulators, plan)) return false;
    const std::uint64_t rows = accumulators.rows, columns = accumulators.columns;
    if (rows == 0 || columns == 0) return true;
    // Threads share the longer side. Sixteen columns are whole bytes at every width.
    if (columns >= rows)
        parallel_for(columns, tile_columns, threads,
                     [&](std::uint64_t first, std::uint64_t last) { run_range(plan, 0, rows, first, last); });
    else
        parallel_for(rows, kernels::kernels().tile_rows, threads,
                     [&](std::uint64_t first, std::uint64_t last) { run_range(plan, first, last, 0, columns); });
    return true;
}

}  // namespace ulpsim::arithmetic

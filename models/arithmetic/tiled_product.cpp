#include "models/arithmetic/tiled_product.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "models/arithmetic/integer_product.hpp"
#include "models/arithmetic/kernels/panels.hpp"
#include "models/arithmetic/parallel_for.hpp"
#include "models/arithmetic/tile_sums.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

using kernels::tile_columns;

// Blocks: a tile's strips of A and B (12 and 16 floats a product) stay in a first-level cache of 32 KiB, the panels of
// A (and the accumulators, where they are not those in memory) in the second level.
constexpr std::uint64_t block_depth = 256, block_rows = 384, block_columns = 256;
constexpr std::uint64_t longest_chunk = 4096;

/// What a product needs, worked out once.
struct Plan {
    Product product;      ///< with formats scaled where sums are tracked
    Matrix accumulators;  ///< likewise
    std::uint64_t depth;
    kernels::Decoder<float> a, b;
    TileSums sums;
    bool exact;                                    ///< nothing is rounded
    bool in_place;                                 ///< the accumulators in memory are binary32 and serve as such
    std::vector<float> start;                      ///< of each column, padded to whole tiles
    std::vector<std::uint8_t> a_values, b_values;  ///< of mx operands
};

/// The scaled values of an mx operand are those of a float with the element's precision and the exponents of binary32,
/// which takes its place: in binary32, in `memory`. False where a scale goes beyond.
bool scale_blocks(ConstMatrix& operand, Format& values, std::vector<std::uint8_t>& memory) {
    const Format element = operand.format.element();
    const std::uint64_t pitch = row_bytes(operand.format, operand.columns);
    const std::uint64_t step = block_bytes(operand.format, operand.format.block);
    for (std::uint64_t row = 0; row < operand.rows; ++row)
        for (std::uint64_t at = 0; at < pitch; at += step) {
            const std::uint8_t code = operand.bytes[row * operand.pitch + at];
            const int scale = static_cast<int>(code) - largest_scale_exponent;
            const bool is_nan = scale > largest_scale_exponent;
            if (!is_nan && (scale + emax(element) > 127 || scale + element.quantum_exponent() < -149)) return false;
        }
    values = Format{.mantissa_bits = static_cast<std::uint8_t>(std::max(element.precision() - 1, 1))};
    memory.resize(packed_bytes(fp32, operand.rows, operand.columns));
    for (std::uint64_t row = 0; row < operand.rows; ++row)
        unpack(operand.format, operand.bytes + row * operand.pitch, 0, operand.columns,
               reinterpret_cast<float*>(memory.data()) + row * operand.columns);
    operand = dense(fp32, static_cast<const std::uint8_t*>(memory.data()), operand.rows, operand.columns);
    return true;
}

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

/// Chooses a step by a bound on the sums, which is worked out only as well as the choice depends on it: choose(bound)
/// gives the fastest step for 0. The data are asked last: a pass over them costs little beside the product.
template <class Choose>
auto choose_by_bound(const Product& product, const Matrix& accumulators, std::uint64_t depth, Choose choose) {
    const Dot& dot = product.dot;
    const auto best = choose(0.0);
    if (best == choose(HUGE_VAL)) return best;
    const bool chunked = dot.order == Order::chunk;
    const double length = static_cast<double>(chunked ? std::min<std::uint64_t>(dot.length, depth) : depth);
    double start = 0;
    if (!chunked && product.start == Product::Start::resume) start = largest_magnitude(accumulators);
    if (!chunked && product.start == Product::Start::bias) start = largest_magnitude(product.bias);
    const auto bound = [&](double a, double b) { return kernels::largest_sum(start, a, b, length, dot.accumulator); };
    if (!has_infinity(dot.a) && !has_infinity(dot.b)) {
        const auto by_format = choose(bound(-lowest_finite(dot.a), -lowest_finite(dot.b)));
        if (by_format == best) return by_format;
    }
    return choose(bound(largest_magnitude(product.a), largest_magnitude(product.b)));
}

/// Chunk sums are added without a bound: there are few.
bool plan_outer(Plan& plan, const Coordinates& coordinates) {
    const Dot& dot = plan.product.dot;
    plan.sums.chunk = dot.length;
    if (!kernels::decoder<float>(dot.accumulator)) return false;
    const auto addend = kernels::addend(dot.accumulator);
    if (dot.rounding == rne) {
        const auto step = kernels::choose_step(addend, dot.outer, HUGE_VAL);
        if (step) plan.sums.outer = TileRounding::nearest(*step, dot.outer);
        return step.has_value();
    }
    const auto step = kernels::choose_stochastic_step(addend, dot.outer, dot.rounding, HUGE_VAL);
    if (step)
        plan.sums.outer = TileRounding::stochastic(*step, dot.outer, dot.rounding, coordinates.key, Stream::outer);
    return step.has_value();
}

/// Scales A and the accumulators so that overflows show.
void track(Plan& plan) {
    Product& product = plan.product;
    const Format accumulator = product.dot.accumulator;
    const auto scale = [&](Format& format) { format = kernels::tracked_scale(format, accumulator); };
    scale(product.dot.a);
    scale(product.dot.accumulator);
    scale(product.bias.format);
    scale(plan.accumulators.format);
    plan.sums.inner = TileRounding::nearest(kernels::Step::tracked_split, product.dot.accumulator);
    plan.sums.untracked = TileRounding::nearest(kernels::Step::odd_integer, product.dot.accumulator);
}

/// Sums of whole numbers that binary32 holds are exact: no rounding and no saturation is met.
bool sums_are_exact(const Product& product, const Matrix& accumulators, std::uint64_t depth) {
    const Dot& dot = product.dot;
    if (!has_whole_sums(dot) || dot.order != Order::sequential) return false;
    if (product.start == Product::Start::bias && !product.bias.format.is_twos_complement()) return false;
    const double limit =
        std::min(largest_finite(dot.accumulator), std::ldexp(1.0, 24 + dot.accumulator.quantum_exponent()));
    double start = 0;
    if (product.start == Product::Start::resume) start = largest_magnitude(accumulators);
    if (product.start == Product::Start::bias) start = largest_magnitude(product.bias);
    const auto bound = [&](double a, double b) { return start + static_cast<double>(depth) * a * b; };
    return bound(-lowest_finite(dot.a), -lowest_finite(dot.b)) <= limit ||
           bound(largest_magnitude(product.a), largest_magnitude(product.b)) <= limit;
}

bool plan_inner(Plan& plan, const Coordinates& coordinates) {
    using kernels::Step;
    const Product& product = plan.product;
    const Dot& dot = product.dot;
    if (plan.exact) {
        plan.sums.inner = TileRounding::nearest(Step::fused, fp32);
        return true;
    }
    if (dot.rounding == rne) {
        // Tracked sums are scaled; operands and bias must bear it, and chunks would need it twice.
        const bool tracks = dot.order == Order::sequential && product.a.format == dot.a &&
                            (product.start != Product::Start::bias ||
                             fits_binary32(kernels::tracked_scale(product.bias.format, dot.accumulator)));
        const auto step = choose_by_bound(product, plan.accumulators, plan.depth, [&](double bound) {
            const auto fastest = kernels::choose_step(dot.a, dot.b, dot.accumulator, bound);
            if (fastest != Step::tracked_split || tracks) return fastest;
            return kernels::choose_step(dot.a, dot.b, dot.accumulator, HUGE_VAL);
        });
        if (!step) return false;
        if (*step == Step::tracked_split)
            track(plan);
        else
            plan.sums.inner = TileRounding::nearest(*step, dot.accumulator);
        return true;
    }
    const auto addend = kernels::addend(dot.a, dot.b);
    const auto step = choose_by_bound(product, plan.accumulators, plan.depth, [&](double bound) {
        return kernels::choose_stochastic_step(addend, dot.accumulator, dot.rounding, bound);
    });
    if (step)
        plan.sums.inner =
            TileRounding::stochastic(*step, dot.accumulator, dot.rounding, coordinates.key, Stream::accumulate);
    return step.has_value();
}

/// Kernels sum by trees of a few lengths, of products that are exact in binary32.
bool serves_trees(const Dot& dot) {
    const auto product = kernels::addend(dot.a, dot.b);
    const bool is_exact =
        product.precision <= 24 && product.quantum_exponent >= -149 && emax(dot.a) + emax(dot.b) + 2 <= 128;
    const bool has_kernel = dot.length == 2 || dot.length == 4 || dot.length == 8 || dot.length == kernels::most_leaves;
    return dot.rounding == rne && is_exact && has_kernel;
}

bool make_plan(const Product& product, const Matrix& accumulators, const Coordinates& coordinates, Plan& plan) {
    plan.product = product;
    plan.accumulators = accumulators;
    plan.sums.coordinates = coordinates;
    plan.depth = product.transpose_a ? product.a.rows : product.a.columns;
    Dot& dot = plan.product.dot;
    plan.exact = sums_are_exact(product, accumulators, plan.depth);
    if (dot.product || (!plan.exact && dot.rounding != rne && !dot.rounding.is_stochastic())) return false;
    const bool chunked = dot.order == Order::chunk, by_tree = dot.order == Order::tree;
    if (dot.order == Order::align) return false;
    if (chunked && dot.length > longest_chunk) return false;
    if (dot.a.is_mx() && !scale_blocks(plan.product.a, dot.a, plan.a_values)) return false;
    if (dot.b.is_mx() && !scale_blocks(plan.product.b, dot.b, plan.b_values)) return false;
    if (!kernels::decoder<float>(dot.a) || !kernels::decoder<float>(dot.b)) return false;
    if (by_tree && !serves_trees(dot)) return false;
    if (by_tree) plan.sums.tree = dot.length;
    if (chunked && !plan_outer(plan, coordinates)) return false;
    // Blocks of scaled values are held in binary32, whatever format they have.
    const bool a_is_held = plan.product.a.format != dot.a, b_is_held = plan.product.b.format != dot.b;
    if (!plan_inner(plan, coordinates)) return false;
    plan.a = *kernels::decoder<float>(a_is_held ? fp32 : dot.a);
    plan.b = *kernels::decoder<float>(b_is_held ? fp32 : dot.b);
    plan.in_place = !chunked && dot.rounding == rne && dot.accumulator == fp32;
    const std::uint64_t columns = accumulators.columns;
    plan.start.assign((columns + tile_columns - 1) / tile_columns * tile_columns, 0.0f);
    if (product.start == Product::Start::bias)
        unpack(plan.product.bias.format, product.bias.bytes, 0, columns, plan.start.data());
    return true;
}

/// One column of tiles: large ones, then what is left by the size that wastes less.
void run_panel(const Plan& plan, std::uint64_t k, std::uint64_t depth, const float* a, const float* b,
               const float* start, const TileBlock& block, std::uint64_t column) {
    const auto& level = kernels::kernels();
    const std::uint64_t large = level.tile_rows, small = level.small_tile_rows;
    const std::uint64_t first_k = plan.product.first_k + k;
    for (std::uint64_t row = 0; row < block.rows; row += large, a += large * depth) {
        const std::uint64_t left = block.rows - row;
        if (left > 2 * small) {
            add_to_tile(plan.sums, false, first_k, depth, a, b, start, block, row, column);
            continue;
        }
        for (std::uint64_t i = 0; i < left; i += small)
            add_to_tile(plan.sums, true, first_k, depth, a + i, b, start, block, row + i, column);
    }
}

/// Depth of the panels: equal parts of about block_depth, or whole chunks or trees.
std::uint64_t panel_depth(const Plan& plan) {
    if (const auto granule = plan.sums.granule(); granule > 1)
        return std::max<std::uint64_t>(block_depth / granule, 1) * granule;
    const std::uint64_t blocks = std::max<std::uint64_t>((plan.depth + block_depth - 1) / block_depth, 1);
    return (plan.depth + blocks - 1) / blocks;
}

/// All of k for one block of rows and columns.
void run_block(const Plan& plan, const TileBlock& block) {
    const Product& product = plan.product;
    thread_local std::vector<float> a_panels, b_panel;
    const std::uint64_t tile_rows = kernels::kernels().tile_rows, step = panel_depth(plan);
    const bool starts_here = product.start != Product::Start::resume && plan.sums.chunk == 0;
    if (plan.sums.chunk > 0 && plan.depth == 0) return;  // no chunk to add
    std::uint64_t k = 0;
    do {
        const std::uint64_t depth = std::min(step, plan.depth - k);
        a_panels.resize((block.rows + tile_rows) * depth + tile_columns);
        b_panel.resize(tile_columns * depth + tile_columns);
        kernels::unpack_panels(product.a, plan.a, !product.transpose_a, block.first_row, block.rows, k, depth,
                               tile_rows, a_panels.data());
        for (std::uint64_t column = 0; column < block.columns; column += tile_columns) {
            const std::uint64_t lanes = std::min<std::uint64_t>(tile_columns, block.columns - column);
            kernels::unpack_panels(product.b, plan.b, product.transpose_b, block.first_column + column, lanes, k, depth,
                                   tile_columns, b_panel.data());
            const float* start = plan.start.data() + block.first_column + column;
            run_panel(plan, k, depth, a_panels.data(), b_panel.data(), k == 0 && starts_here ? start : nullptr, block,
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
        if (plan.product.start == Product::Start::resume)
            unpack(out.format, out.bytes + (first_row + row) * out.pitch, first_column, columns, sums);
        else
            std::copy_n(plan.start.data() + first_column, columns, sums);
    }
    run_block(plan, {reinterpret_cast<std::uint8_t*>(buffer.data()), columns * sizeof(float), rows, columns, first_row,
                     first_column});
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
            run_block(plan, {out.bytes + row * out.pitch + first_column * sizeof(float), out.pitch, rows,
                             last_column - first_column, row, first_column});
            continue;
        }
        for (std::uint64_t column = first_column; column < last_column; column += block_columns)
            run_buffered_block(plan, row, rows, column, std::min(block_columns, last_column - column));
    }
}

}  // namespace

bool tiled_product(const Product& product, const Matrix& accumulators, const Coordinates& coordinates,
                   unsigned threads) {
    Plan plan;
    if (!make_plan(product, accumulators, coordinates, plan)) return false;
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

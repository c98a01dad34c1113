#include "platform/runtime/tiling.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }
std::uint64_t bytes(std::uint64_t bits) { return ceil_div(bits, 8); }

/// Sizes of a dimension cut into 1, 2, 3, ... parts, rounded up to `unit`; descending, each once.
std::vector<std::uint64_t> sizes(std::uint64_t extent, std::uint64_t unit) {
    std::vector<std::uint64_t> result{extent};
    for (std::uint64_t parts = 2; parts <= extent; parts += std::max<std::uint64_t>(1, parts / 4)) {
        const std::uint64_t size = ceil_div(ceil_div(extent, parts), unit) * unit;
        if (size < result.back()) result.push_back(size);
        if (size <= unit) break;
    }
    return result;
}

std::uint64_t stream_parts(const ProductShape& s, const Tiling& t, const models::ArrayParameters& array) {
    switch (models::resolve(s.gemm, array, s.dataflow)) {
        case models::Dataflow::weight_stationary:
            return ceil_div(s.gemm.m, t.m);
        case models::Dataflow::input_stationary:
            return ceil_div(s.gemm.n, t.n);
        default:
            return ceil_div(s.gemm.k, t.k);
    }
}

struct Parts {
    std::uint64_t m, n, k;
};
Parts parts(const ProductShape& s, const Tiling& t) {
    return {ceil_div(s.gemm.m, t.m), ceil_div(s.gemm.n, t.n), ceil_div(s.gemm.k, t.k)};
}

/// Transactions of all loads and stores: a row each where a tile does not span whole rows.
std::uint64_t transactions(const ProductShape& s, const Tiling& t) {
    const Parts p = parts(s, t);
    const auto runs = [](bool whole, std::uint64_t rows, bool whole_rows, std::uint64_t tiles) {
        return whole ? 1 : tiles * (whole_rows ? 1 : rows);
    };
    std::uint64_t sum = 0;
    if (s.a_bits) {
        sum += t.a_loads * runs(t.whole_a, s.transpose_a ? t.k : t.m, s.transpose_a ? p.m == 1 : p.k == 1, p.m * p.k);
    }
    if (s.b_bits) {
        sum += t.b_loads * runs(t.whole_b, s.transpose_b ? t.n : t.k, s.transpose_b ? p.k == 1 : p.n == 1, p.n * p.k);
    }
    if (s.out_bits) sum += runs(t.whole_c, t.m, p.n == 1, p.m * p.n);
    if (s.mask_bits) sum += runs(t.whole_c, t.m, p.n == 1, p.m * p.n);
    return sum;
}

double estimate(const ProductShape& s, const Tiling& t, const TilingMachine& machine) {
    const Parts p = parts(s, t);
    const std::uint64_t tiles = p.m * p.n * p.k;
    const models::Gemm tile{std::min(t.m, s.gemm.m), std::min(t.n, s.gemm.n), s.products * std::min(t.k, s.gemm.k)};
    const double clock = machine.clock_mhz * 1e6;
    const auto count = static_cast<double>(tiles);
    const double array = count * static_cast<double>(models::array_cycles(tile, machine.array, s.dataflow)) / clock;
    const double vector = static_cast<double>(s.gemm.m * s.gemm.n) / machine.vector_lanes / clock;
    // A transaction costs its latency and a tile the filling and fetching of its descriptors: some 100 and 400 ns on
    // the machines here. Only the order of magnitude matters.
    const double memory =
        static_cast<double>(load_bytes(s, t) + bytes(s.gemm.m * s.gemm.n * s.out_bits)) / machine.bytes_per_second +
        1e-7 * static_cast<double>(transactions(s, t)) + 4e-7 * count;
    return std::max({array, vector, memory}) + (array + vector + memory) / count;
}

Tiling with_loads(const ProductShape& s, Tiling t) {
    const Parts p = parts(s, t);
    // A tile that the step before used is not loaded again.
    if (t.rows_inside) {
        t.a_loads = p.m == 1 && p.k == 1 ? 1 : p.n;
        t.b_loads = p.k == 1 ? 1 : p.m;
    } else {
        t.a_loads = p.k == 1 ? 1 : p.n;
        t.b_loads = p.n == 1 && p.k == 1 ? 1 : p.m;
    }
    if (t.whole_a) t.a_loads = 1;
    if (t.whole_b) t.b_loads = 1;
    return t;
}

/// Every way to treat operands as a whole, but where they are in one tile anyway.
std::vector<Tiling> variants(const ProductShape& s, const Tiling& sizes) {
    const Parts p = parts(s, sizes);
    std::vector<Tiling> result;
    for (unsigned choice = 0; choice < 16; ++choice) {
        Tiling t = sizes;
        t.rows_inside = (choice & 1U) == 0;
        t.whole_a = (choice & 2U) != 0;
        t.whole_b = (choice & 4U) != 0;
        t.whole_c = (choice & 8U) != 0;
        if (t.whole_a && (p.m * p.k == 1 || s.a_bits == 0)) continue;
        if (t.whole_b && (p.n * p.k == 1 || s.b_bits == 0)) continue;
        if (t.whole_c && (p.n == 1 || s.out_bits == 0)) continue;
        result.push_back(with_loads(s, t));
    }
    return result;
}

}  // namespace

TilingSlots tiling_slots(const models::Gemm& gemm, const Tiling& t, std::uint32_t slots) {
    const std::uint64_t m = ceil_div(gemm.m, t.m), n = ceil_div(gemm.n, t.n), k = ceil_div(gemm.k, t.k);
    return {.a = t.whole_a || m * k == 1 ? 1 : slots,
            .b = t.whole_b || n * k == 1 ? 1 : slots,
            .c = m * n == 1 ? 1 : slots};
}

std::uint64_t window_bytes(const ProductShape& s, const Tiling& t, std::uint32_t slots) {
    // Each region is rounded to 64 bytes and a row to whole bytes.
    const auto region = [](std::uint64_t rows, std::uint64_t columns, std::uint64_t bits) {
        return bits == 0 ? 0 : ceil_div(rows * bytes(columns * bits), 64) * 64;
    };
    const auto operand = [&](bool transposed, std::uint64_t rows, std::uint64_t columns, std::uint64_t bits) {
        return transposed ? region(columns, rows, bits) : region(rows, columns, bits);
    };
    const models::Gemm& g = s.gemm;
    const TilingSlots count = tiling_slots(g, t, slots);
    const std::uint64_t a = operand(s.transpose_a, t.whole_a ? g.m : t.m, t.whole_a ? g.k : t.k, s.a_bits);
    const std::uint64_t b = operand(s.transpose_b, t.whole_b ? g.k : t.k, t.whole_b ? g.n : t.n, s.b_bits);
    const std::uint64_t c_rows = t.whole_c ? g.m : t.m, c_columns = t.whole_c ? g.n : t.n;
    const std::uint64_t results = region(c_rows, c_columns, s.out_bits) + region(c_rows, c_columns, s.mask_bits);
    return count.a * a + count.b * b + count.c * (region(1, t.n, 64) + region(t.m, t.n, s.accumulator_bits)) +
           (t.whole_c ? 1 : count.c) * results;
}

std::uint64_t load_bytes(const ProductShape& s, const Tiling& t) {
    // Tiles are cut at multiples of 8 elements, so only the whole's rows are padded to bytes.
    const auto operand = [](bool transposed, std::uint64_t rows, std::uint64_t columns, std::uint64_t bits) {
        return transposed ? columns * bytes(rows * bits) : rows * bytes(columns * bits);
    };
    const models::Gemm& g = s.gemm;
    return t.a_loads * operand(s.transpose_a, g.m, g.k, s.a_bits) +
           t.b_loads * operand(s.transpose_b, g.k, g.n, s.b_bits) + operand(false, g.m, g.n, s.mask_bits);
}

namespace {

/// A tiling and how it is judged: parts of the streamed dimension, then time.
struct Judged {
    std::uint64_t stream_parts = 0;
    double seconds = 0;
    std::uint64_t tiles = 0;
    Tiling tiling;
};

std::vector<Judged> all_within(std::uint64_t budget, const ProductShape& s, const TilingMachine& machine) {
    const auto unit = [](std::uint64_t extent) { return std::lcm(std::uint64_t{8}, extent); };
    std::vector<Judged> all;
    for (const std::uint64_t k : sizes(s.gemm.k, unit(s.k_granule))) {
        for (const std::uint64_t n : sizes(s.gemm.n, unit(machine.array.columns))) {
            for (const std::uint64_t m : sizes(s.gemm.m, unit(machine.array.rows))) {
                for (const Tiling& t : variants(s, {.m = m, .n = n, .k = k})) {
                    if (window_bytes(s, t, machine.slots) + s.other_bytes > budget) continue;
                    const Parts p = parts(s, t);
                    all.push_back({stream_parts(s, t, machine.array), estimate(s, t, machine), p.m * p.n * p.k, t});
                }
            }
        }
    }
    return all;
}

/// The fewest tiles among those whose time is within a tenth of the least: the estimate knows no better than that, and a
/// tile is a handful of descriptors to fill, fetch and wait for.
std::optional<Judged> best_within(std::uint64_t budget, const ProductShape& s, const TilingMachine& machine) {
    const std::vector<Judged> all = all_within(budget, s, machine);
    const auto first = [](const Judged& a, const Judged& b) {
        return std::tie(a.stream_parts, a.seconds) < std::tie(b.stream_parts, b.seconds);
    };
    const auto least = std::min_element(all.begin(), all.end(), first);
    if (least == all.end()) return std::nullopt;
    Judged best = *least;
    for (const Judged& other : all) {
        if (other.stream_parts != least->stream_parts || other.seconds > 1.1 * least->seconds) continue;
        if (std::tie(other.tiles, other.seconds) < std::tie(best.tiles, best.seconds)) best = other;
    }
    return best;
}

}  // namespace

Tiling choose_tiling(const ProductShape& s, const TilingMachine& machine) {
    const std::optional<Judged> half = best_within(machine.tile_bytes / 2, s, machine);
    const std::optional<Judged> whole = best_within(machine.tile_bytes, s, machine);
    if (!whole) {
        throw Error("platform.accelerator.scratchpad.size_kib leaves " + std::to_string(machine.tile_bytes) +
                    " bytes for tiles; the smallest of a " + std::to_string(s.gemm.m) + " x " +
                    std::to_string(s.gemm.n) + " x " + std::to_string(s.gemm.k) + " product need more");
    }
    // A tenth is about what the next operation's loads lose when they have to wait.
    const bool half_serves = half && half->stream_parts == whole->stream_parts && half->seconds * 0.9 <= whole->seconds;
    return half_serves ? half->tiling : whole->tiling;
}

}  // namespace ulpsim::platform

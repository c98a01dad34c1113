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

/// Transactions of all loads and stores: a row each where a tile does not span whole rows.
std::uint64_t transactions(const ProductShape& s, const Tiling& t, std::uint64_t tiles) {
    const auto runs = [](std::uint64_t rows, bool whole_rows, std::uint64_t parts) {
        return whole_rows ? parts : rows * parts;
    };
    const std::uint64_t m_parts = ceil_div(s.gemm.m, t.m), n_parts = ceil_div(s.gemm.n, t.n),
                        k_parts = ceil_div(s.gemm.k, t.k);
    std::uint64_t sum = 0;
    if (s.a_bits) {
        const std::uint64_t rows = s.transpose_a ? t.k : t.m;
        sum += t.a_loads * runs(rows, s.transpose_a ? m_parts == 1 : k_parts == 1, m_parts * k_parts);
    }
    if (s.b_bits) {
        const std::uint64_t rows = s.transpose_b ? t.n : t.k;
        sum += t.b_loads * runs(rows, s.transpose_b ? k_parts == 1 : n_parts == 1, n_parts * k_parts);
    }
    if (s.out_bits) sum += runs(t.m, n_parts == 1, m_parts * n_parts);
    if (s.mask_bits) sum += runs(t.m, n_parts == 1, m_parts * n_parts);
    return sum + tiles;
}

double estimate(const ProductShape& s, const Tiling& t, const TilingMachine& machine) {
    const std::uint64_t m_parts = ceil_div(s.gemm.m, t.m), n_parts = ceil_div(s.gemm.n, t.n),
                        k_parts = ceil_div(s.gemm.k, t.k);
    const std::uint64_t tiles = m_parts * n_parts * k_parts;
    const models::Gemm tile{std::min(t.m, s.gemm.m), std::min(t.n, s.gemm.n), std::min(t.k, s.gemm.k)};
    const double clock = machine.clock_mhz * 1e6;
    const auto count = static_cast<double>(tiles);
    const double array = count * static_cast<double>(models::array_cycles(tile, machine.array, s.dataflow)) / clock;
    const double vector = static_cast<double>(s.gemm.m * s.gemm.n) / machine.vector_lanes / clock;
    // A transaction costs its latency, some 100 ns at the DRAM models here; only its order of magnitude matters.
    const double memory =
        static_cast<double>(load_bytes(s, t) + bytes(s.gemm.m * s.gemm.n * s.out_bits)) / machine.bytes_per_second +
        1e-7 * static_cast<double>(transactions(s, t, tiles));
    return std::max({array, vector, memory}) + (array + vector + memory) / count;
}

Tiling with_loads(const ProductShape& s, Tiling t) {
    const std::uint64_t m_parts = ceil_div(s.gemm.m, t.m), n_parts = ceil_div(s.gemm.n, t.n),
                        k_parts = ceil_div(s.gemm.k, t.k);
    // A tile that the step before used is not loaded again.
    if (t.rows_inside) {
        t.a_loads = m_parts == 1 && k_parts == 1 ? 1 : n_parts;
        t.b_loads = k_parts == 1 ? 1 : m_parts;
    } else {
        t.a_loads = k_parts == 1 ? 1 : n_parts;
        t.b_loads = n_parts == 1 && k_parts == 1 ? 1 : m_parts;
    }
    return t;
}

}  // namespace

std::uint64_t tile_bytes(const ProductShape& s, const Tiling& t) {
    // Each region is rounded to 64 bytes and a row to whole bytes.
    const auto region = [](std::uint64_t rows, std::uint64_t columns, std::uint64_t bits) {
        return bits == 0 ? 0 : ceil_div(rows * bytes(columns * bits), 64) * 64;
    };
    const std::uint64_t a = s.transpose_a ? region(t.k, t.m, s.a_bits) : region(t.m, t.k, s.a_bits);
    const std::uint64_t b = s.transpose_b ? region(t.n, t.k, s.b_bits) : region(t.k, t.n, s.b_bits);
    const std::uint64_t bias = region(1, t.n, 64);
    return a + b + bias + region(t.m, t.n, s.accumulator_bits) + region(t.m, t.n, s.out_bits) +
           region(t.m, t.n, s.mask_bits);
}

std::uint64_t load_bytes(const ProductShape& s, const Tiling& t) {
    return t.a_loads * bytes(s.gemm.m * s.gemm.k * s.a_bits) + t.b_loads * bytes(s.gemm.k * s.gemm.n * s.b_bits) +
           bytes(s.gemm.m * s.gemm.n * s.mask_bits);
}

Tiling choose_tiling(const ProductShape& s, const TilingMachine& machine) {
    const std::uint64_t k_unit = std::lcm(s.k_granule, std::uint64_t{8});
    std::optional<std::tuple<std::uint64_t, double>> least;
    Tiling best;
    for (const std::uint64_t k : sizes(s.gemm.k, k_unit)) {
        for (const std::uint64_t n : sizes(s.gemm.n, std::max(8U, machine.array.columns))) {
            for (const std::uint64_t m : sizes(s.gemm.m, std::max(8U, machine.array.rows))) {
                for (const bool rows_inside : {true, false}) {
                    const Tiling t = with_loads(s, {.m = m, .n = n, .k = k, .rows_inside = rows_inside});
                    if (tile_bytes(s, t) > machine.budget_bytes) continue;
                    const std::tuple cost{stream_parts(s, t, machine.array), estimate(s, t, machine)};
                    if (least && *least <= cost) continue;
                    least = cost;
                    best = t;
                }
            }
        }
    }
    if (!least) {
        throw Error("accelerator.scratchpad.size_kib is too small: a tile may take " +
                    std::to_string(machine.budget_bytes) + " bytes, and the smallest of a " + std::to_string(s.gemm.m) +
                    " x " + std::to_string(s.gemm.n) + " x " + std::to_string(s.gemm.k) + " product needs more");
    }
    return best;
}

}  // namespace ulpsim::platform

#include "models/accelerator/array_timing.hpp"

#include <algorithm>

namespace ulpsim::models {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

struct Folds {
    std::uint64_t count = 0;
    std::uint64_t stream = 0;  // length of the streamed dimension
};

Folds folds(Gemm g, const ArrayParameters& array, Dataflow dataflow) {
    const std::uint64_t r = array.rows, c = array.columns;
    switch (dataflow) {
        case Dataflow::weight_stationary:
            return {ceil_div(g.k, r) * ceil_div(g.n, c), g.m};
        case Dataflow::input_stationary:
            return {ceil_div(g.k, r) * ceil_div(g.m, c), g.n};
        default:
            return {ceil_div(g.m, r) * ceil_div(g.n, c), g.k};
    }
}

}  // namespace

Dataflow resolve(Gemm gemm, const ArrayParameters& array, Dataflow dataflow) {
    if (dataflow != Dataflow::best) return dataflow;
    Dataflow least = Dataflow::output_stationary;
    for (const Dataflow candidate : {Dataflow::weight_stationary, Dataflow::input_stationary}) {
        if (array_cycles(gemm, array, candidate) < array_cycles(gemm, array, least)) least = candidate;
    }
    return least;
}

std::uint64_t array_cycles(Gemm gemm, const ArrayParameters& array, Dataflow dataflow) {
    dataflow = resolve(gemm, array, dataflow);
    const Folds f = folds(gemm, array, dataflow);
    if (f.count == 0 || f.stream == 0) return 0;
    const std::uint64_t r = array.rows, c = array.columns;
    if (dataflow == Dataflow::output_stationary && array.overlap_drain) return f.count * (r + c + f.stream - 2) + r;
    if (dataflow != Dataflow::output_stationary && array.double_buffered_weights) {
        return r + f.count * std::max(r, f.stream) + r + c - 2;
    }
    return f.count * (2 * r + c + f.stream - 2);
}

ArrayTraffic array_traffic(Gemm g, const ArrayParameters& array, Dataflow dataflow, bool resume) {
    const std::uint64_t r = array.rows, c = array.columns;
    ArrayTraffic t;
    std::uint64_t k_folds = 1;
    switch (dataflow) {
        case Dataflow::weight_stationary:
            k_folds = ceil_div(g.k, r);
            t.a_reads = g.m * g.k * ceil_div(g.n, c);
            t.b_reads = g.k * g.n;
            break;
        case Dataflow::input_stationary:
            k_folds = ceil_div(g.k, r);
            t.a_reads = g.m * g.k;
            t.b_reads = g.k * g.n * ceil_div(g.m, c);
            break;
        default:
            t.a_reads = g.m * g.k * ceil_div(g.n, c);
            t.b_reads = g.k * g.n * ceil_div(g.m, r);
    }
    t.accumulator_writes = g.m * g.n * k_folds;
    t.accumulator_reads = g.m * g.n * (k_folds - 1 + (resume ? 1 : 0));
    return t;
}

ArrayDraws array_draws(Gemm gemm, const arithmetic::Dot& dot) {
    ArrayDraws draws;
    const std::uint64_t macs = gemm.m * gemm.n * gemm.k;
    if (dot.product && dot.product_rounding.is_stochastic()) draws.product = macs;
    if (!dot.rounding.is_stochastic()) return draws;
    const std::uint64_t groups = dot.length == 0 ? 0 : gemm.m * gemm.n * ceil_div(gemm.k, dot.length);
    switch (dot.order) {
        case arithmetic::Order::sequential:
            draws.accumulate = macs;
            break;
        case arithmetic::Order::chunk:
            draws.accumulate = macs;
            draws.outer = groups;
            break;
        case arithmetic::Order::tree:
            draws.accumulate = macs;
            break;  // a group of N: N - 1 nodes and the accumulator
        case arithmetic::Order::align:
            draws.accumulate = groups;
            break;
    }
    return draws;
}

std::uint64_t port_stall_cycles(Gemm gemm, const ArrayParameters& array, Dataflow dataflow, unsigned a_bits,
                                unsigned b_bits, unsigned accumulator_bits, std::uint64_t port_bits) {
    const std::uint64_t r = array.rows, c = array.columns;
    std::uint64_t eaten = 0;
    switch (dataflow) {
        // The streamed operand enters at the rows; partial sums leave at the columns and, with split k, enter there
        // too.
        case Dataflow::weight_stationary:
            eaten = r * a_bits + c * accumulator_bits * (gemm.k > r ? 2 : 1);
            break;
        case Dataflow::input_stationary:
            eaten = r * b_bits + c * accumulator_bits * (gemm.k > r ? 2 : 1);
            break;
        default:
            eaten = r * a_bits + c * b_bits;
    }
    if (eaten <= port_bits) return 0;
    const Folds f = folds(gemm, array, dataflow);
    return f.count * (ceil_div(f.stream * eaten, port_bits) - f.stream);
}

}  // namespace ulpsim::models

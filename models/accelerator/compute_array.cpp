#include "models/accelerator/compute_array.hpp"

#include <algorithm>

#include "models/accelerator/scratchpad_matrix.hpp"
#include "models/accelerator/stopwatch.hpp"

namespace ulpsim::models {

namespace {

/// What streams through the array: each product of an element's terms is a step of k of its own.
Gemm gemm_of(const ProductCommand& p) { return {p.rows, p.columns, p.depth * arithmetic::products_per_element(p.dot)}; }

}  // namespace

ComputeArray::ComputeArray(const sc_core::sc_module_name& name, const AcceleratorParameters& parameters,
                           Scratchpad& scratchpad, Execution& execution, Retirement& retirement, power::Ledger& ledger,
                           power::Meter& meter)
    : CommandUnit(name, Queue::array, parameters.queue_depth, parameters.clock_mhz, retirement, ledger, meter),
      parameters_(parameters),
      scratchpad_(scratchpad),
      execution_(execution) {}

void ComputeArray::execute(const Command& command) {
    const ProductCommand& product = std::get<ProductCommand>(command.body);
    const Gemm gemm = gemm_of(product);
    const Dataflow dataflow = product.dataflow;
    const std::uint64_t cycles = array_cycles(gemm, parameters_.array, dataflow);
    const std::uint64_t stall =
        port_stall_cycles(gemm, parameters_.array, dataflow, static_cast<unsigned>(product.a.format.width()),
                          static_cast<unsigned>(product.b.format.width()),
                          static_cast<unsigned>(product.accumulators.format.width()), scratchpad_.bits_per_cycle());
    charge(product, dataflow, command.tag);
    cycles_ += cycles;
    clocked_[command.tag] += cycles + stall;
    if (execution_.values) values(product);
    spend(cycles, stall);
}

power::OperationId ComputeArray::multiplier(const arithmetic::Dot& dot) {
    for (const Multiplier& known : multipliers_) {
        if (known.dot == dot) return known.id;
    }
    multipliers_.push_back({dot, meter().intern(power::Mac{dot})});
    return multipliers_.back().id;
}

void ComputeArray::charge(const ProductCommand& p, Dataflow dataflow, power::Tag tag) {
    const Gemm gemm = gemm_of(p);
    const std::uint64_t macs = gemm.m * gemm.n * gemm.k;
    execution_.macs += macs;
    meter().count(multiplier(arithmetic::dot_of_terms(p.dot)), tag, macs);

    const bool resume = p.start == arithmetic::Product::Start::resume;
    const ArrayTraffic traffic = array_traffic(gemm, parameters_.array, dataflow, resume);
    const auto bits = [](std::uint64_t elements, const Operand& operand) {  // of an expansion it is terms that stream
        const arithmetic::Format& format = operand.format;
        return arithmetic::stored_bits(format.is_expansion() ? format.element() : format, elements);
    };
    scratchpad_.count_read(bits(traffic.a_reads, p.a), tag);
    scratchpad_.count_read(bits(traffic.b_reads, p.b), tag);
    scratchpad_.count_read(bits(traffic.accumulator_reads, p.accumulators), tag);
    if (p.start == arithmetic::Product::Start::bias) {
        scratchpad_.count_read(arithmetic::stored_bits(p.bias.format, p.columns), tag);
        const std::uint64_t additions = std::uint64_t{p.columns} * (p.bias.format.terms - 1U);
        if (additions != 0)
            meter().count(meter().intern(power::Add{result_format(p.dot), arithmetic::rne}), tag, additions);
    }
    scratchpad_.count_write(bits(traffic.accumulator_writes, p.accumulators), tag);

    const ArrayDraws draws = array_draws(gemm, p.dot);
    if (draws.product)
        meter().count(meter().intern(power::RandomBits{p.dot.product_rounding.random_bits}), tag, draws.product);
    if (const std::uint64_t sums = draws.accumulate + draws.outer) {
        meter().count(meter().intern(power::RandomBits{p.dot.rounding.random_bits}), tag, sums);
    }
}

void ComputeArray::values(const ProductCommand& p) {
    const Stopwatch watch(execution_.arithmetic_seconds);
    const bool at = p.transpose_a, bt = p.transpose_b;
    const arithmetic::Product product{
        .dot = p.dot,
        .a = matrix(scratchpad_, p.a, at ? p.depth : p.rows, at ? p.rows : p.depth),
        .b = matrix(scratchpad_, p.b, bt ? p.columns : p.depth, bt ? p.depth : p.columns),
        .transpose_a = at,
        .transpose_b = bt,
        .first_k = p.first_k,
        .start = p.start,
        .bias = matrix(scratchpad_, p.bias, 1, p.columns),
    };
    arithmetic::matrix_product(product, matrix(scratchpad_, p.accumulators, p.rows, p.columns),
                               coordinates(execution_, p.position), execution_.threads);
}

power::Inventory ComputeArray::inventory() const {
    power::Inventory inventory;
    inventory.component = meter().component();
    const std::uint64_t elements = std::uint64_t{parameters_.array.rows} * parameters_.array.columns;
    // One multiply-accumulator a format of `operators` and way of accumulating. Products of two different formats are
    // done by one that takes the larger exponent and the larger mantissa of both; it is smaller than the two side by
    // side, so this is an upper bound, as DESIGN 3.3 has it.
    std::vector<arithmetic::Dot> ways;
    for (const Multiplier& used : multipliers_) {
        arithmetic::Dot way = used.dot;
        way.a = way.b = arithmetic::fp32;
        if (std::find(ways.begin(), ways.end(), way) == ways.end()) ways.push_back(way);
    }
    if (ways.empty()) ways.push_back({});
    int widest_input = 0, widest_accumulator = 0;
    for (arithmetic::Dot dot : ways) {
        for (const arithmetic::Format& format : parameters_.operators) {
            dot.a = dot.b = format;
            inventory.operators.push_back({power::Mac{dot}, elements});
            widest_input = std::max(widest_input, format.width());
        }
        const int outer = dot.order == arithmetic::Order::chunk ? dot.outer.width() : 0;
        widest_accumulator = std::max(widest_accumulator, dot.accumulator.width() + outer);
        if (dot.rounding.is_stochastic()) {
            inventory.operators.push_back({power::RandomBits{dot.rounding.random_bits}, elements});
        }
        if (dot.product && dot.product_rounding.is_stochastic()) {
            inventory.operators.push_back({power::RandomBits{dot.product_rounding.random_bits}, elements});
        }
    }
    inventory.register_bits = elements * static_cast<std::uint64_t>(2 * widest_input + widest_accumulator);
    inventory.clocked_cycles = clocked_;
    return inventory;
}

}  // namespace ulpsim::models

#include "models/accelerator/vector_unit.hpp"

#include <algorithm>
#include <cmath>

#include "models/accelerator/scratchpad_matrix.hpp"
#include "models/accelerator/stopwatch.hpp"
#include "models/accelerator/vector_timing.hpp"
#include "models/arithmetic/expansion_counts.hpp"

namespace ulpsim::models {
namespace {

std::uint64_t bits(const Operand& operand, std::uint64_t rows, std::uint64_t columns) {
    return arithmetic::stored_bits(operand.format, rows * columns);
}

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// The constants of an update are held in binary32, or in binary64 for wider states.
arithmetic::Format constant_format(const arithmetic::Format& state) {
    return arithmetic::fits_binary32(state) ? arithmetic::fp32 : arithmetic::fp64;
}

}  // namespace

VectorUnit::VectorUnit(const sc_core::sc_module_name& name, const AcceleratorParameters& parameters,
                       Scratchpad& scratchpad, ExpansionUnit& expansion_unit, Execution& execution,
                       Retirement& retirement, power::Ledger& ledger, power::Meter& meter)
    : CommandUnit(name, Queue::vector, parameters.queue_depth, parameters.clock_mhz, retirement, ledger, meter),
      parameters_(parameters),
      scratchpad_(scratchpad),
      expansion_unit_(expansion_unit),
      execution_(execution) {}

void VectorUnit::execute(const Command& command) {
    std::uint64_t slots = 0, expansion_cycles = 0, latency = vector_latency;
    Bits moved;
    arithmetic::OperationCounts* counts = command.counts == 0 ? nullptr : execution_.counts->at(command.counts - 1);
    const auto perform_one = [&](const auto& body) {
        if constexpr (requires { vector_slots(body); }) {
            slots = vector_slots(body);
            moved = perform(body, command.tag);
            if (execution_.values) values(body, counts);
        }
    };
    std::visit(perform_one, command.body);
    const auto expand = [&](const arithmetic::BaseOperations& expansion_work, std::uint64_t elements) {
        expansion_cycles = expansion_unit_.cycles(expansion_work, elements);
        latency += expansion_unit_.latency(expansion_work);
        expansion_unit_.perform(expansion_work, elements, command.tag);
    };
    using arithmetic::ExpansionOperation;
    if (const auto* update = std::get_if<UpdateCommand>(&command.body); update && update->master.format.is_expansion())
        expand(update->compensated
                   ? arithmetic::compensated_operations
                   : arithmetic::base_operations(ExpansionOperation::add_value, update->master.format.terms),
               std::uint64_t{update->rows} * update->columns);
    // The terms of b are added to those of a one after the other.
    if (const auto* sum = std::get_if<CombineCommand>(&command.body); sum && sum->out.format.is_expansion())
        expand(arithmetic::base_operations(ExpansionOperation::add_value, sum->out.format.terms),
               std::uint64_t{sum->rows} * sum->columns * sum->b.format.terms);
    scratchpad_.count_read(moved.read, command.tag);
    scratchpad_.count_write(moved.written, command.tag);
    const std::uint64_t lanes = ceil_div(slots, parameters_.vector_lanes);
    const std::uint64_t work = std::max(lanes, expansion_cycles) + latency;
    const std::uint64_t ports = ceil_div(moved.read + moved.written, scratchpad_.bits_per_cycle());
    clocked_[command.tag] += work;
    spend(work, ports > work ? ports - work : 0);
}

void VectorUnit::count(const power::Operation& operation, std::uint64_t n, power::Tag tag) {
    // Commands repeat themselves: what followed the operation before it the last time mostly follows it again.
    std::size_t place = used_.empty() ? 0 : used_[last_].follower;
    if (used_.empty() || used_[place].operation != operation) {
        const auto known =
            std::find_if(used_.begin(), used_.end(), [&](const Used& used) { return used.operation == operation; });
        place = static_cast<std::size_t>(known - used_.begin());
        if (known == used_.end()) used_.push_back({operation, meter().intern(operation)});
        used_[last_].follower = place;
    }
    last_ = place;
    meter().count(used_[place].id, tag, n);
}

void VectorUnit::count_rounding(const arithmetic::Format& from, const arithmetic::Format& to,
                                arithmetic::Rounding rounding, std::uint64_t n, power::Tag tag) {
    if (from != to) count(power::Convert{from, to, rounding}, n, tag);
    if (to.is_mx()) count(power::Compare{static_cast<std::uint32_t>(from.width())}, n, tag);  // a block's largest
    if (rounding.is_stochastic()) count(power::RandomBits{rounding.random_bits}, n, tag);
}

VectorUnit::Bits VectorUnit::perform(const ConvertCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    Bits moved{bits(c.in, c.rows, c.columns), bits(c.out, c.rows, c.columns)};
    if (divides(c))
        count(power::Divide{constant_format(c.in.format)}, n, tag);
    else if (!is_power_of_two(c.factor) || !c.scales.powers_of_two)
        count(power::Multiply{c.in.format, constant_format(c.in.format), c.out.format, c.rounding}, n, tag);
    moved.read += std::uint64_t{c.scales.count} * 64;
    if (c.activation != arithmetic::Activation::none)
        count(power::Compare{static_cast<std::uint32_t>(c.in.format.width())}, n, tag);
    if (c.activation == arithmetic::Activation::relu_gradient) moved.read += bits(c.mask, c.rows, c.columns);
    count_rounding(c.in.format, c.out.format, c.rounding, n, tag);
    return moved;
}

VectorUnit::Bits VectorUnit::perform(const ColumnSumsCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    count(power::Add{c.sums.format, c.accumulator_rounding}, n, tag);
    if (c.accumulator_rounding.is_stochastic()) count(power::RandomBits{c.accumulator_rounding.random_bits}, n, tag);
    Bits moved{bits(c.in, c.rows, c.columns), 0};
    if (c.first_row != 0) moved.read += bits(c.sums, 1, c.columns);
    if (!c.last) {
        moved.written += bits(c.sums, 1, c.columns);
        return moved;
    }
    if (!is_power_of_two(c.factor)) {
        count(power::Multiply{c.sums.format, constant_format(c.sums.format), c.out.format, c.rounding}, c.columns, tag);
    }
    count_rounding(c.sums.format, c.out.format, c.rounding, c.columns, tag);
    moved.written += bits(c.out, 1, c.columns);
    return moved;
}

VectorUnit::Bits VectorUnit::perform(const SoftmaxCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    const auto width = static_cast<std::uint32_t>(c.format.width());
    count(power::Compare{width}, n + c.rows, tag);                          // maximum; the label
    count(power::Add{c.format, arithmetic::rne}, 3 * n + 2 * c.rows, tag);  // - max, sum, - onehot; loss, its sum
    count(power::Elementary{power::Elementary::Function::exp, c.format}, n, tag);
    count(power::Elementary{power::Elementary::Function::log, c.format}, c.rows, tag);
    count(power::Divide{c.format}, n, tag);
    if (!is_power_of_two(c.factor))
        count(power::Multiply{c.format, arithmetic::fp32, c.error.format, c.rounding}, n, tag);
    count_rounding(c.format, c.error.format, c.rounding, n, tag);
    return {bits(c.logits, c.rows, c.columns) + bits(c.labels, c.rows, 1),
            bits(c.error, c.rows, c.columns) + bits(c.losses, 1, 2)};
}

VectorUnit::Bits VectorUnit::perform(const UpdateCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    const arithmetic::Format constant = constant_format(c.state);
    const arithmetic::Format master = c.master.format.element();
    if (is_power_of_two(c.unscale)) {
        count_rounding(c.gradient.format, c.state, arithmetic::rne, n, tag);
    } else {
        count(power::Multiply{constant, c.gradient.format, c.state, arithmetic::rne}, n, tag);
    }
    if (c.weight_decay != 0) count(power::Fma{constant, master, c.state, arithmetic::rne}, n, tag);
    if (c.momentum != 0) {
        count(power::Fma{constant, c.state, c.state, c.state_rounding}, n, tag);
        if (c.state_rounding.is_stochastic()) count(power::RandomBits{c.state_rounding.random_bits}, n, tag);
    }
    if (c.master.format.is_expansion()) {  // the sum: the expansion unit's
        if (is_power_of_two(c.learning_rate))
            count_rounding(c.state, master, arithmetic::rne, n, tag);
        else
            count(power::Multiply{constant, c.state, master, arithmetic::rne}, n, tag);
    } else if (is_power_of_two(c.learning_rate)) {
        const arithmetic::Format wider = c.state.width() > master.width() ? c.state : master;
        count(power::Add{wider, c.master_rounding}, n, tag);
        if (wider != master) count(power::Convert{wider, master, c.master_rounding}, n, tag);
    } else {
        count(power::Fma{constant, c.state, c.master.format, c.master_rounding}, n, tag);
    }
    if (c.master_rounding.is_stochastic()) count(power::RandomBits{c.master_rounding.random_bits}, n, tag);
    Bits moved{bits(c.gradient, c.rows, c.columns) + bits(c.master, c.rows, c.columns),
               bits(c.master, c.rows, c.columns)};
    if (c.has_velocity) {
        moved.read += bits(c.velocity, c.rows, c.columns);
        moved.written += bits(c.velocity, c.rows, c.columns);
    }
    if (c.has_weight) {
        count_rounding(c.master.format, c.weight.format, c.weight_rounding, n, tag);
        moved.written += bits(c.weight, c.rows, c.columns);
    }
    if (c.has_changes) {
        // Comparators beside the lanes, against zero and against the weight before, and two counters (assumed to cost
        // no cycle and no more than the comparisons).
        count(power::Compare{static_cast<std::uint32_t>(c.state.width())}, n, tag);
        count(power::Compare{static_cast<std::uint32_t>(master.width() * c.master.format.terms)}, n, tag);
        moved.read += 128;
        moved.written += 128;
    }
    return moved;
}

VectorUnit::Bits VectorUnit::perform(const MeasureCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    count(power::Compare{static_cast<std::uint32_t>(c.in.format.width())}, 2 * n * c.in.format.terms, tag);
    constexpr std::uint64_t extremes = 128, scale = 64;
    return {bits(c.in, c.rows, c.columns) + (c.first ? 0 : extremes), extremes + (c.last ? scale : 0)};
}

VectorUnit::Bits VectorUnit::perform(const CountCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    count(power::Compare{static_cast<std::uint32_t>(c.in.format.exponent_bits)}, n, tag);
    return {bits(c.in, c.rows, c.columns) + (c.first ? 0 : bits(c.counter, 1, 1)),
            bits(c.counter, 1, 1) + (c.last ? bits(c.out, 1, 1) : 0)};
}

VectorUnit::Bits VectorUnit::perform(const CombineCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    const bool a_is_wider = c.a.format.width() > c.b.format.width();
    const arithmetic::Format wider = (a_is_wider ? c.a : c.b).format.element();
    if (std::fabs(c.factor) != 1) {
        count(power::Fma{constant_format(wider), c.b.format.element(), wider, c.rounding}, n, tag);
    } else if (!c.out.format.is_expansion()) {
        count(power::Add{wider, c.rounding}, n * (c.a.format.terms + c.b.format.terms - 1U), tag);
    }
    if (c.activation != arithmetic::Activation::none)
        count(power::Compare{static_cast<std::uint32_t>(wider.width())}, n, tag);
    count_rounding(wider, c.out.format.element(), c.rounding, n, tag);
    Bits moved{bits(c.a, c.rows, c.columns) + bits(c.b, c.rows, c.columns), bits(c.out, c.rows, c.columns)};
    if (c.activation == arithmetic::Activation::relu_gradient) moved.read += bits(c.mask, c.rows, c.columns);
    return moved;
}

VectorUnit::Bits VectorUnit::perform(const SquaresCommand& c, power::Tag tag) {
    const std::uint64_t n = std::uint64_t{c.rows} * c.columns;
    const arithmetic::Format in = c.in.format.element();
    count(power::Fma{in, in, c.sums.format, arithmetic::rne}, n, tag);
    const std::uint64_t sums = bits(c.sums, 1, c.columns);
    Bits moved{bits(c.in, c.rows, c.columns) + (c.first_rows ? 0 : sums), sums};
    if (!c.last_rows) return moved;
    count(power::Add{c.total.format, arithmetic::rne}, c.columns, tag);
    moved.read += sums + (c.first ? 0 : bits(c.total, 1, 1));
    moved.written += bits(c.total, 1, 1);
    return moved;
}

power::Inventory VectorUnit::inventory() const {
    power::Inventory inventory;
    inventory.component = meter().component();
    for (const Used& used : used_) inventory.operators.push_back({used.operation, parameters_.vector_lanes});
    // Three operands of 32 bits in each pipeline stage of a lane (assumed).
    inventory.register_bits = std::uint64_t{parameters_.vector_lanes} * 3 * 32 * vector_latency;
    inventory.clocked_cycles = clocked_;
    return inventory;
}

}  // namespace ulpsim::models

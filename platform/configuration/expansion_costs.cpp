#include "platform/configuration/expansion_costs.hpp"

#include <cstdio>

#include "models/accelerator/expansion_timing.hpp"
#include "models/arithmetic/dot.hpp"
#include "models/arithmetic/expansion_counts.hpp"
#include "power/costs/costs.hpp"

namespace ulpsim::platform {
namespace {

using arithmetic::ExpansionOperation;
using arithmetic::Format;
using models::Issue;
using models::TwoSum;

constexpr std::uint64_t products = 64;  // of a dot product, so that its last step is spread over many

double picojoules(power::Energy energy) { return energy / power::picojoules(1); }

/// A comparison steers a multiplexer behind the operator before it and adds no delay of its own (assumed).
double latency_ps(const Issue& issue, const power::Technology& technology) {
    if (std::holds_alternative<power::Compare>(issue.operation)) return 0;
    return static_cast<double>(issue.count) * power::delay_ps(technology, issue.operation);
}

LaneCost lane(const std::vector<Issue>& work, double cycles, std::uint64_t register_bits, double results,
              const power::Technology& technology) {
    power::Inventory inventory;
    inventory.register_bits = register_bits;
    LaneCost cost{.cycles = cycles / results,
                  .energy_pj = cycles * picojoules(power::clock_energy(technology, inventory))};
    for (const Issue& issue : work) {
        inventory.operators.push_back({issue.operation, 1});
        cost.latency_ps += latency_ps(issue, technology) / results;
        cost.energy_pj += static_cast<double>(issue.count) * picojoules(power::energy(technology, issue.operation));
    }
    cost.energy_pj /= results;
    cost.area_um2 = power::area(technology, inventory) / power::square_micrometres(1);
    return cost;
}

arithmetic::BaseOperations unit_work(TradedOperation operation, unsigned terms) {
    using arithmetic::base_operations;
    switch (operation) {
        case TradedOperation::add:
            return base_operations(ExpansionOperation::add, terms);
        case TradedOperation::multiply:
            return base_operations(ExpansionOperation::multiply, terms);
        case TradedOperation::dot:
            return base_operations(ExpansionOperation::dot, terms, products);
        case TradedOperation::product:
            break;
    }
    return base_operations(ExpansionOperation::multiply, terms) + base_operations(ExpansionOperation::add, terms);
}

LaneCost on_the_unit(const TradeOff& row, TwoSum twosum, const power::Technology& technology) {
    const arithmetic::BaseOperations work = models::issued(unit_work(row.operation, row.terms), twosum);
    const double results = row.operation == TradedOperation::dot ? static_cast<double>(products) : 1;
    return lane(models::issues(work, row.base), static_cast<double>(models::issue_slots(work)),
                models::lane_register_bits(row.base, row.terms), results, technology);
}

power::Mac multiply_accumulate(const Format& factors, const Format& sum) {
    power::Mac mac;
    mac.dot.a = mac.dot.b = factors;
    mac.dot.accumulator = sum;
    return mac;
}

/// Registers as everywhere here: the operands and the result, before and behind the operator.
LaneCost on_the_array(const TradeOff& row, arithmetic::Split split, const power::Technology& technology) {
    arithmetic::Dot dot;
    dot.a = dot.b = row.base;
    dot.a.terms = dot.b.terms = static_cast<std::uint8_t>(row.terms);
    dot.split = split;
    const std::uint64_t count = arithmetic::products_per_element(dot);
    const auto bits = static_cast<std::uint64_t>(2 * (2 * row.base.width() + row.native.width()));
    return lane({{multiply_accumulate(row.base, row.native), count}}, static_cast<double>(count), bits, 1, technology);
}

power::Operation native_operator(TradedOperation operation, const Format& base, const Format& native) {
    if (operation == TradedOperation::add) return power::Add{native, arithmetic::rne};
    if (operation == TradedOperation::multiply) return power::Multiply{native, native, native, arithmetic::rne};
    return multiply_accumulate(operation == TradedOperation::dot ? base : native, native);
}

TradeOff trade_off(TradedOperation operation, const Format& base, unsigned terms, const power::Technology& technology) {
    TradeOff row{.base = base, .native = base, .terms = terms, .operation = operation};
    if (terms > 1) {
        row.sequential = on_the_unit(row, TwoSum::sequential, technology);
        row.dedicated = on_the_unit(row, TwoSum::dedicated, technology);
    }
    const int mantissa_bits = static_cast<int>(terms) * base.precision() - 1;
    if (mantissa_bits > 52) return row;
    row.native.mantissa_bits = static_cast<std::uint8_t>(mantissa_bits);
    row.wide = lane({{native_operator(operation, base, row.native), 1}}, 1, models::lane_register_bits(row.native, 1),
                    1, technology);
    if (operation == TradedOperation::product && terms > 1) {
        row.leading = on_the_array(row, arithmetic::Split::leading, technology);
        row.all = on_the_array(row, arithmetic::Split::all, technology);
    }
    return row;
}

}  // namespace

std::string_view name(TradedOperation operation) {
    constexpr std::string_view names[] = {"add", "multiply", "dot", "product"};
    return names[static_cast<int>(operation)];
}

std::vector<TradeOff> trade_offs(const Format& base, const power::Technology& technology) {
    std::vector<TradeOff> all;
    for (const auto operation :
         {TradedOperation::add, TradedOperation::multiply, TradedOperation::dot, TradedOperation::product})
        for (unsigned terms = 1; terms <= 4; ++terms) all.push_back(trade_off(operation, base, terms, technology));
    return all;
}

std::string verdict(double expansion, double native) {
    char text[40];
    if (expansion > native * tie) {
        std::snprintf(text, sizeof text, "native %.1fx", expansion / native);
    } else if (native > expansion * tie) {
        std::snprintf(text, sizeof text, "expansion %.1fx", native / expansion);
    } else {
        return "tie";
    }
    return text;
}

}  // namespace ulpsim::platform

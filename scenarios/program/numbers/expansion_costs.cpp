#include "scenarios/program/numbers/expansion_costs.hpp"

#include <cstdio>

#include "models/accelerator/expansion_timing.hpp"
#include "models/accelerator/vector_timing.hpp"
#include "power/costs/costs.hpp"

namespace ulpsim::program {
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

LaneCost of_expansions(ExpansionOperation operation, const Format& base, unsigned terms, TwoSum twosum,
                       const power::Technology& technology) {
    const std::uint64_t length = operation == ExpansionOperation::dot ? products : 1;
    const arithmetic::BaseOperations work =
        models::issued(arithmetic::base_operations(operation, terms, length), twosum);
    return lane(models::issues(work, base), static_cast<double>(models::issue_slots(work)),
                models::lane_register_bits(base, terms), static_cast<double>(length), technology);
}

power::Operation native_operator(ExpansionOperation operation, const Format& base, const Format& native) {
    if (operation == ExpansionOperation::add) return power::Add{native, arithmetic::rne};
    if (operation == ExpansionOperation::multiply) return power::Multiply{native, native, native, arithmetic::rne};
    power::Mac mac;
    mac.dot.a = mac.dot.b = base;
    mac.dot.accumulator = native;
    return mac;
}

}  // namespace

std::vector<TradeOff> trade_offs(const Format& base, const power::Technology& technology) {
    std::vector<TradeOff> all;
    for (const auto operation : {ExpansionOperation::add, ExpansionOperation::multiply, ExpansionOperation::dot})
        for (unsigned terms = 1; terms <= 4; ++terms) {
            TradeOff row{.base = base, .native = base, .terms = terms, .operation = operation};
            if (terms > 1) {
                row.sequential = of_expansions(operation, base, terms, TwoSum::sequential, technology);
                row.dedicated = of_expansions(operation, base, terms, TwoSum::dedicated, technology);
            }
            const int mantissa_bits = static_cast<int>(terms) * base.precision() - 1;
            if (mantissa_bits <= 52) {
                row.native.mantissa_bits = static_cast<std::uint8_t>(mantissa_bits);
                row.wide = lane({{native_operator(operation, base, row.native), 1}}, 1,
                                models::lane_register_bits(row.native, 1), 1, technology);
            }
            all.push_back(row);
        }
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

}  // namespace ulpsim::program

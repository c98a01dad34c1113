#include "workloads/precision/policy.hpp"

#include <algorithm>

namespace ulpsim::workloads {
namespace {

/// Rules that fire once, in an order of their own each: those of epochs and steps by the step, those of a metric's
/// plateau by their patience (a smaller one is always reached first; of equal ones the first in the list), and each rule
/// of a threshold by itself. Beside them the rules that fire again and again.
struct FiringOrder {
    std::vector<std::vector<const Rule*>> chains;
    std::vector<const Rule*> recurring;

    FiringOrder(const std::vector<Rule>& schedule, std::uint64_t steps_per_epoch) {
        std::vector<const Rule*> timed;
        std::map<Metric, std::vector<const Rule*>> plateaus;
        for (const Rule& rule : schedule) {
            const bool is_timed = rule.when.kind == Trigger::Kind::epoch || rule.when.kind == Trigger::Kind::step;
            if (rule.repeat || (is_timed && rule.when.again > 0))
                recurring.push_back(&rule);
            else if (is_timed)
                timed.push_back(&rule);
            else if (rule.when.kind == Trigger::Kind::plateau)
                plateaus[rule.when.metric].push_back(&rule);
            else
                chains.push_back({&rule});
        }
        const auto step = [=](const Rule* rule) {
            return rule->when.kind == Trigger::Kind::step ? rule->when.at : (rule->when.at - 1) * steps_per_epoch + 1;
        };
        std::stable_sort(timed.begin(), timed.end(), [&](auto* a, auto* b) { return step(a) < step(b); });
        chains.push_back(timed);
        for (auto& [metric, rules] : plateaus) {
            std::stable_sort(rules.begin(), rules.end(),
                             [](auto* a, auto* b) { return a->when.patience < b->when.patience; });
            chains.push_back(rules);
        }
    }
};

/// A state of the schedule: what has been applied so far and how many rules of each chain have fired.
struct Branch {
    Policy policy;
    std::vector<std::size_t> fired;
    bool operator==(const Branch&) const = default;
};

template <class Value>
void add_new(std::vector<Value>& values, const Value& value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

}  // namespace

Policy apply(Policy policy, const PolicyChange& change) {
    if (change.weights) policy.weights = *change.weights;
    if (change.activations) policy.activations = *change.activations;
    if (change.errors) policy.errors = *change.errors;
    if (change.gradients) policy.gradients = *change.gradients;
    if (change.product) policy.product = change.product;
    if (change.master_weights) policy.master_weights = change.master_weights;
    if (change.optimizer_state) policy.optimizer_state = *change.optimizer_state;
    if (change.loss) policy.loss = *change.loss;
    if (change.accumulator) policy.accumulator = *change.accumulator;
    return policy;
}

std::vector<Policy> reachable_policies(const PrecisionConfig& config, const std::string& layer,
                                       std::uint64_t steps_per_epoch) {
    const FiringOrder order(config.schedule, steps_per_epoch);
    std::vector<Branch> branches{{config.base, std::vector<std::size_t>(order.chains.size())}};
    for (std::size_t i = 0; i < branches.size(); ++i) {
        const Branch here = branches[i];
        for (std::size_t chain = 0; chain < order.chains.size(); ++chain) {
            if (here.fired[chain] == order.chains[chain].size()) continue;
            Branch next = here;
            next.policy = apply(here.policy, order.chains[chain][next.fired[chain]++]->set);
            add_new(branches, next);
        }
        for (const Rule* rule : order.recurring) add_new(branches, {apply(here.policy, rule->set), here.fired});
    }
    std::vector<Policy> policies;
    const auto own = config.layers.find(layer);
    for (const Branch& branch : branches)
        add_new(policies, own == config.layers.end() ? branch.policy : apply(branch.policy, own->second));
    return policies;
}

}  // namespace ulpsim::workloads

#include "workloads/precision/policy.hpp"

#include <algorithm>

namespace ulpsim::workloads {
namespace {

/// The rules in the order in which they fire: those of epochs and steps by the step, those of a plateau by their
/// patience (a smaller one is always reached first); of equal ones the first in the list.
struct FiringOrder {
    std::vector<const Rule*> timed, plateau;

    FiringOrder(const std::vector<Rule>& schedule, std::uint64_t steps_per_epoch) {
        for (const Rule& rule : schedule) (rule.when.kind == Trigger::Kind::plateau ? plateau : timed).push_back(&rule);
        const auto step = [=](const Rule* rule) {
            return rule->when.kind == Trigger::Kind::step ? rule->when.at : (rule->when.at - 1) * steps_per_epoch + 1;
        };
        std::stable_sort(timed.begin(), timed.end(), [&](auto* a, auto* b) { return step(a) < step(b); });
        std::stable_sort(plateau.begin(), plateau.end(),
                         [](auto* a, auto* b) { return a->when.patience < b->when.patience; });
    }
};

/// A state of the schedule: what has been applied so far and how many rules of either kind have fired.
struct Branch {
    Policy policy;
    std::size_t timed = 0, plateau = 0;
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
    std::vector<Branch> branches{{.policy = config.base}};
    for (std::size_t i = 0; i < branches.size(); ++i) {
        const Branch here = branches[i];
        if (here.timed < order.timed.size())
            add_new(branches, {apply(here.policy, order.timed[here.timed]->set), here.timed + 1, here.plateau});
        if (here.plateau < order.plateau.size())
            add_new(branches, {apply(here.policy, order.plateau[here.plateau]->set), here.timed, here.plateau + 1});
    }
    std::vector<Policy> policies;
    const auto own = config.layers.find(layer);
    for (const Branch& branch : branches)
        add_new(policies, own == config.layers.end() ? branch.policy : apply(branch.policy, own->second));
    return policies;
}

}  // namespace ulpsim::workloads

#include "scenarios/program/results/run_results.hpp"

namespace ulpsim::program {
namespace {

std::string cause_text(power::Cause cause) {
    switch (cause) {
        case power::Cause::dependency:
            return "dependency";
        case power::Cause::memory:
            return "memory";
        case power::Cause::port:
            return "port";
        case power::Cause::queue_full:
            break;
    }
    return "queue_full";
}

Utilisation utilisation(const power::Activity& activity, double total_ps) {
    Utilisation shares;
    if (total_ps <= 0) return shares;
    shares.busy = static_cast<double>(activity.busy_ps) / total_ps;
    std::uint64_t stalled = 0;
    for (const auto& [cause, picoseconds] : activity.stalled_ps) {
        shares.stalled[cause_text(cause)] = static_cast<double>(picoseconds) / total_ps;
        stalled += picoseconds;
    }
    const double occupied = static_cast<double>(activity.busy_ps + stalled);
    shares.idle = (total_ps - occupied) / total_ps;
    return shares;
}

}  // namespace

Moment moment(const platform::Simulation& simulation, const power::Technology& technology) {
    const power::Account account = power::account(simulation.ledger(), simulation.inventories(), technology);
    return {simulation.seconds(), account.total, account.by_group, account.by_component};
}

Reading reading(const platform::Simulation& simulation) {
    Reading now{simulation.seconds(), simulation.ledger().snapshot(), {}};
    for (const power::Inventory& inventory : simulation.inventories()) {
        now.clocked_cycles[inventory.component] = inventory.clocked_cycles;
    }
    return now;
}

Moment price(const Reading& reading, const platform::Simulation& simulation, const power::Technology& technology) {
    std::vector<power::Inventory> inventories = simulation.inventories();
    for (power::Inventory& inventory : inventories) {
        inventory.clocked_cycles = reading.clocked_cycles.at(inventory.component);
    }
    const power::Account account = power::account(simulation.ledger(), reading.counts, inventories, technology);
    return {reading.seconds, account.total, account.by_group, account.by_component};
}

RunResults collect(const platform::Simulation& simulation, const power::Technology& technology) {
    RunResults results;
    results.seconds = simulation.seconds();
    results.cycles = simulation.cycles();
    results.account = power::account(simulation.ledger(), simulation.inventories(), technology);
    results.uncertainty = technology.uncertainty;
    results.traffic = simulation.traffic();
    results.memory = simulation.memory();
    const double total_ps = static_cast<double>(simulation.ledger().now_ps());
    for (const auto& [component, activity] : simulation.ledger().activity()) {
        results.utilisation[component] = utilisation(activity, total_ps);
    }
    results.arithmetic_seconds = simulation.arithmetic_seconds();
    results.transactions = simulation.transactions();
    results.macs = simulation.macs();
    return results;
}

std::string status_text(workloads::Status status) {
    switch (status) {
        case workloads::Status::completed:
            return "completed";
        case workloads::Status::diverged:
            return "diverged";
        case workloads::Status::interrupted:
            break;
    }
    return "interrupted";
}

}  // namespace ulpsim::program

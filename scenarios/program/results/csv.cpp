#include "scenarios/program/results/csv_writer.hpp"
#include "scenarios/program/results/run_results.hpp"

namespace ulpsim::program {
namespace {

power::Femtojoules energy_of(const Moment& moment, const std::string& component) {
    const auto found = moment.by_component.find(component);
    return found == moment.by_component.end() ? power::Femtojoules{0} : found->second;
}

}  // namespace

std::string epochs_csv(const RunResults& results) {
    Csv csv;
    for (const char* head :
         {"epoch", "train_loss", "train_accuracy", "test_accuracy", "gradient_norm", "sim_seconds", "energy_j"}) {
        csv.field(head);
    }
    csv.end_row();
    for (const auto& [quality, cost] : results.epochs) {
        csv.field(quality.epoch).field(quality.train_loss).field(quality.train_accuracy);
        csv.field(quality.test_accuracy);
        csv.field(quality.outer ? std::optional(quality.outer->gradient_norm) : std::nullopt).field(cost.seconds);
        csv.field(power::joules_text(cost.energy)).end_row();
    }
    return csv.text();
}

std::string operations_csv(const RunResults& results) {
    Csv csv;
    for (const char* head : {"component", "operation", "layer", "phase", "count", "energy_j", "group"}) csv.field(head);
    csv.end_row();
    for (const power::Entry& entry : results.account.entries) {
        csv.field(entry.component).field(entry.operation).field(entry.layer).field(entry.phase).field(entry.count);
        csv.field(power::joules_text(entry.energy)).field(std::string(power::name(entry.group))).end_row();
    }
    return csv.text();
}

std::string power_csv(const RunResults& results) {
    Csv csv;
    csv.field("seconds");
    for (const auto& [component, energy] : results.account.by_component) csv.field(component);
    csv.field("total").end_row();
    Moment before;
    for (const Moment& sample : results.samples) {
        const double seconds = sample.seconds - before.seconds;
        if (seconds <= 0) continue;
        csv.field(sample.seconds);
        for (const auto& [component, energy] : results.account.by_component) {
            csv.field(power::joules(energy_of(sample, component) - energy_of(before, component)) / seconds);
        }
        csv.field(power::joules(sample.energy - before.energy) / seconds).end_row();
        before = sample;
    }
    return csv.text();
}

}  // namespace ulpsim::program

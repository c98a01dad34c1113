#include "scenarios/program/results/number_text.hpp"
#include "scenarios/program/results/run_results.hpp"

namespace ulpsim::program {
namespace {

// Operation names hold commas.
std::string field(const std::string& text) {
    return text.find_first_of(",\"") == std::string::npos ? text : "\"" + text + "\"";
}

}  // namespace

std::string epochs_csv(const RunResults& results) {
    std::string text = "epoch,train_loss,train_accuracy,test_accuracy,gradient_norm,sim_seconds,energy_j\n";
    for (const auto& [quality, cost] : results.epochs) {
        text += std::to_string(quality.epoch) + "," + number_text(quality.train_loss) + "," +
                number_text(quality.train_accuracy) + "," +
                (quality.test_accuracy ? number_text(*quality.test_accuracy) : "") + ",," + number_text(cost.seconds) +
                "," + power::joules_text(cost.energy) + "\n";
    }
    return text;
}

std::string operations_csv(const RunResults& results) {
    std::string text = "component,operation,layer,phase,count,energy_j,group\n";
    for (const power::Entry& entry : results.account.entries) {
        text += field(entry.component) + "," + field(entry.operation) + "," + field(entry.layer) + "," +
                field(entry.phase) + "," + std::to_string(entry.count) + "," + power::joules_text(entry.energy) + "," +
                std::string(power::name(entry.group)) + "\n";
    }
    return text;
}

std::string power_csv(const RunResults& results) {
    std::string text = "seconds";
    for (const auto& [component, energy] : results.account.by_component) text += "," + field(component);
    text += ",total\n";
    Moment before;
    for (const Moment& sample : results.samples) {
        const double seconds = sample.seconds - before.seconds;
        if (seconds <= 0) continue;
        const auto watts = [&](power::Femtojoules energy) {
            return "," + number_text(power::joules(energy) / seconds);
        };
        const auto of = [](const Moment& at, const std::string& component) {
            const auto found = at.by_component.find(component);
            return found == at.by_component.end() ? power::Femtojoules{0} : found->second;
        };
        text += number_text(sample.seconds);
        for (const auto& [component, energy] : results.account.by_component) {
            text += watts(of(sample, component) - of(before, component));
        }
        text += watts(sample.energy - before.energy) + "\n";
        before = sample;
    }
    return text;
}

}  // namespace ulpsim::program

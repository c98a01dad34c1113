#include "scenarios/program/results/number_text.hpp"
#include "scenarios/program/results/run_results.hpp"

namespace ulpsim::program {
namespace {

/// Rows of fields with commas between; a field that holds a comma, as the names of operations do, stands in quotes.
class Csv {
public:
    Csv& field(const char* text) { return field(std::string(text)); }
    Csv& field(const std::string& text) {
        if (!row_is_empty_) text_ += ',';
        row_is_empty_ = false;
        const bool quoted = text.find_first_of(",\"") != std::string::npos;
        if (quoted) text_ += '"';
        text_ += text;
        if (quoted) text_ += '"';
        return *this;
    }
    Csv& field(double value) { return field(number_text(value)); }
    Csv& field(std::uint64_t value) { return field(std::to_string(value)); }
    void end_row() {
        text_ += '\n';
        row_is_empty_ = true;
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
    bool row_is_empty_ = true;
};

std::string text_of(const std::optional<double>& value) { return value ? number_text(*value) : std::string(); }

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
        csv.field(quality.epoch).field(quality.train_loss).field(text_of(quality.train_accuracy));
        csv.field(text_of(quality.test_accuracy));
        csv.field(quality.outer ? number_text(quality.outer->gradient_norm) : std::string())
            .field(cost.seconds)
            .field(power::joules_text(cost.energy))
            .end_row();
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

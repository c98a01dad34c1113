#include <algorithm>

#include "scenarios/program/reader/read_sections.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "workloads/optimizers/method.hpp"

namespace ulpsim::program {
namespace {

using arithmetic::Format;

std::vector<std::string> names(const std::vector<Format>& formats) {
    std::vector<std::string> words;
    for (const Format& format : formats) words.push_back(arithmetic::name(format));
    return words;
}

// One set of roles (the base, a layer, a rule) against the hardware.
class FormatCheck {
public:
    FormatCheck(const Document& document, const platform::PlatformConfig& platform)
        : document_(document), platform_(platform) {}

    /// A factor of the matrix products. Saturation is a matter of the output stage: `:sat` is support of the same
    /// format.
    void multiplied(const std::string& path, const std::optional<workloads::Precision>& role) const {
        if (!role) return;
        const auto plain = [](Format format) {  // of an expansion the terms are multiplied
            format = format.element();
            format.saturate = false;
            return format;
        };
        const auto& operators = platform_.accelerator.operators;
        const bool known = std::any_of(operators.begin(), operators.end(),
                                       [&](const Format& format) { return plain(format) == plain(role->format); });
        if (known) return;
        refuse(path, *role,
               "the operators support: " + join(names(operators)) +
                   did_you_mean(arithmetic::name(role->format), names(operators)));
    }

    /// A value that the accelerator's expansion unit works on when it is an expansion.
    void expanded(const std::string& path, const std::optional<workloads::Precision>& role) const {
        if (!role || !role->format.is_expansion()) return;
        const auto& unit = platform_.accelerator.expansion_unit;
        if (unit.lanes == 0)
            refuse(path, *role, "the accelerator has no expansion_unit; allowed: formats without exp()");
        if (role->format.element() == unit.base && role->format.terms <= unit.max_terms) return;
        refuse(path, *role,
               "the expansion unit supports: exp(" + arithmetic::name(unit.base) + ",2)" +
                   (unit.max_terms > 2 ? " to " + std::to_string(unit.max_terms) + " terms" : ""));
    }

private:
    [[noreturn]] void refuse(const std::string& path, const workloads::Precision& role, const std::string& why) const {
        throw Error(document_.where(path) + path + " is " + arithmetic::name(role.format) + "; " + why);
    }
    const Document& document_;
    const platform::PlatformConfig& platform_;
};

// Policy and PolicyChange name the same roles.
template <class Roles>
void check_roles(const FormatCheck& check, const std::string& path, const Roles& roles, bool updates_on_accelerator,
                 bool in_place) {
    check.multiplied(path + ".weights", roles.weights);
    check.multiplied(path + ".activations", roles.activations);
    check.multiplied(path + ".errors", roles.errors);
    check.expanded(path + ".gradients", roles.gradients);
    if (updates_on_accelerator) check.expanded(path + ".master_weights", roles.master_weights);
    if (updates_on_accelerator && in_place) check.expanded(path + ".weights", roles.weights);
}

}  // namespace

void check_formats(const Document& document, const Scenario& scenario) {
    if (scenario.platform.kind == platform::Kind::host_only)
        return;  // software converts what a host does not compute in
    const FormatCheck check(document, scenario.platform);
    // Linear models and offsets are updated in the accelerator's loop on either platform.
    const bool alone = scenario.platform.kind == platform::Kind::accelerator_only;
    const workloads::NetworkConfig& network = scenario.network;
    const bool softmax_regression = network.name == "logistic_regression" || network.widths.size() == 1;
    const workloads::OptimizerConfig& optimizer = scenario.training.optimizer;
    const bool here = alone || network.name == "linear_regression" || optimizer.kind != "sgd";
    const workloads::Place gradient_at = optimizer.full_gradient.at.value_or(
        alone && !softmax_regression ? workloads::Place::accelerator : workloads::Place::host);
    if (!softmax_regression && workloads::has_anchor(workloads::method_of(optimizer.kind)) &&
        gradient_at == workloads::Place::accelerator) {
        const workloads::Precision values{.format = optimizer.full_gradient.format, .rounding = {}, .scale = {}};
        check.multiplied("workload.optimizer.full_gradient.format", values);
        check.expanded("workload.optimizer.full_gradient.format", values);
    }
    const workloads::PrecisionConfig& precision = scenario.training.precision;
    // Linear models form differences of weights, whatever a master holds.
    const bool in_place = !precision.base.master_weights || network.name == "linear_regression";
    check_roles(check, "precision", precision.base, here, in_place);
    for (const auto& [layer, change] : precision.layers)
        check_roles(check, "precision.layers." + layer, change, here, in_place && !change.master_weights);
    for (std::size_t i = 0; i < precision.schedule.size(); ++i) {
        const workloads::PolicyChange& set = precision.schedule[i].set;
        check_roles(check, "precision.schedule." + std::to_string(i) + ".set", set, here,
                    in_place && !set.master_weights);
    }
}

}  // namespace ulpsim::program

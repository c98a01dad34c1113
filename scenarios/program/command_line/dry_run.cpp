#include "scenarios/program/command_line/dry_run.hpp"

#include <chrono>

#include "scenarios/program/report/text_table.hpp"
#include "scenarios/program/results/json_writer.hpp"
#include "scenarios/program/results/number_text.hpp"
#include "workloads/executor/reference_executor.hpp"
#include "workloads/optimizers/method.hpp"
#include "workloads/training/centred/centred_training.hpp"
#include "workloads/training/linear/linear_training.hpp"

namespace ulpsim::program {
namespace {

using namespace workloads;

bool is_centred(const Prepared& prepared) {
    return prepared.network.layers.size() > 1 && is_centred_training(prepared.scenario().training);
}

/// What is timed; what a run tells of as a step may be an outer iteration.
struct Sample {
    std::uint64_t warm_up = 2, measured = 8;
};
/// One outer iteration of a network is a pass over all samples and many steps.
Sample sample_of(const Prepared& prepared) { return is_centred(prepared) ? Sample{1, 1} : Sample{}; }

/// A clock read at two steps of a run that is stopped after the second.
struct Pace {
    double start = 0, end = 0;
    std::uint64_t steps = 0;
    double per_step() const { return steps == 0 ? 0 : (end - start) / static_cast<double>(steps); }
};

double wall() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Trains a few steps and throws them away, reading `clocks` after the warm-up and at the end.
std::vector<Pace> paces(const Prepared& prepared, Executor& executor, unsigned threads,
                        const std::vector<std::function<double()>>& clocks) {
    std::vector<Pace> paces(clocks.size());
    const Sample sample = sample_of(prepared);
    std::uint64_t step = 0;
    const auto observer = [&](const Event& event) {
        if (!std::holds_alternative<StepDone>(event)) return true;
        ++step;
        for (std::size_t i = 0; i < clocks.size(); ++i) {
            if (step == sample.warm_up) paces[i].start = clocks[i]();
            if (step > sample.warm_up) {
                paces[i].end = clocks[i]();
                paces[i].steps = step - sample.warm_up;
            }
        }
        return step < sample.warm_up + sample.measured;
    };
    const Scenario& scenario = prepared.scenario();
    train(scenario.training, prepared.network, prepared.data, platform::placement(scenario.platform.kind), executor,
          threads, observer);
    return paces;
}

struct Prediction {
    double step_seconds = 0, step_wall = 0;
    std::map<std::string, platform::MemoryUse> memory;
};

Prediction predict(const Prepared& prepared, unsigned threads) {
    const Scenario& scenario = prepared.scenario();
    const std::uint64_t seed = scenario.training.seed;
    Prediction prediction;
    platform::Simulation simulation(scenario.platform, {.seed = seed, .threads = threads, .values = false});
    const auto program = [&](Executor& executor) {
        const auto measured = paces(prepared, executor, threads, {[&] { return simulation.seconds(); }, wall});
        prediction.step_seconds = measured[0].per_step();
        prediction.step_wall = measured[1].per_step();
    };
    prepared.file.check("platform", [&] { simulation.run(program); });
    prediction.memory = simulation.memory();
    ReferenceExecutor arithmetic(seed, threads);
    prediction.step_wall += paces(prepared, arithmetic, threads, {wall})[0].per_step();
    return prediction;
}

std::string when_text(const Trigger& trigger) {
    const std::string again = trigger.again > 0 ? " and every " + std::to_string(trigger.again) : "";
    switch (trigger.kind) {
        case Trigger::Kind::epoch:
            return "from epoch " + std::to_string(trigger.at) + again;
        case Trigger::Kind::step:
            return "from step " + std::to_string(trigger.at) + again;
        case Trigger::Kind::plateau:
            return "after " + std::to_string(trigger.patience) + " steps without gain in " + name(trigger.metric);
        case Trigger::Kind::threshold:
            break;
    }
    return name(trigger.metric) + (trigger.above ? " above " : " below ") + number_text(trigger.bound);
}

struct PolicyRow {
    std::string tensor, pass, format, rounding;
};

// Policy and PolicyChange name the same roles.
template <class Roles>
std::vector<PolicyRow> policy_rows(const Roles& roles) {
    std::vector<PolicyRow> rows;
    const auto add = [&](const char* tensor, const char* pass, const std::optional<Precision>& role) {
        if (role) rows.push_back({tensor, pass, arithmetic::name(role->format), arithmetic::name(role->rounding)});
    };
    add("weights", "forward, backward", roles.weights);
    add("activations", "forward, backward", roles.activations);
    add("errors", "backward", roles.errors);
    add("gradients", "backward, update", roles.gradients);
    add("product", "forward, backward", roles.product);
    const std::optional<Accumulator> accumulator = roles.accumulator;
    if (accumulator) {
        const std::string length = std::to_string(accumulator->length);
        const std::string orders[] = {"", ", chunks of " + length + " into " + arithmetic::name(accumulator->outer),
                                      ", trees of " + length, ", aligned groups of " + length};
        const std::string& chunk = orders[static_cast<int>(accumulator->order)];
        rows.push_back({"accumulator", "forward, backward", arithmetic::name(accumulator->format) + chunk,
                        arithmetic::name(accumulator->rounding)});
    }
    add("master_weights", "update", roles.master_weights);
    add("optimizer_state", "update", roles.optimizer_state);
    add("loss", "forward", roles.loss);
    return rows;
}

struct TimedPolicyRow : PolicyRow {
    std::string when;
};

std::vector<TimedPolicyRow> whole_policy(const PrecisionConfig& precision) {
    std::vector<TimedPolicyRow> all;
    const auto add = [&](const std::vector<PolicyRow>& rows, const std::string& when) {
        for (const PolicyRow& row : rows) all.push_back({row, when});
    };
    add(policy_rows(precision.base), "from the start");
    for (const Rule& rule : precision.schedule) add(policy_rows(rule.set), when_text(rule.when));
    for (const auto& [layer, change] : precision.layers) add(policy_rows(change), "always, in " + layer);
    return all;
}

std::string policy_text(const PrecisionConfig& precision) {
    TextTable table({"tensor", "pass", "format", "rounding", "when"});
    for (const TimedPolicyRow& row : whole_policy(precision))
        table.add({row.tensor, row.pass, row.format, row.rounding, row.when});
    return table.text();
}

void write_policy(JsonWriter& json, const PrecisionConfig& precision) {
    json.begin_array();
    for (const TimedPolicyRow& row : whole_policy(precision)) {
        json.begin_object().member("tensor", row.tensor).member("pass", row.pass).member("format", row.format);
        json.member("rounding", row.rounding).member("when", row.when).end_object();
    }
    json.end_array();
}

/// Products of a layer in a step; of the first one the error at its input is not needed. Bit centering has two products for
/// one, but for the first layer, whose input has no offset.
std::uint64_t products(bool first, bool centred) {
    if (centred) return first ? 2 : 6;
    return first ? 2 : 3;
}

/// A layer's work in a step.
struct LayerShape {
    std::string name;
    std::uint64_t inputs = 0, outputs = 0, parameters = 0, macs = 0;
};

std::vector<LayerShape> shapes(const Network& network, std::uint64_t batch, bool centred) {
    std::vector<LayerShape> all;
    for (const DenseLayer& layer : network.layers) {
        const std::uint64_t macs = layer.inputs * layer.outputs * batch;
        all.push_back({layer.name, layer.inputs, layer.outputs, (layer.inputs + 1) * layer.outputs,
                       macs * products(all.empty(), centred)});
    }
    return all;
}

std::string shapes_text(const Network& network, std::uint64_t batch, bool centred) {
    TextTable table({"layer", "weights", "output", "parameters", "MACs of a step"}, 3);
    for (const LayerShape& layer : shapes(network, batch, centred)) {
        table.add({layer.name, std::to_string(layer.outputs) + " x " + std::to_string(layer.inputs),
                   std::to_string(batch) + " x " + std::to_string(layer.outputs), std::to_string(layer.parameters),
                   std::to_string(layer.macs)});
    }
    return table.text();
}

std::uint64_t step_macs(const Network& network, std::uint64_t batch) {
    if (network.layers.empty()) return 0;
    const std::uint64_t first = network.layers.front().inputs * network.layers.front().outputs;
    return batch * (3 * network.forward_macs() - first);
}

std::uint64_t inner_steps(const Prepared& prepared) {
    const OptimizerConfig& optimizer = prepared.scenario().training.optimizer;
    return optimizer.inner_steps > 0 ? optimizer.inner_steps : 2 * (prepared.data.train.count() / optimizer.batch);
}

/// The steps, the gradient of all samples, and where the anchor's values are recomputed two passes a step.
std::uint64_t centred_iteration_macs(const Prepared& prepared) {
    const OptimizerConfig& optimizer = prepared.scenario().training.optimizer;
    const std::uint64_t samples = prepared.data.train.count(), stepped = inner_steps(prepared) * optimizer.batch;
    const std::uint64_t recomputed = optimizer.anchor_values == AnchorValuesAt::recomputed ? stepped : 0;
    std::uint64_t macs = 0;
    for (const DenseLayer& layer : prepared.network.layers) {
        const bool first = &layer == &prepared.network.layers.front();
        macs += layer.inputs * layer.outputs *
                (products(first, true) * stepped + products(first, false) * samples + (first ? 1 : 2) * recomputed);
    }
    return macs;
}

/// Two products a step, and two over all samples where the method has an anchor.
std::uint64_t outer_iteration_macs(const Prepared& prepared) {
    const OptimizerConfig& optimizer = prepared.scenario().training.optimizer;
    const std::uint64_t in_full = has_anchor(method_of(optimizer.kind)) ? prepared.data.train.count() : 0;
    return 2 * prepared.network.forward_macs() * (inner_steps(prepared) * optimizer.batch + in_full);
}

std::string memory_text(const std::map<std::string, platform::MemoryUse>& memory) {
    TextTable table({"memory", "bytes used", "of"}, 1);
    for (const auto& [name, use] : memory) {
        table.add({name, std::to_string(use.peak_bytes), std::to_string(use.capacity_bytes)});
    }
    return table.text();
}

void write_memory(JsonWriter& json, const std::map<std::string, platform::MemoryUse>& memory) {
    json.begin_object();
    for (const auto& [name, use] : memory) {
        json.key(name).begin_object();
        json.member("capacity_bytes", use.capacity_bytes).member("peak_bytes", use.peak_bytes).end_object();
    }
    json.end_object();
}

/// How long a run is: what it tells of are steps, or outer iterations with steps of their own.
struct Extent {
    bool centred = false, outer = false;
    std::uint64_t steps = 0;
    double macs = 0;
};
Extent extent_of(const Prepared& prepared) {
    const TrainingConfig& training = prepared.scenario().training;
    const std::uint64_t batch = training.optimizer.batch;
    Extent extent{.centred = is_centred(prepared)};
    extent.outer = extent.centred || is_linear_training(training, prepared.network);
    extent.steps = training.epochs * (extent.outer ? 1 : (prepared.data.train.count() + batch - 1) / batch);
    const std::uint64_t macs = extent.centred ? centred_iteration_macs(prepared)
                               : extent.outer ? outer_iteration_macs(prepared)
                                              : step_macs(prepared.network, batch);
    extent.macs = static_cast<double>(macs) * static_cast<double>(extent.steps);
    return extent;
}

}  // namespace

std::string dry_run_text(const Prepared& prepared, unsigned threads) {
    const Scenario& scenario = prepared.scenario();
    const std::uint64_t batch = scenario.training.optimizer.batch;
    const Extent extent = extent_of(prepared);
    const Prediction prediction = predict(prepared, threads);
    const auto total = static_cast<double>(extent.steps);
    return scenario.name + ": nothing is trained\n\nprecision\n" + policy_text(scenario.training.precision) +
           "\nnetwork " + prepared.network.name + "\n" + shapes_text(prepared.network, batch, extent.centred) +
           "\nparameters  " + std::to_string(prepared.network.parameters()) + "\nsteps       " +
           std::to_string(extent.steps) + " of " +
           (extent.outer ? std::to_string(inner_steps(prepared)) + " inner steps of " : "") + std::to_string(batch) +
           " samples\nMACs        " + engineering(extent.macs, "") + "\n\n" + memory_text(prediction.memory) +
           "\npredicted from " + std::to_string(sample_of(prepared).measured) +
           " steps in the formats of the start\n  simulated  " + engineering(prediction.step_seconds * total, "s") +
           "\n  wall       " + engineering(prediction.step_wall * total, "s") + " with " + std::to_string(threads) +
           (threads == 1 ? " thread\n" : " threads\n");
}

std::string dry_run_json(const Prepared& prepared, unsigned threads) {
    const Scenario& scenario = prepared.scenario();
    const std::uint64_t batch = scenario.training.optimizer.batch;
    const Extent extent = extent_of(prepared);
    const Prediction prediction = predict(prepared, threads);
    JsonWriter json;
    json.begin_object().member("name", scenario.name).key("precision");
    write_policy(json, scenario.training.precision);
    json.key("network").begin_object().member("name", prepared.network.name).key("layers").begin_array();
    for (const LayerShape& layer : shapes(prepared.network, batch, extent.centred)) {
        json.begin_object().member("name", layer.name).member("inputs", layer.inputs).member("outputs", layer.outputs);
        json.member("parameters", layer.parameters).member("macs_per_step", layer.macs).end_object();
    }
    json.end_array().end_object().member("parameters", prepared.network.parameters()).member("batch", batch);
    json.member("steps", extent.steps).member("macs", extent.macs).key("memory");
    write_memory(json, prediction.memory);
    json.key("predicted").begin_object();
    json.member("simulated_seconds", prediction.step_seconds * static_cast<double>(extent.steps));
    json.member("wall_seconds", prediction.step_wall * static_cast<double>(extent.steps)).member("threads", threads);
    return json.end_object().end_object().text();
}

}  // namespace ulpsim::program

#include "scenarios/program/reader/scenario.hpp"
#include "scenarios/program/results/health_json.hpp"
#include "scenarios/program/results/number_text.hpp"

namespace ulpsim::program {
namespace {

using namespace workloads;

std::string flag(bool value) { return value ? "true" : "false"; }

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

// Names with a comma need quotes in YAML's flow style.
std::string format_text(const arithmetic::Format& format) {
    const std::string text = arithmetic::name(format);
    return text.find(',') == std::string::npos ? text : quoted(text);
}

std::string dataflow_text(platform::Dataflow dataflow) {
    switch (dataflow) {
        case platform::Dataflow::output_stationary:
            return "output_stationary";
        case platform::Dataflow::weight_stationary:
            return "weight_stationary";
        case platform::Dataflow::input_stationary:
            return "input_stationary";
        case platform::Dataflow::best:
            break;
    }
    return "best";
}

std::string dram_text(const platform::DramConfig& dram) {
    return "{model: " + dram.model + ", channels: " + std::to_string(dram.channels) +
           ", size_mib: " + std::to_string(dram.size_mib) + "}\n";
}

std::string accelerator_text(const platform::AcceleratorConfig& accelerator) {
    const auto& [clock, array, vector_unit, scratchpad, dma, operators, expansion] = accelerator;
    std::string formats;
    for (const auto& format : operators) formats += (formats.empty() ? "" : ", ") + format_text(format);
    std::string text = "  accelerator:\n";
    text += "    clock_mhz: " + number_text(clock) + "\n";
    text += "    array: {rows: " + std::to_string(array.rows) + ", cols: " + std::to_string(array.columns) +
            ", dataflow: " + dataflow_text(array.dataflow) + ", overlap_drain: " + flag(array.overlap_drain) +
            ", double_buffered_weights: " + flag(array.double_buffered_weights) + "}\n";
    text += "    vector_unit: {lanes: " + std::to_string(vector_unit.lanes) + "}\n";
    text += "    scratchpad: {size_kib: " + std::to_string(scratchpad.size_kib) +
            ", banks: " + std::to_string(scratchpad.banks) +
            ", resident_kib: " + std::to_string(scratchpad.resident_kib) +
            ", double_buffer: " + flag(scratchpad.double_buffer) + "}\n";
    text += "    dma: {max_outstanding: " + std::to_string(dma.max_outstanding) + "}\n";
    text += "    operators: [" + formats + "]\n";
    text += "    expansion_unit: {lanes: " + std::to_string(expansion.lanes) +
            ", base: " + format_text(expansion.base) + ", max_terms: " + std::to_string(expansion.max_terms) +
            ", twosum: " + (expansion.twosum == platform::TwoSum::dedicated ? "dedicated" : "sequential") + "}\n";
    return text;
}

std::string platform_text(const platform::PlatformConfig& config) {
    const bool two = config.kind == platform::Kind::host_accelerator;
    std::string text = "platform:\n";
    text += "  kind: " + platform::kind_names()[static_cast<std::size_t>(config.kind)] + "\n";
    text += "  technology: " + config.technology + "\n  fidelity: lt\n";
    text += "  host: {model: " + config.host.model + ", clock_mhz: " + number_text(config.host.clock_mhz) +
            ", cores: " + std::to_string(config.host.cores) + ", cache_kib: " + std::to_string(config.host.cache_kib) +
            "}\n";
    text += "  interconnect: {width_bits: " + std::to_string(config.interconnect.width_bits) +
            ", clock_mhz: " + number_text(config.interconnect.clock_mhz) + "}\n";
    text += "  dram: " + dram_text(config.dram);
    if (two)
        text += "  host_dram: " + dram_text(config.host_dram) + "  channel: {model: " + config.channel.model + "}\n";
    return config.kind == platform::Kind::host_only ? text : text + accelerator_text(config.accelerator);
}

std::string network_text(const NetworkConfig& network) {
    if (network.widths.empty()) return network.name;
    std::string widths;
    for (const std::uint64_t width : network.widths) widths += (widths.empty() ? "" : ", ") + std::to_string(width);
    return "{layers: [" + widths + "]}";
}

std::string path_text(const char* key, const std::filesystem::path& path) {
    return path.empty() ? "" : std::string(", ") + key + ": " + quoted(path.string());
}

std::string source_text(const FashionMnistConfig& dataset) {
    return path_text("directory", dataset.directory) + ", train_samples: " + std::to_string(dataset.train_samples) +
           ", test_samples: " + std::to_string(dataset.test_samples) + ", standardize: " + flag(dataset.standardize);
}

std::string source_text(const LeastSquaresConfig& dataset) {
    return ", samples: " + std::to_string(dataset.samples) + ", features: " + std::to_string(dataset.features) +
           ", condition: " + number_text(dataset.condition) + ", noise: " + number_text(dataset.noise) +
           ", seed: " + std::to_string(dataset.seed);
}

std::string sample_files_text(const SampleFilesConfig& dataset) {
    return path_text("train", dataset.train) + path_text("test", dataset.test) +
           ", classes: " + std::to_string(dataset.classes) + ", standardize: " + flag(dataset.standardize);
}

std::string source_text(const CsvConfig& dataset) {
    return sample_files_text(dataset) + ", header: " + flag(dataset.header) + ", label: " + quoted(dataset.label);
}

std::string source_text(const LibsvmConfig& dataset) {
    return sample_files_text(dataset) + ", features: " + std::to_string(dataset.features);
}

std::string source_text(const NpyConfig& dataset) {
    return sample_files_text(dataset) + path_text("train_labels", dataset.train_labels) +
           path_text("test_labels", dataset.test_labels);
}

std::string full_gradient_text(const FullGradientConfig& config) {
    const std::string at = !config.at ? "" : *config.at == Place::host ? "at: host, " : "at: accelerator, ";
    return "full_gradient: {" + at + "format: " + format_text(config.format) + "}";
}

std::string workload_text(const Scenario& scenario) {
    const TrainingConfig& training = scenario.training;
    const OptimizerConfig& optimizer = training.optimizer;
    const bool dynamic = training.loss_scale.kind == LossScaleConfig::Kind::dynamic;
    std::string text = "workload:\n  dataset: {name: " + dataset_name(scenario.dataset) +
                       std::visit([](const auto& source) { return source_text(source); }, scenario.dataset) + "}\n";
    text += "  network: " + network_text(scenario.network) + "\n";
    text +=
        "  optimizer: {kind: " + optimizer.kind + ", learning_rate: " + number_text(optimizer.learning_rate) +
        ", momentum: " + number_text(optimizer.momentum) + ", weight_decay: " + number_text(optimizer.weight_decay) +
        ", batch: " + std::to_string(optimizer.batch) + ", kahan: " + (optimizer.kahan ? "true" : "false") +
        ", inner_steps: " + std::to_string(optimizer.inner_steps) + ", " + full_gradient_text(optimizer.full_gradient) +
        ", range: " + number_text(optimizer.range) + ", mu: " + number_text(optimizer.mu) +
        ", anchor_values: " + (optimizer.anchor_values == AnchorValuesAt::cached ? "cached" : "recomputed") + "}\n";
    text += std::string("  loss_scale: {kind: ") + (dynamic ? "dynamic" : "static") +
            ", value: " + number_text(training.loss_scale.value) +
            (dynamic ? ", growth_interval: " + std::to_string(training.loss_scale.growth_interval) : "") + "}\n";
    text += std::string("  batch_average: ") +
            (training.batch_average == BatchAverage::in_loss ? "in_loss" : "after_product") + "\n";
    return text + "  epochs: " + std::to_string(training.epochs) +
           "\n  checkpoint_every: " + std::to_string(training.checkpoint_every) +
           "\n  gradient_norm_goal: " + number_text(training.gradient_norm_goal) + "\n";
}

std::string accumulator_text(const Accumulator& accumulator) {
    const std::string length = std::to_string(accumulator.length);
    std::string order;
    switch (accumulator.order) {
        case arithmetic::Order::sequential:
            order = "chunk: 0";
            break;
        case arithmetic::Order::chunk:
            order = "chunk: " + length + ", outer: " + format_text(accumulator.outer);
            break;
        case arithmetic::Order::tree:
            order = "tree: " + length;
            break;
        case arithmetic::Order::align:
            order = "align: {terms: " + length +
                    ", guard: " + (accumulator.guard_exact ? "exact" : std::to_string(accumulator.guard)) + "}";
            break;
    }
    return "{format: " + format_text(accumulator.format) + ", rounding: " + arithmetic::name(accumulator.rounding) +
           ", " + order + "}";
}

// Policy and PolicyChange name the same roles; an absent one is not written.
template <class Roles>
std::vector<std::pair<std::string, std::string>> written_roles(const Roles& roles) {
    std::vector<std::pair<std::string, std::string>> lines;
    const auto add = [&](const std::string& key, const std::optional<Precision>& role) {
        if (role) lines.emplace_back(key, role_text(*role));
    };
    add("weights", roles.weights);
    add("activations", roles.activations);
    add("errors", roles.errors);
    add("gradients", roles.gradients);
    add("product", roles.product);
    const std::optional<Accumulator> accumulator = roles.accumulator;
    if (accumulator) lines.emplace_back("accumulator", accumulator_text(*accumulator));
    add("master_weights", roles.master_weights);
    add("optimizer_state", roles.optimizer_state);
    add("loss", roles.loss);
    return lines;
}

std::string change_text(const PolicyChange& change) {
    std::string text;
    for (const auto& [key, value] : written_roles(change)) text += (text.empty() ? "" : ", ") + key + ": " + value;
    return "{" + text + "}";
}

std::string trigger_text(const Trigger& trigger) {
    const std::string again = trigger.again > 0 ? ", every: " + std::to_string(trigger.again) : "";
    const std::string every = ", every: " + std::to_string(trigger.every);
    switch (trigger.kind) {
        case Trigger::Kind::epoch:
            return "{epoch: " + std::to_string(trigger.at) + again + "}";
        case Trigger::Kind::step:
            return "{step: " + std::to_string(trigger.at) + again + "}";
        case Trigger::Kind::plateau:
            return "{plateau: {metric: " + name(trigger.metric) + ", patience: " + std::to_string(trigger.patience) +
                   (trigger.metric == Metric::gradient_norm ? every : "") + "}}";
        case Trigger::Kind::threshold:
            break;
    }
    return "{" + name(trigger.metric) + ": {" + (trigger.above ? "above: " : "below: ") + number_text(trigger.bound) +
           every + ", window: " + std::to_string(trigger.window) + "}}";
}

std::string precision_text(const PrecisionConfig& precision) {
    std::string text = "precision:\n";
    for (const auto& [key, value] : written_roles(precision.base)) text += "  " + key + ": " + value + "\n";
    if (!precision.base.product) text += "  product: exact\n";
    text += std::string("  split: ") + (precision.base.split == arithmetic::Split::all ? "all" : "leading") + "\n";
    if (!precision.base.master_weights) text += "  master_weights: none\n";
    if (!precision.layers.empty()) text += "  layers:\n";
    for (const auto& [layer, change] : precision.layers) text += "    " + layer + ": " + change_text(change) + "\n";
    if (!precision.schedule.empty()) text += "  schedule:\n";
    for (const Rule& rule : precision.schedule) {
        text += "    - {when: " + trigger_text(rule.when) + ", set: " + change_text(rule.set) +
                (rule.repeat ? ", repeat: true}\n" : "}\n");
    }
    return text;
}

std::string health_text(const HealthConfig& health) {
    if (health.level == HealthConfig::Level::off) return "health: off\n";
    return "health: {level: " + level_text(health.level) + ", every: " + std::to_string(health.every) + "}\n";
}

}  // namespace

std::string role_text(const Precision& precision) {
    const bool is_int = precision.format.kind == arithmetic::FormatKind::integer && !precision.format.is_mx();
    if (precision.rounding == arithmetic::rne && !is_int) return format_text(precision.format);
    std::string text =
        "{format: " + format_text(precision.format) + ", rounding: " + arithmetic::name(precision.rounding);
    if (is_int) {
        const bool is_measured = precision.scale.kind == TensorScale::Kind::power_of_two;
        text += ", scale: " + (is_measured ? "pow2" : number_text(precision.scale.value));
    }
    return text + "}";
}

std::string resolved_text(const Scenario& scenario) {
    return "name: " + quoted(scenario.name) + "\nseed: " + std::to_string(scenario.training.seed) + "\n" +
           platform_text(scenario.platform) + workload_text(scenario) + precision_text(scenario.training.precision) +
           health_text(scenario.training.health);
}

}  // namespace ulpsim::program

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "scenarios/program/reader/read_sections.hpp"
#include "scenarios/program/reader/suggestion.hpp"

namespace ulpsim::program {
namespace {

using namespace workloads;

const std::vector<std::string> roles{"weights",     "activations",    "errors",          "gradients", "product",
                                     "accumulator", "master_weights", "optimizer_state", "loss"};

/// pow2, or what 1 stands for.
TensorScale read_scale(const std::string& word) {
    if (word == "pow2") return {TensorScale::Kind::power_of_two, 1};
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || !(value > 0) || !std::isfinite(value))
        throw Error("allowed: pow2, or a number above 0");
    return {value == 1 ? TensorScale::Kind::one : TensorScale::Kind::real, value};
}

/// An int has a scale unless it says that it has none (DESIGN 3.1).
Precision with_default_scale(Precision role) {
    if (role.format.kind == arithmetic::FormatKind::integer) role.scale.kind = TensorScale::Kind::power_of_two;
    return role;
}

std::optional<Precision> read_role(const Section& section, const std::string& key, const std::string& word_for_none) {
    if (!section.has(key)) return std::nullopt;
    if (!section.is_mapping(key)) {
        if (!word_for_none.empty() && section.text(key, "") == word_for_none) return std::nullopt;
        return with_default_scale({section.parsed<arithmetic::Format>(key, {}, arithmetic::parse_format), {}, {}});
    }
    const Section role = section.section(key);
    role.refuse_all_but({"format", "rounding", "scale"});
    if (!role.has("format")) role.fail("format", "is missing; allowed: a format, as e4m3fn");
    Precision precision =
        with_default_scale({role.parsed<arithmetic::Format>("format", {}, arithmetic::parse_format),
                            role.parsed<arithmetic::Rounding>("rounding", {}, arithmetic::parse_rounding),
                            {}});
    if (role.has("scale") && precision.format.kind != arithmetic::FormatKind::integer)
        role.fail("scale", "is given with " + arithmetic::name(precision.format) + "; allowed: with intW only");
    precision.scale = role.parsed<TensorScale>("scale", precision.scale, read_scale);
    return precision;
}

int read_guard(const std::string& word) {
    int guard = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), guard);
    if (error != std::errc{} || end != word.data() + word.size() || std::abs(guard) > arithmetic::largest_guard)
        throw Error("allowed: a number of bits up to " + std::to_string(arithmetic::largest_guard) + ", or exact");
    return guard;
}

/// A rounded product is no tensor: it has no scale.
std::optional<Precision> read_product(const Section& section, const std::string& word_for_none) {
    auto role = read_role(section, "product", word_for_none);
    if (role) role->scale = {};
    return role;
}

/// chunk: N, tree: N or align: {terms: N, guard: G}; none of them, or 0, for one sum after the other.
void read_order(const Section& keys, Accumulator& accumulator) {
    const auto length = [](const Section& section, const std::string& key, std::uint64_t least) {
        return static_cast<std::uint32_t>(section.whole(key, 0, least, 65536));
    };
    const auto take = [&](arithmetic::Order order, std::uint32_t terms) {
        if (terms == 0) return;
        if (accumulator.length != 0) keys.fail("", "has more than one of chunk, tree and align; allowed: one");
        accumulator.order = order;
        accumulator.length = terms;
    };
    take(arithmetic::Order::chunk, length(keys, "chunk", 0));
    take(arithmetic::Order::tree, length(keys, "tree", 0));
    if (!keys.has("align")) return;
    if (!keys.is_mapping("align")) keys.fail("align", "is no mapping; allowed: {terms: 16, guard: 2}");
    const Section align = keys.section("align");
    align.refuse_all_but({"terms", "guard"});
    for (const std::string key : {"terms", "guard"})
        if (!align.has(key)) align.fail(key, "is missing; allowed: {terms: 16, guard: 2}");
    take(arithmetic::Order::align, length(align, "terms", 1));
    accumulator.guard_exact = align.text("guard", "") == "exact";
    if (accumulator.guard_exact) return;
    accumulator.guard = static_cast<std::int16_t>(
        align.parsed<int>("guard", 0, [](const std::string& word) { return read_guard(word); }));
}

std::optional<Accumulator> read_accumulator(const Section& section) {
    if (!section.has("accumulator")) return std::nullopt;
    Accumulator accumulator;
    if (!section.is_mapping("accumulator")) {
        accumulator.format = section.parsed<arithmetic::Format>("accumulator", {}, arithmetic::parse_format);
        accumulator.outer = accumulator.format;
        return accumulator;
    }
    const Section keys = section.section("accumulator");
    keys.refuse_all_but({"format", "rounding", "chunk", "outer", "tree", "align"});
    if (!keys.has("format")) keys.fail("format", "is missing; allowed: a format, as fp32");
    accumulator.format = keys.parsed<arithmetic::Format>("format", {}, arithmetic::parse_format);
    accumulator.rounding = keys.parsed<arithmetic::Rounding>("rounding", {}, arithmetic::parse_rounding);
    read_order(keys, accumulator);
    if (accumulator.order != arithmetic::Order::chunk && keys.has("outer"))
        keys.fail("outer", "is given; allowed: with a chunk above 0 only");
    accumulator.outer = keys.parsed<arithmetic::Format>("outer", accumulator.format, arithmetic::parse_format);
    return accumulator;
}

PolicyChange read_change(const Section& section) {
    section.refuse_all_but(roles);
    PolicyChange change;
    change.weights = read_role(section, "weights", "");
    change.activations = read_role(section, "activations", "");
    change.errors = read_role(section, "errors", "");
    change.gradients = read_role(section, "gradients", "");
    // A run that starts with rounded products or master weights cannot lose them on the way.
    change.product = read_product(section, "");
    change.master_weights = read_role(section, "master_weights", "");
    change.optimizer_state = read_role(section, "optimizer_state", "");
    change.loss = read_role(section, "loss", "");
    change.accumulator = read_accumulator(section);
    return change;
}

constexpr std::uint64_t most_steps = 1000000000;

/// `{below: X}` or `{above: X}`, of a metric that the machine measures in some steps.
Trigger read_threshold(const Section& section, Metric metric) {
    section.refuse_all_but({"below", "above", "every", "window"});
    if (section.has("below") == section.has("above")) section.fail("", "needs one of below, above");
    Trigger trigger;
    trigger.kind = Trigger::Kind::threshold;
    trigger.metric = metric;
    trigger.above = section.has("above");
    const double most = metric == Metric::vanished_updates ? 1 : 1e30;
    trigger.bound = section.real(trigger.above ? "above" : "below", 0, 0, most);
    trigger.every = section.whole("every", trigger.every, 1, most_steps);
    trigger.window = section.whole("window", trigger.window, 1, 1000);
    return trigger;
}

Trigger read_plateau(const Section& section) {
    section.refuse_all_but({"metric", "patience", "every"});
    Trigger trigger;
    trigger.kind = Trigger::Kind::plateau;
    const std::string metric =
        section.choice("metric", "train_loss", {"train_loss", "train_accuracy", "gradient_norm"});
    for (const Metric each : {Metric::train_accuracy, Metric::gradient_norm})
        if (metric == name(each)) trigger.metric = each;
    trigger.patience = section.whole("patience", 200, 1, most_steps);
    if (section.has("every") && trigger.metric != Metric::gradient_norm)
        section.fail("every", "is given; allowed: with metric: gradient_norm only");
    trigger.every = section.whole("every", trigger.every, 1, most_steps);
    return trigger;
}

Trigger read_trigger(const Section& section) {
    const std::vector<std::string> kinds{"epoch", "step", "plateau", "gradient_norm", "vanished_updates"};
    std::vector<std::string> known = kinds;
    known.emplace_back("every");
    section.refuse_all_but(known);
    std::size_t given = 0;
    for (const std::string& kind : kinds) given += section.has(kind) ? 1U : 0U;
    if (given != 1) section.fail("", "has " + std::to_string(given) + " triggers; allowed: one of " + join(kinds));
    const bool timed = section.has("epoch") || section.has("step");
    if (section.has("every") && !timed)
        section.fail("every", "is given; allowed: beside epoch or step (other rules fire again with repeat: true)");
    if (section.has("plateau")) return read_plateau(section.section("plateau"));
    for (const Metric metric : {Metric::gradient_norm, Metric::vanished_updates})
        if (section.has(name(metric))) return read_threshold(section.section(name(metric)), metric);
    Trigger trigger;
    const bool epoch = section.has("epoch");
    trigger.kind = epoch ? Trigger::Kind::epoch : Trigger::Kind::step;
    trigger.at = section.whole(epoch ? "epoch" : "step", 1, 1, most_steps);
    if (section.has("every")) trigger.again = section.whole("every", 1, 1, most_steps);
    return trigger;
}

Rule read_rule(const Section& section) {
    section.refuse_all_but({"when", "set", "repeat"});
    for (const std::string key : {"when", "set"}) {
        if (!section.has(key)) section.fail(key, "is missing; allowed: {when: {epoch: 2}, set: {activations: bf16}}");
    }
    Rule rule{read_trigger(section.section("when")), read_change(section.section("set"))};
    rule.repeat = section.flag("repeat", false);
    const bool timed = rule.when.kind == Trigger::Kind::epoch || rule.when.kind == Trigger::Kind::step;
    if (rule.repeat && timed)
        section.refuse("repeat", "true",
                       "allowed: with plateau, gradient_norm or vanished_updates (epoch and step: every)");
    return rule;
}

}  // namespace

workloads::PrecisionConfig read_precision(const Section& section) {
    std::vector<std::string> known = roles;
    known.insert(known.end(), {"layers", "schedule", "split"});
    section.refuse_all_but(known);

    PrecisionConfig config;
    const auto base = [&](const std::string& key, Precision otherwise) {
        return read_role(section, key, "").value_or(otherwise);
    };
    config.base.weights = base("weights", {});
    config.base.activations = base("activations", {});
    config.base.errors = base("errors", {});
    config.base.gradients = base("gradients", {});
    config.base.product = read_product(section, "exact");
    config.base.split = section.choice("split", "leading", {"leading", "all"}) == "all" ? arithmetic::Split::all
                                                                                        : arithmetic::Split::leading;
    config.base.master_weights = read_role(section, "master_weights", "none");
    config.base.optimizer_state = base("optimizer_state", {});
    config.base.loss = base("loss", {});
    config.base.accumulator = read_accumulator(section).value_or(Accumulator{});

    const Section layers = section.section("layers");
    for (const std::string& layer : layers.keys()) config.layers[layer] = read_change(layers.section(layer));
    for (const Section& rule : section.sections("schedule")) config.schedule.push_back(read_rule(rule));
    return config;
}

}  // namespace ulpsim::program

#include "scenarios/program/results/health_json.hpp"
#include "scenarios/program/results/json_writer.hpp"
#include "scenarios/program/results/run_results.hpp"
#include "scenarios/program/results/version.hpp"

namespace ulpsim::program {
namespace {

using power::Femtojoules;

void energies(JsonWriter& json, const std::string& key, const std::map<std::string, Femtojoules>& values) {
    json.key(key).begin_object();
    for (const auto& [name, energy] : values) json.key(name).number(power::joules_text(energy));
    json.end_object();
}

void groups(JsonWriter& json, const std::array<Femtojoules, power::group_count>& values) {
    json.begin_object();
    for (std::size_t g = 0; g < values.size(); ++g) {
        json.key(power::name(static_cast<power::Group>(g))).number(power::joules_text(values[g]));
    }
    json.end_object();
}

void write_energy(JsonWriter& json, const RunResults& results) {
    const power::Account& account = results.account;
    json.key("energy").begin_object();
    json.key("total_j").number(power::joules_text(account.total));
    json.key("dynamic_j").number(power::joules_text(account.dynamic));
    json.key("static_j").number(power::joules_text(account.static_));
    json.key("interval_j").begin_object();
    json.key("low").number(power::joules_text(account.low));
    json.key("high").number(power::joules_text(account.high)).end_object();
    energies(json, "by_component", account.by_component);
    energies(json, "by_operation", account.by_operation);
    energies(json, "by_phase", account.by_phase);
    energies(json, "by_layer", account.by_layer);
    groups(json.key("by_group"), account.by_group);
    json.key("uncertainty").begin_object();
    for (std::size_t g = 0; g < results.uncertainty.size(); ++g) {
        const power::Uncertainty& factors = results.uncertainty[g];
        json.key(power::name(static_cast<power::Group>(g))).begin_object();
        json.member("low", factors.low).member("nominal", factors.nominal).member("high", factors.high).end_object();
    }
    json.end_object().end_object();
}

void optional_member(JsonWriter& json, const std::string& key, const std::optional<double>& value) {
    json.key(key);
    value ? json.value(*value) : json.null();
}

void write_epoch(JsonWriter& json, const EpochResult& epoch) {
    const workloads::EpochDone& quality = epoch.quality;
    json.begin_object();
    json.member("epoch", quality.epoch).member("train_loss", quality.train_loss);
    optional_member(json, "train_accuracy", quality.train_accuracy);
    optional_member(json, "test_accuracy", quality.test_accuracy);
    const std::optional<workloads::OuterIteration>& outer = quality.outer;
    optional_member(json, "gradient_norm", outer ? std::optional(outer->gradient_norm) : std::nullopt);
    if (outer) optional_member(json, "delta", outer->delta);
    if (outer) optional_member(json, "clipped", outer->clipped);
    if (outer) optional_member(json, "still", outer->still);
    json.member("sim_seconds", epoch.cost.seconds);
    json.key("energy_j").number(power::joules_text(epoch.cost.energy));
    groups(json.key("energy_by_group"), epoch.cost.by_group);
    json.end_object();
}

void write_training(JsonWriter& json, const RunResults& results) {
    json.key("training").begin_object().key("epochs").begin_array();
    for (const EpochResult& epoch : results.epochs) write_epoch(json, epoch);
    json.end_array().key("final");
    if (results.epochs.empty()) {
        json.null();
    } else {
        write_epoch(json, results.epochs.back());
    }
    json.end_object();
}

void write_operations(JsonWriter& json, const RunResults& results) {
    std::map<std::string, std::uint64_t> counts;
    for (const power::Entry& entry : results.account.entries) counts[entry.operation] += entry.count;
    json.key("operations").begin_object();
    for (const auto& [operation, count] : counts) json.member(operation, count);
    json.end_object();
}

void write_machine(JsonWriter& json, const RunResults& results) {
    json.key("traffic").begin_object();
    json.member("dram_read_bytes", results.traffic.dram_read_bytes);
    json.member("dram_write_bytes", results.traffic.dram_write_bytes);
    json.member("channel_bytes", results.traffic.channel_bytes);
    json.member("channel_messages", results.traffic.channel_messages).end_object();
    json.key("memory").begin_object();
    for (const auto& [name, use] : results.memory) {
        json.key(name).begin_object();
        json.member("capacity_bytes", use.capacity_bytes).member("peak_bytes", use.peak_bytes).end_object();
    }
    json.end_object().key("utilisation").begin_object();
    for (const auto& [component, shares] : results.utilisation) {
        json.key(component).begin_object().member("busy", shares.busy).key("stalled").begin_object();
        for (const auto& [cause, share] : shares.stalled) json.member(cause, share);
        json.end_object().member("idle", shares.idle).end_object();
    }
    double total = 0;
    for (const auto& [component, area] : results.account.area_mm2) total += area;
    json.end_object().key("area_mm2").begin_object().member("total", total).key("by_component").begin_object();
    for (const auto& [component, area] : results.account.area_mm2) json.member(component, area);
    json.end_object().end_object();
}

void write_events(JsonWriter& json, const RunResults& results) {
    json.key("events").begin_array();
    for (const EventResult& event : results.events) {
        json.begin_object().member("what", event.what).member("text", event.text);
        json.key("why");
        event.why.empty() ? json.null() : json.value(event.why);
        json.member("epoch", event.epoch).member("step", event.step).member("sim_seconds", event.cost.seconds);
        json.key("energy_j").number(power::joules_text(event.cost.energy)).end_object();
    }
    json.end_array().key("measurements").begin_array();
    for (const workloads::Measured& measured : results.measurements) {
        json.begin_object().member("metric", workloads::name(measured.metric)).member("epoch", measured.epoch);
        json.member("step", measured.step).member("value", measured.value).end_object();
    }
    json.end_array();
}

void write_simulator(JsonWriter& json, const RunResults& results) {
    json.key("simulator").begin_object();
    json.member("wall_seconds", results.wall_seconds).member("arithmetic_seconds", results.arithmetic_seconds);
    json.member("transactions", results.transactions).member("macs", results.macs);
    json.member("threads", results.threads).member("replayed", results.replayed).member("version", build_version());
    json.member("technology_digest", results.technology_digest).end_object();
}

}  // namespace

std::string results_json(const RunResults& results) {
    JsonWriter json;
    json.begin_object().member("schema", "ulpsim.results/1").member("status", status_text(results.status));
    json.key("time").begin_object().member("seconds", results.seconds).key("cycles").begin_object();
    for (const auto& [domain, cycles] : results.cycles) json.member(domain, cycles);
    json.end_object().end_object();
    write_energy(json, results);
    write_training(json, results);
    write_operations(json, results);
    write_machine(json, results);
    write_health(json, results);
    write_events(json, results);
    write_simulator(json, results);
    return json.end_object().text();
}

}  // namespace ulpsim::program

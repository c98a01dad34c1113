#include "scenarios/program/results/health_json.hpp"

#include <algorithm>
#include <cmath>

namespace ulpsim::program {
namespace {

using workloads::TensorHealth;

/// From the first to the last exponent that occurs; null where none does.
void write_histogram(JsonWriter& json, const std::vector<std::uint64_t>& bins) {
    const auto occurs = [](std::uint64_t count) { return count != 0; };
    const auto first = std::find_if(bins.begin(), bins.end(), occurs);
    if (first == bins.end()) {
        json.null();
        return;
    }
    const auto end = std::find_if(bins.rbegin(), bins.rend(), occurs).base();
    json.begin_object().member("first", first - bins.begin() + arithmetic::lowest_exponent_bin);
    json.key("counts").begin_array();
    for (auto bin = first; bin != end; ++bin) json.value(*bin);
    json.end_array().end_object();
}

/// A sum of errors in 2^-16 last places, as a mean in last places.
void write_mean(JsonWriter& json, const char* key, std::int64_t sum, std::uint64_t count) {
    json.key(key);
    if (count == 0)
        json.null();
    else
        json.value(static_cast<double>(sum) / 65536 / static_cast<double>(count));
}

void write_range(JsonWriter& json, const arithmetic::Format& format) {
    const arithmetic::Format element = format.element();
    json.key("range").begin_object().member("max_exponent", arithmetic::emax(element));
    json.member("min_normal_exponent", std::ilogb(arithmetic::smallest_normal(element)));
    json.member("min_exponent", std::ilogb(arithmetic::smallest_positive(element)));
    json.member("terms", format.terms).member("term_step", format.term_step).end_object();
}

void write_update(JsonWriter& json, const std::optional<workloads::UpdateHealth>& update) {
    if (!update) {
        for (const char* key : {"updates", "vanished", "effective_descent"}) json.key(key).null();
        return;
    }
    json.member("updates", update->updates).member("vanished", update->vanished);
    json.member("effective_descent", update->effective_descent);
}

void write_tensor(JsonWriter& json, std::uint64_t epoch, const TensorHealth& tensor, bool histograms) {
    const arithmetic::RoundingCounts& counts = tensor.counts;
    const bool is_expansion = tensor.format.is_expansion();
    json.begin_object().member("epoch", epoch).member("role", tensor.role).member("layer", tensor.layer);
    json.member("format", arithmetic::name(tensor.format)).member("steps", tensor.steps);
    json.member("values", counts.values).member("zeros", counts.zeros).member("overflowed", counts.overflowed);
    json.member("underflowed", counts.underflowed).member("subnormal", counts.subnormal);
    json.member("nonfinite", counts.nonfinite).member("nans_replaced", counts.nans_replaced);
    json.member("rounded", counts.rounded);
    write_mean(json, "mean_error_ulp", counts.error, counts.rounded);
    write_mean(json, "mean_magnitude_error_ulp", counts.magnitude_error, counts.rounded);
    json.key("last_term_underflowed");
    is_expansion ? json.value(counts.last_term_underflowed) : json.null();
    json.key("lost_bits");
    is_expansion ? json.value(counts.lost_bits) : json.null();
    write_update(json, tensor.update);
    write_range(json, tensor.format);
    json.key("exponents");
    histograms ? write_histogram(json, counts.exponents.at(0)) : void(json.null());
    json.key("term_exponents");
    if (histograms && is_expansion) {
        json.begin_array();
        for (std::size_t term = 1; term < tensor.format.terms; ++term) write_histogram(json, counts.exponents[term]);
        json.end_array();
    } else {
        json.null();
    }
    json.end_object();
}

}  // namespace

void write_health(JsonWriter& json, const RunResults& results) {
    using Level = workloads::HealthConfig::Level;
    const Level level = results.health_config.level;
    json.key("health").begin_object().member("level", level_text(level)).key("every");
    level == Level::off ? json.null() : json.value(results.health_config.every);
    json.key("tensors").begin_array();
    for (const workloads::HealthCounted& counted : results.health)
        for (const TensorHealth& tensor : counted.tensors)
            write_tensor(json, counted.epoch, tensor, level == Level::histograms);
    json.end_array().end_object();
}

std::string level_text(workloads::HealthConfig::Level level) {
    switch (level) {
        case workloads::HealthConfig::Level::off:
            return "off";
        case workloads::HealthConfig::Level::counts:
            return "counts";
        case workloads::HealthConfig::Level::histograms:
            break;
    }
    return "histograms";
}

}  // namespace ulpsim::program

#include "scenarios/program/sweep/sweep_json.hpp"

#include "scenarios/program/report/page.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/json_writer.hpp"
#include "scenarios/program/results/version.hpp"
#include "scenarios/program/sweep/job.hpp"

namespace ulpsim::program {
namespace {

void member(JsonWriter& json, const char* name, std::optional<double> figure) {
    json.key(name);
    figure ? json.value(*figure) : json.null();
}

void write_figures(JsonWriter& json, const PointResult& result) {
    const Row& median = result.median;
    const auto known = [&](double figure) { return result.seeds > 0 ? std::optional(figure) : std::nullopt; };
    member(json, "energy_j", known(median.energy_j));
    member(json, "energy_low_j", known(median.energy_low_j));
    member(json, "energy_high_j", known(median.energy_high_j));
    member(json, "seconds", known(median.seconds));
    member(json, "area_mm2", known(median.area_mm2));
    member(json, "error", median.error);
    member(json, "error_min", result.error_min);
    member(json, "error_max", result.error_max);
    member(json, "train_loss", median.train_loss);
    member(json, "train_accuracy", median.train_accuracy);
    member(json, "test_accuracy", median.test_accuracy);
    member(json, "gradient_norm", median.gradient_norm);
}

void write(JsonWriter& json, const PointResult& result, const PointPages& pages) {
    json.begin_object().member("point", result.point).member("status", result.status).member("how", result.how);
    json.member("folder", point_folder(result.point).string());
    const auto page = pages.find(result.point);
    json.key("page");
    page == pages.end() ? json.null() : json.value(page->second);
    json.key("values").begin_object();
    for (const auto& [axis, value] : result.values) json.member(axis, value);
    json.end_object().member("seeds", result.seeds);
    write_figures(json, result);
    json.member("pareto", result.on_front).member("message", result.message).end_object();
}

}  // namespace

std::string sweep_json(const Sweep& sweep, const std::vector<PointResult>& results, const PointPages& pages) {
    JsonWriter json;
    json.begin_object().member("schema", "ulpsim.sweep/1").member("name", sweep.name);
    json.member("search", search_names()[static_cast<std::size_t>(sweep.search)]);
    json.key("objectives").begin_array();
    for (const Objective objective : sweep.objectives)
        json.value(objective_names()[static_cast<std::size_t>(objective)]);
    json.end_array().key("axes").begin_array();
    for (const std::string& axis : axis_names(results)) json.value(axis);
    json.end_array().key("points").begin_array();
    for (const PointResult& result : results) write(json, result, pages);
    return json.end_array().end_object().text();
}

std::string sweep_page(const Sweep& sweep, const std::vector<PointResult>& results, const PointPages& pages) {
    JsonWriter json;
    json.begin_object().member("kind", "sweep").member("version", build_version());
    json.member("file", read_file(sweep.file)).key("sweep").number(sweep_json(sweep, results, pages));
    return page(sweep.name, json.end_object().text());
}

}  // namespace ulpsim::program

#include "scenarios/program/report/comparison.hpp"
#include "scenarios/program/results/json_writer.hpp"

namespace ulpsim::program {
namespace {

std::string unit(Figure::Kind kind) {
    using Kind = Figure::Kind;
    switch (kind) {
        case Kind::seconds:
            return "s";
        case Kind::joules:
            return "J";
        case Kind::bytes:
            return "byte";
        case Kind::square_mm:
            return "mm2";
        case Kind::loss:
        case Kind::fraction:
        case Kind::epoch:
        case Kind::count:
            break;
    }
    return "1";
}

void write_cell(JsonWriter& json, const std::string& run, const Cell& cell) {
    json.key(run).begin_object().key("value");
    cell.value ? json.value(*cell.value) : json.null();
    if (cell.range) json.member("low", cell.range->low).member("high", cell.range->high);
    if (cell.ratio) {
        json.member("ratio", cell.ratio->nominal).member("ratio_low", cell.ratio->low);
        json.member("ratio_high", cell.ratio->high).member("certain", cell.ratio->certain());
    }
    json.end_object();
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
    JsonWriter json;
    json.begin_object().member("schema", "ulpsim.compare/1");
    json.member("seeds", std::uint64_t{comparison.seeds}).key("runs").begin_array();
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        json.begin_object().member("name", comparison.runs[i]).member("status", comparison.status[i]);
        json.member("bound_by", comparison.bounds[i]).end_object();
    }
    json.end_array()
        .key("same_quality")
        .begin_object()
        .member("metric", comparison.metric == Metric::train_loss ? "train_loss" : "gradient_norm")
        .key("value");
    comparison.quality ? json.value(*comparison.quality) : json.null();
    json.end_object().key("groups").begin_array();
    for (const FigureGroup& group : comparison.groups) {
        json.begin_object().member("title", group.title).key("figures").begin_array();
        for (const Figure& figure : group.figures) {
            json.begin_object()
                .member("name", figure.name)
                .member("unit", unit(figure.kind))
                .key("runs")
                .begin_object();
            for (std::size_t i = 0; i < figure.cells.size(); ++i) write_cell(json, comparison.runs[i], figure.cells[i]);
            json.end_object().end_object();
        }
        json.end_array().end_object();
    }
    json.end_array().key("matched").begin_array();
    for (const std::string& line : comparison.matched) json.value(line);
    json.end_array().key("conclusions").begin_array();
    for (const std::string& sentence : comparison.conclusions) json.value(sentence);
    return json.end_array().end_object().text();
}

}  // namespace ulpsim::program

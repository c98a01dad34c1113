#include "scenarios/program/reader/technology.hpp"

#include <algorithm>

#include "scenarios/program/reader/section.hpp"

namespace ulpsim::program {
namespace {

using namespace power;

constexpr double huge = 1e12;

Figure read_figure(const Section& section) {
    section.refuse_all_but({"value", "source"});
    for (const std::string key : {"value", "source"}) {
        if (!section.has(key)) section.fail(key, "is missing; allowed: {value: NUMBER, source: TEXT}");
    }
    return {section.real("value", 0, -huge, huge), section.text("source", "")};
}

template <class Model>
std::vector<std::string> figure_names(const Model& model) {
    std::vector<std::string> names;
    for (const auto& field : figure_fields(model)) names.emplace_back(field.name);
    return names;
}

// Every figure of the model must be there: a cost that is left out would be free.
template <class Model>
Model read_figures(const Section& section, Model model = {}) {
    for (const auto& field : figure_fields(model)) {
        const std::string key(field.name);
        if (!section.has(key)) section.fail(key, "is missing; allowed: {value: NUMBER, source: TEXT}");
        model.*field.figure = read_figure(section.section(key));
    }
    return model;
}

template <class Model>
Model read_plain_model(const Section& section) {
    section.refuse_all_but(figure_names(Model{}));
    return read_figures<Model>(section);
}

template <class Model>
std::map<std::string, Model> read_models(const Section& section) {
    std::map<std::string, Model> models;
    for (const std::string& name : section.keys()) models[name] = read_plain_model<Model>(section.section(name));
    return models;
}

SramModel read_sram(const Section& section) {
    std::vector<std::string> known = figure_names(SramModel{});
    known.insert(known.end(), {"points", "source"});
    section.refuse_all_but(known);
    SramModel sram = read_figures<SramModel>(section);
    sram.source = section.text("source", "");
    for (const Section& point : section.sections("points")) {
        point.refuse_all_but({"kib", "read_pj", "write_pj", "area_mm2"});
        const auto positive = [&](const std::string& key) {
            if (!point.has(key)) point.fail(key, "is missing; allowed: a number above 0");
            return point.real(key, 0, 1e-9, huge);
        };
        sram.points.push_back({positive("kib"), positive("read_pj"), positive("write_pj"), positive("area_mm2")});
    }
    return sram;
}

std::array<Uncertainty, group_count> read_uncertainty(const Section& section) {
    std::vector<std::string> groups;
    for (int g = 0; g < group_count; ++g) groups.emplace_back(name(static_cast<Group>(g)));
    section.refuse_all_but(groups);
    std::array<Uncertainty, group_count> uncertainty;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        if (!section.has(groups[g])) section.fail(groups[g], "is missing; allowed: {low, nominal, high, source}");
        const Section group = section.section(groups[g]);
        group.refuse_all_but({"low", "nominal", "high", "source"});
        uncertainty[g] = {group.real("low", 1, 0, 1000), group.real("nominal", 1, 0, 1000),
                          group.real("high", 1, 0, 1000), group.text("source", "")};
    }
    return uncertainty;
}

Technology read(const Section& root) {
    root.refuse_all_but({"technology", "node_nm", "voltage_v", "temperature_c", "uncertainty", "logic", "delay", "sram",
                         "wire", "dram", "channel", "host"});
    Technology technology;
    technology.name = root.text("technology", "");
    technology.node_nm = root.real("node_nm", 0, 1, 1000);
    technology.voltage_v = root.real("voltage_v", 0, 0.1, 5);
    technology.temperature_c = root.real("temperature_c", 25, -55, 150);
    technology.uncertainty = read_uncertainty(root.section("uncertainty"));
    technology.logic = read_plain_model<LogicModel>(root.section("logic"));
    technology.delay = read_plain_model<DelayModel>(root.section("delay"));
    technology.sram = read_sram(root.section("sram"));
    technology.wire = read_plain_model<WireModel>(root.section("wire"));
    technology.dram = read_models<DramModel>(root.section("dram"));
    technology.channel = read_models<ChannelModel>(root.section("channel"));
    technology.host = read_models<HostModel>(root.section("host"));
    return technology;
}

}  // namespace

std::filesystem::path source_root() { return ULPSIM_ROOT; }

std::filesystem::path technology_file(const std::string& name) {
    return source_root() / "power" / "technologies" / (name + ".yaml");
}

std::vector<std::string> technology_names() {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(technology_file("").parent_path(), error)) {
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

power::Technology read_technology(const std::string& name) {
    const Document document = Document::open(technology_file(name));
    const Technology technology = read(document.root());
    try {
        check(technology);
    } catch (const Error& error) {
        const std::string message = error.what();
        throw Error(document.where(message.substr(0, message.find(' '))) + message);
    }
    return technology;
}

}  // namespace ulpsim::program

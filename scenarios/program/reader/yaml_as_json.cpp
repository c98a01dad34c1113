#include "scenarios/program/reader/yaml_as_json.hpp"

#include <yaml-cpp/yaml.h>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/document.hpp"
#include "scenarios/program/results/json_writer.hpp"

namespace ulpsim::program {
namespace {

void write(JsonWriter& json, const YAML::Node& node) {
    if (node.IsMap()) {
        json.begin_object();
        for (const auto& entry : node) write(json.key(entry.first.Scalar()), entry.second);
        json.end_object();
    } else if (node.IsSequence()) {
        json.begin_array();
        for (const auto& item : node) write(json, item);
        json.end_array();
    } else if (node.IsScalar()) {
        json.value(node.Scalar());
    } else {
        json.null();
    }
}

}  // namespace

std::string yaml_as_json(const std::string& yaml) {
    JsonWriter json;
    try {
        write(json, YAML::Load(quote_formats(yaml)));
    } catch (const YAML::Exception& error) {
        throw Error("not YAML: " + error.msg);
    }
    return json.text();
}

}  // namespace ulpsim::program

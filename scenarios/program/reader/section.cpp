#include "scenarios/program/reader/section.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "scenarios/program/reader/suggestion.hpp"
#include "scenarios/program/results/number_text.hpp"

namespace ulpsim::program {
namespace {

// How a message shows a value that is not the word it should be.
std::string shown(const YAML::Node& node) {
    if (node.IsNull()) return "empty";
    if (node.IsSequence()) return "a list";
    if (node.IsMap()) return "a mapping";
    return node.Scalar().empty() ? "\"\"" : node.Scalar();
}

// A value in one line. Words that flow style would split are put in quotes; what was quoted stays quoted.
std::string flow(const YAML::Node& node) {
    if (node.IsScalar()) {
        const std::string word = node.Scalar();
        const bool quoted =
            node.Tag() == "!" || word.empty() || word.find_first_of(",:{}[]#\"'\\") != std::string::npos;
        if (!quoted) return word;
        std::string text = "\"";
        for (const char c : word) {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        return text + "\"";
    }
    std::string text;
    if (node.IsSequence()) {
        for (const auto& item : node) text += (text.empty() ? "" : ", ") + flow(item);
        return "[" + text + "]";
    }
    if (!node.IsMap()) return "~";
    for (const auto& entry : node) {
        text += (text.empty() ? "" : ", ") + flow(entry.first) + ": " + flow(entry.second);
    }
    return "{" + text + "}";
}

}  // namespace

Section::Section(const Document& document, const YAML::Node& node, std::string path)
    : document_(&document), node_(node), path_(std::move(path)) {}

YAML::Node Section::at(const std::string& key) const {
    if (node_.IsDefined() && node_.IsMap()) {
        for (const auto& entry : node_) {
            if (entry.first.Scalar() == key) return entry.second;
        }
    }
    return YAML::Node(YAML::NodeType::Undefined);
}

bool Section::has(const std::string& key) const { return at(key).IsDefined(); }
bool Section::is_mapping(const std::string& key) const { return at(key).IsDefined() && at(key).IsMap(); }
bool Section::is_list(const std::string& key) const { return at(key).IsDefined() && at(key).IsSequence(); }

std::vector<std::string> Section::keys() const {
    std::vector<std::string> names;
    if (node_.IsDefined() && node_.IsMap()) {
        for (const auto& entry : node_) names.push_back(entry.first.Scalar());
    }
    return names;
}

void Section::refuse_all_but(const std::vector<std::string>& known) const {
    for (const std::string& key : keys()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        fail(key, "is not a key; allowed: " + join(known) + did_you_mean(key, known));
    }
}

Section Section::section(const std::string& key) const {
    const YAML::Node node = at(key);
    if (node.IsDefined() && !node.IsMap()) refuse(key, shown(node), "allowed: a mapping of keys");
    return {*document_, node, path(key)};
}

std::vector<Section> Section::sections(const std::string& key) const {
    std::vector<Section> items;
    const YAML::Node node = at(key);
    if (!node.IsDefined()) return items;
    if (!node.IsSequence()) refuse(key, shown(node), "allowed: a list");
    for (std::size_t i = 0; i < node.size(); ++i) {
        const std::string item = key + "." + std::to_string(i);
        if (!node[i].IsMap()) refuse(item, shown(node[i]), "allowed: a mapping of keys");
        items.emplace_back(*document_, node[i], path(item));
    }
    return items;
}

std::string Section::scalar(const std::string& key, const std::string& allowed) const {
    const YAML::Node node = at(key);
    if (!node.IsScalar() || node.Scalar().empty()) refuse(key, shown(node), "allowed: " + allowed);
    return node.Scalar();
}

std::uint64_t Section::whole(const std::string& key, std::uint64_t otherwise, std::uint64_t least,
                             std::uint64_t most) const {
    if (!has(key)) return otherwise;
    const std::string range = std::to_string(least) + " to " + std::to_string(most);
    const std::string word = scalar(key, "whole numbers from " + range);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool digits = word.find_first_not_of("0123456789") == std::string::npos;
    if (!digits && !word.starts_with('-')) refuse(key, word, "allowed: whole numbers from " + range);
    if (error != std::errc{} || end != word.data() + word.size() || value < least || value > most) {
        refuse(key, word, "allowed: " + range);
    }
    return value;
}

double Section::real(const std::string& key, double otherwise, double least, double most) const {
    if (!has(key)) return otherwise;
    const std::string range = number_text(least) + " to " + number_text(most);
    const std::string word = scalar(key, "numbers from " + range);
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || std::isnan(value)) {
        refuse(key, word, "allowed: numbers from " + range);
    }
    if (value < least || value > most) refuse(key, word, "allowed: " + range);
    return value;
}

bool Section::flag(const std::string& key, bool otherwise) const {
    return choice(key, otherwise ? "true" : "false", {"true", "false"}) == "true";
}

std::string Section::text(const std::string& key, const std::string& otherwise) const {
    return has(key) ? scalar(key, "a word") : otherwise;
}

std::string Section::choice(const std::string& key, const std::string& otherwise,
                            const std::vector<std::string>& allowed) const {
    if (!has(key)) return otherwise;
    const std::string word = scalar(key, join(allowed));
    if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
        refuse(key, word, "allowed: " + join(allowed) + did_you_mean(word, allowed));
    }
    return word;
}

std::vector<std::string> Section::texts(const std::string& key) const {
    std::vector<std::string> words;
    const YAML::Node node = at(key);
    if (!node.IsDefined()) return words;
    if (!node.IsSequence()) refuse(key, shown(node), "allowed: a list, as [a, b]");
    for (std::size_t i = 0; i < node.size(); ++i) {
        if (!node[i].IsScalar()) refuse(key + "." + std::to_string(i), shown(node[i]), "allowed: a word");
        words.push_back(node[i].Scalar());
    }
    return words;
}

std::string Section::flow_text(const std::string& key) const { return flow(at(key)); }

std::vector<std::string> Section::flow_texts(const std::string& key) const {
    const YAML::Node node = at(key);
    if (!node.IsDefined() || !node.IsSequence()) refuse(key, shown(node), "allowed: a list, as [a, b]");
    std::vector<std::string> values;
    for (const auto& item : node) values.push_back(flow(item));
    return values;
}

void Section::refuse(const std::string& key, const std::string& value, const std::string& why) const {
    fail(key, "is " + value + "; " + why);
}

void Section::fail(const std::string& key, const std::string& what) const {
    throw Error(document_->where(path(key)) + path(key) + " " + what);
}

}  // namespace ulpsim::program

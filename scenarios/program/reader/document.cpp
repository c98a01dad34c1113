#include "scenarios/program/reader/document.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/section.hpp"

namespace ulpsim::program {
namespace {

std::string position(const std::string& file, const YAML::Mark& mark) {
    return mark.is_null() ? file + ": " : file + ":" + std::to_string(mark.line + 1) + ": ";
}

// yaml-cpp keeps both entries of a repeated key and finds the first: a silent loss of the second.
void refuse_repeated_keys(const std::string& file, const YAML::Node& node, const std::string& path) {
    if (node.IsSequence()) {
        for (std::size_t i = 0; i < node.size(); ++i)
            refuse_repeated_keys(file, node[i], path + std::to_string(i) + ".");
    }
    if (!node.IsMap()) return;
    std::set<std::string> seen;
    for (const auto& entry : node) {
        if (!entry.first.IsScalar())
            throw Error(position(file, entry.first.Mark()) + path + ": allowed as a key: a word");
        const std::string key = entry.first.Scalar();
        if (!seen.insert(key).second) {
            throw Error(position(file, entry.first.Mark()) + path + key + " is given twice; allowed: once");
        }
        refuse_repeated_keys(file, entry.second, path + key + ".");
    }
}

YAML::Node load(const std::string& text, const std::string& file) {
    try {
        return YAML::Load(quote_formats(text));
    } catch (const YAML::Exception& error) {
        throw Error(position(file, error.mark) + "not YAML: " + error.msg);
    }
}

YAML::Node load_assigned(const std::string& text, const std::string& origin) {
    try {
        return YAML::Load(quote_formats(text));
    } catch (const YAML::Exception& error) {
        throw Error(origin + ": the value is not YAML: " + error.msg);
    }
}

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 10 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The child of a node that a path's part names; undefined when there is none.
YAML::Node child(const YAML::Node& node, const std::string& part) {
    if (node.IsMap()) {
        for (const auto& entry : node) {
            if (entry.first.Scalar() == part) return entry.second;
        }
    }
    if (node.IsSequence() && is_number(part) && std::stoul(part) < node.size()) return node[std::stoul(part)];
    return YAML::Node(YAML::NodeType::Undefined);
}

}  // namespace

std::string quote_formats(std::string_view text) {
    std::string out;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char before = i == 0 ? '\n' : text[i - 1];
        const bool starts_word = before == '\n' || before == ' ' || before == '[' || before == '{' || before == ',';
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if ((c == '"' || c == '\'') && starts_word) {
            quote = c;
        } else if (c == '#' && (before == ' ' || before == '\n' || before == '\t')) {
            const std::size_t end = std::min(text.find('\n', i), text.size());
            out += text.substr(i, end - i);
            i = end - 1;
            continue;
        } else if (starts_word && (text.substr(i).starts_with("exp(") || text.substr(i).starts_with("mx("))) {
            const std::size_t end = text.find_first_of(")\n", i);
            if (end != std::string_view::npos && text[end] == ')') {
                out += '"';
                out += text.substr(i, end + 1 - i);
                out += '"';
                i = end;
                continue;
            }
        }
        out += c;
    }
    return out;
}

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> parts(1);
    for (const char c : path) {
        if (c == '.') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

Document Document::parse(const std::string& text, const std::string& file_name) {
    Document document;
    document.file_ = file_name;
    document.root_ = load(text, file_name);
    if (!document.root_.IsMap()) throw Error(file_name + ":1: is not a scenario; allowed: a mapping of keys");
    refuse_repeated_keys(file_name, document.root_, "");
    return document;
}

Document Document::open(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || std::filesystem::is_directory(file))
        throw Error(file.string() + ": cannot be read; allowed: a YAML file");
    std::ostringstream text;
    text << stream.rdbuf();
    return parse(text.str(), file.string());
}

void Document::set(const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    const std::string path = assignment.substr(0, equals);
    const std::string origin = "--set " + assignment;
    const std::vector<std::string> parts = split_path(path);
    const bool empty = std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
    if (equals == std::string::npos || empty) throw Error(origin + ": allowed: key.path=value");
    const YAML::Node value = load_assigned(assignment.substr(equals + 1), origin);
    refuse_repeated_keys(origin, value, path + ".");

    YAML::Node node = root_;
    std::string walked;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        walked += (walked.empty() ? "" : ".") + parts[i];
        YAML::Node next = child(node, parts[i]);
        if (!next.IsDefined() || next.IsNull()) {
            if (!node.IsMap()) throw Error(origin + ": " + walked + " does not exist");
            next = YAML::Node(YAML::NodeType::Map);
            node[parts[i]] = next;
        } else if (!next.IsMap() && !next.IsSequence()) {
            throw Error(origin + ": " + walked + " is " + next.Scalar() + " and has no keys below it");
        }
        node.reset(next);
    }
    if (node.IsSequence()) {
        if (!child(node, parts.back()).IsDefined()) throw Error(origin + ": " + path + " does not exist");
        node[std::stoul(parts.back())] = value;
    } else {
        node[parts.back()] = value;
    }
    std::erase_if(overrides_, [&](const auto& other) { return other.first == path; });
    overrides_.emplace_back(path, assignment);
}

Section Document::root() const { return Section(*this, root_, ""); }

std::string Document::where(std::string_view path) const {
    for (auto it = overrides_.rbegin(); it != overrides_.rend(); ++it) {
        const std::string& set = it->first;
        if (path == set || (path.starts_with(set) && path.substr(set.size()).starts_with('.'))) {
            return "--set " + it->second + ": ";
        }
    }
    YAML::Node node = root_;
    YAML::Mark mark = root_.Mark();
    for (const std::string& part : split_path(path)) {
        YAML::Node next = child(node, part);
        if (!next.IsDefined()) break;
        if (node.IsMap()) {
            for (const auto& entry : node) {
                if (entry.first.Scalar() == part && !entry.first.Mark().is_null()) mark = entry.first.Mark();
            }
        } else {
            mark = next.Mark();
        }
        node.reset(next);
    }
    return position(file_, mark);
}

}  // namespace ulpsim::program

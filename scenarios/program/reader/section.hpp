#pragma once
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/reader/document.hpp"

namespace ulpsim::program {

/// A mapping of a document, or nothing where the file leaves it out; knows file, line and key path. Every getter gives
/// the default when the key is absent and throws Error "FILE:LINE: key.path is VALUE; allowed: ..." when it is not
/// valid. Lives no longer than its document.
class Section {
public:
    Section(const Document& document, const YAML::Node& node, std::string path);

    /// Refuses keys that are not listed, with the nearest one as a suggestion.
    void refuse_all_but(const std::vector<std::string>& keys) const;

    bool has(const std::string& key) const;
    bool is_mapping(const std::string& key) const;
    bool is_list(const std::string& key) const;
    /// The section under a key; an empty one when absent.
    Section section(const std::string& key) const;
    std::vector<Section> sections(const std::string& key) const;  ///< of a list of mappings
    std::vector<std::string> keys() const;

    std::uint64_t whole(const std::string& key, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most) const;
    double real(const std::string& key, double otherwise, double least, double most) const;
    bool flag(const std::string& key, bool otherwise) const;
    std::string text(const std::string& key, const std::string& otherwise) const;
    /// One of `allowed`.
    std::string choice(const std::string& key, const std::string& otherwise,
                       const std::vector<std::string>& allowed) const;
    std::vector<std::string> texts(const std::string& key) const;  ///< of a list of words
    /// Any value, in one line, as YAML's flow style writes it: `[e5m2, bf16]`.
    std::string flow_text(const std::string& key) const;
    std::vector<std::string> flow_texts(const std::string& key) const;  ///< of a list of any values
    /// A word that `parse` turns into a value, throwing Error when it cannot.
    template <class Value>
    Value parsed(const std::string& key, const Value& otherwise,
                 const std::function<Value(const std::string&)>& parse) const {
        if (!has(key)) return otherwise;
        const std::string word = text(key, "");
        try {
            return parse(word);
        } catch (const Error& error) {
            refuse(key, word, error.what());
        }
    }

    std::string path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
    const std::string& path() const { return path_; }
    /// Throws "WHERE: key.path is VALUE; WHY".
    [[noreturn]] void refuse(const std::string& key, const std::string& value, const std::string& why) const;
    /// Throws "WHERE: key.path WHAT".
    [[noreturn]] void fail(const std::string& key, const std::string& what) const;
    const Document& document() const { return *document_; }

private:
    YAML::Node at(const std::string& key) const;
    std::string scalar(const std::string& key, const std::string& allowed) const;

    const Document* document_;
    YAML::Node node_;
    std::string path_;
};

}  // namespace ulpsim::program

#pragma once
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ulpsim::program {

class Section;

/// A YAML file with what `--set` changed in it. Knows where each key was written, so that an error can say it.
class Document {
public:
    /// Throws Error (exit status 2) when the file is missing, is no YAML, or repeats a key.
    static Document open(const std::filesystem::path& file);
    static Document parse(const std::string& text, const std::string& file_name);

    /// "key.path=value"; the value is YAML. Later ones win. Items of a list are named by their number, from 0.
    void set(const std::string& assignment);

    Section root() const;
    const std::string& file() const { return file_; }

    /// "FILE:LINE: " of a key path, or "--set KEY=VALUE: " where that wrote it; of the nearest section around a key
    /// that is nowhere written.
    std::string where(std::string_view path) const;

private:
    std::string file_;
    YAML::Node root_;
    std::vector<std::pair<std::string, std::string>> overrides_;  // key path, "KEY=VALUE"
};

/// Puts quotes around exp(...) and mx(...): in YAML's flow style a comma ends a plain word, but scenario files write
/// `{gradients: exp(bf16,2)}`. Changes columns only, never lines.
std::string quote_formats(std::string_view text);

/// Splits "a.b.c". An empty part is kept, so that it can be refused.
std::vector<std::string> split_path(std::string_view path);

}  // namespace ulpsim::program

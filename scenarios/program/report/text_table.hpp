#pragma once
#include <string>
#include <vector>

namespace ulpsim::program {

/// A table of words in columns as wide as they need.
class TextTable {
public:
    /// Columns from `first_right` on are set flush right.
    explicit TextTable(std::vector<std::string> heads, std::size_t first_right = 1000)
        : first_right_(first_right), rows_{std::move(heads)} {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    /// A line of its own between rows.
    void title(const std::string& text) { rows_.push_back({text}); }
    std::string text() const;

private:
    std::size_t first_right_;
    std::vector<std::vector<std::string>> rows_;  // of one word: a title
};

}  // namespace ulpsim::program

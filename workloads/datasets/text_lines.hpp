#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "workloads/datasets/data_file.hpp"

namespace ulpsim::workloads {

/// The lines of a text file, one after another, with their numbers; a carriage return at the end of a line is none of it.
class TextLines {
public:
    explicit TextLines(const std::filesystem::path& file);
    /// False at the end of the file.
    bool next();
    std::string_view line() const { return line_; }
    /// Throws DataError "FILE, line N: WHAT".
    [[noreturn]] void fail(const std::string& what) const;
    /// A finite decimal number; anything else fails, as "WHAT is TEXT".
    double number(std::string_view text, const std::string& what) const;

private:
    std::string name_, text_;
    std::string_view line_;
    std::size_t position_ = 0;
    std::uint64_t number_ = 0;
};

/// Without the spaces at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace ulpsim::workloads

#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "scenarios/program/results/number_text.hpp"

namespace ulpsim::program {

/// Rows of fields with commas between; a field that holds a comma, as the names of operations do, stands in quotes, its own
/// quotes doubled.
class Csv {
public:
    Csv& field(const char* text) { return field(std::string(text)); }
    Csv& field(const std::string& text) {
        if (!row_is_empty_) text_ += ',';
        row_is_empty_ = false;
        const bool quoted = text.find_first_of(",\"\n") != std::string::npos;
        if (quoted) text_ += '"';
        for (const char c : text) {
            if (c == '"') text_ += '"';
            text_ += c;
        }
        if (quoted) text_ += '"';
        return *this;
    }
    Csv& field(double value) { return field(number_text(value)); }
    Csv& field(const std::optional<double>& value) { return field(value ? number_text(*value) : std::string()); }
    Csv& field(std::uint64_t value) { return field(std::to_string(value)); }
    void end_row() {
        text_ += '\n';
        row_is_empty_ = true;
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
    bool row_is_empty_ = true;
};

}  // namespace ulpsim::program

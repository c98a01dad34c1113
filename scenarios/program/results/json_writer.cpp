#include "scenarios/program/results/json_writer.hpp"

#include <charconv>
#include <cmath>

namespace ulpsim::program {

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\r':
                out += "\\r";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    constexpr char digits[] = "0123456789abcdef";
                    out += "\\u00";
                    out += digits[c >> 4];
                    out += digits[c & 15];
                } else {
                    out += c;
                }
        }
    }
    return out + '"';
}

void JsonWriter::new_line() {
    text_ += '\n';
    text_.append(2 * has_members_.size(), ' ');
}

void JsonWriter::start_value() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (has_members_.empty()) return;
    if (has_members_.back()) text_ += ',';
    has_members_.back() = true;
    new_line();
}

JsonWriter& JsonWriter::key(std::string_view name) {
    start_value();
    text_ += json_string(name) + ": ";
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) { return number(json_string(text)); }

JsonWriter& JsonWriter::value(double real) {
    if (!std::isfinite(real)) return null();
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, real).ptr;
    return number(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

JsonWriter& JsonWriter::number(std::string_view text) {
    start_value();
    text_ += text;
    return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
    start_value();
    text_ += bracket;
    has_members_.push_back(false);
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    const bool had_members = has_members_.back();
    has_members_.pop_back();
    if (had_members) new_line();
    text_ += bracket;
    return *this;
}

}  // namespace ulpsim::program

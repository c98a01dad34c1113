#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ulpsim::program {

/// Writes JSON in the order of the calls, indented by two spaces, so that a file reads well and equal contents are
/// equal bytes. Own code instead of a document tree: energies are exact decimals with more digits than a double has.
class JsonWriter {
public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag) { return number(flag ? "true" : "false"); }
    JsonWriter& value(double real);  ///< shortest form that reads back the same; not finite: null
    template <std::integral Whole>
    JsonWriter& value(Whole whole) {
        return number(std::to_string(whole));
    }
    JsonWriter& null() { return number("null"); }
    /// A number that is already text.
    JsonWriter& number(std::string_view text);

    template <class Value>
    JsonWriter& member(std::string_view name, const Value& content) {
        return key(name).value(content);
    }

    /// The finished text, with a newline at its end.
    std::string text() const { return text_ + "\n"; }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void start_value();
    void new_line();

    std::string text_;
    std::vector<bool> has_members_;  // of each open object or array
    bool after_key_ = false;
};

/// Between quotes, with every character escaped that JSON does not allow as it is.
std::string json_string(std::string_view text);

}  // namespace ulpsim::program

#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/format.hpp"
#include "models/arithmetic/random_bits.hpp"
#include "models/arithmetic/rounding.hpp"
#include "scenarios/program/command_line/arguments.hpp"

namespace ulpsim::program {

// Options that the number commands share. Every option is a text, so that one place says what is wrong with it.

/// The option's text, if it is given.
std::optional<std::string> text_option(const Arguments& arguments, const std::string& name);

/// The parsed option, if it is given. Errors of `parse` get "--name: " in front.
template <class Value>
std::optional<Value> parsed_option(const Arguments& arguments, const std::string& name,
                                   Value (*parse)(std::string_view)) {
    const auto text = text_option(arguments, name);
    if (!text) return std::nullopt;
    try {
        return parse(*text);
    } catch (const Error& error) {
        throw Error("--" + name + ": " + error.what());
    }
}

/// A whole number of `low` to `high`, if it is given.
std::optional<std::uint64_t> whole_option(const Arguments& arguments, const std::string& name, std::uint64_t low,
                                          std::uint64_t high);

/// Adds options that take a text.
struct TextOption {
    const char* name;
    const char* value;  ///< what stands for it in --help
    const char* meaning;
};
void add_text_options(boost::program_options::options_description& options, std::initializer_list<TextOption> added);

/// --format or another option that must be given.
arithmetic::Format required_format(const Arguments& arguments, const std::string& name);

/// The random bits of a number command: --seed (default 1), operation 0.
arithmetic::RandomKey random_key(const Arguments& arguments);

/// Puts "ulpsim COMMAND: " before what is wrong with the command's options.
template <class Body>
auto naming_the_command(const std::string& command, const Body& body) {
    try {
        return body();
    } catch (const Error& error) {
        throw Error("ulpsim " + command + ": " + error.what());
    }
}

}  // namespace ulpsim::program

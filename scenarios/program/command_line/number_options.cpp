#include "scenarios/program/command_line/number_options.hpp"

#include <charconv>
#include <limits>

#include "scenarios/program/numbers/parse_number.hpp"

namespace ulpsim::program {

namespace po = boost::program_options;

std::optional<std::string> text_option(const Arguments& arguments, const std::string& name) {
    if (!arguments.contains(name)) return std::nullopt;
    return arguments[name].as<std::string>();
}

std::optional<std::uint64_t> whole_option(const Arguments& arguments, const std::string& name, std::uint64_t low,
                                          std::uint64_t high) {
    const auto text = text_option(arguments, name);
    if (!text) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < low || value > high) {
        throw Error("--" + name + " is " + in_quotes(*text) + "; allowed: " + std::to_string(low) + " to " +
                    std::to_string(high));
    }
    return value;
}

void add_text_options(po::options_description& options, std::initializer_list<TextOption> added) {
    for (const auto& [name, value, meaning] : added)
        options.add_options()(name, po::value<std::string>()->value_name(value), meaning);
}

arithmetic::Format required_format(const Arguments& arguments, const std::string& name) {
    const auto format = parsed_option(arguments, name, arithmetic::parse_format);
    if (!format) throw Error("--" + name + " is missing; allowed: a format, as e4m3fn");
    return *format;
}

arithmetic::RandomKey random_key(const Arguments& arguments) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return {.seed = whole_option(arguments, "seed", 0, most).value_or(1), .operation = 0};
}

}  // namespace ulpsim::program

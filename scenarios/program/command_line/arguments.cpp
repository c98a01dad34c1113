#include "scenarios/program/command_line/arguments.hpp"

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/reader/suggestion.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;

std::string command(const Syntax& syntax) { return syntax.usage.substr(0, syntax.usage.find(' ')); }

std::vector<std::string> option_names(const Syntax& syntax) {
    std::vector<std::string> names{"--help"};
    for (const auto& option : syntax.options.options()) names.push_back("--" + option->long_name());
    return names;
}

// A value that looks like an option is one that was left out: `--out --quiet`.
po::variables_map parse_all(const Syntax& syntax, const Words& words) {
    po::options_description all = syntax.options;
    all.add(syntax.hidden);
    all.add_options()("help,h", "")(syntax.positional.empty() ? "word" : syntax.positional.c_str(),
                                    po::value<std::vector<std::string>>());
    po::positional_options_description order;
    if (!syntax.positional.empty()) order.add(syntax.positional.c_str(), syntax.most_positional);
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::variables_map arguments;
    po::store(po::command_line_parser(words).options(all).positional(order).style(style).run(), arguments);
    po::notify(arguments);
    return arguments;
}

}  // namespace

Arguments parse(const Syntax& syntax, const Words& words) {
    const std::string start = "ulpsim " + command(syntax) + ": ";
    const std::vector<std::string> known = option_names(syntax);
    try {
        return parse_all(syntax, words);
    } catch (const po::unknown_option& error) {
        const std::string word = error.get_option_name();
        throw Error(start + word + " is not an option; allowed: " + join(known) + did_you_mean(word, known));
    } catch (const po::too_many_positional_options_error&) {
        throw Error(start + "too many words; allowed: ulpsim " + syntax.usage);
    } catch (const po::error& error) {
        throw Error(start + error.what() + "; allowed: ulpsim " + syntax.usage);
    }
}

std::string help_text(const Syntax& syntax) {
    std::ostringstream text;
    text << "usage: ulpsim " << syntax.usage << "\n\n" << syntax.purpose << "\n";
    if (!syntax.options.options().empty()) text << "\n" << syntax.options;
    if (!syntax.details.empty()) text << "\n" << syntax.details;
    return text.str();
}

void add_override_options(po::options_description& options) {
    options.add_options()("set", po::value<std::vector<std::string>>()->composing()->value_name("key.path=value"),
                          "change a key of the scenario; may be repeated")(
        "seed", po::value<std::uint64_t>()->value_name("N"), "seed of initial weights, batches and random bits");
}

Overrides overrides(const Arguments& arguments) {
    Overrides changes;
    if (arguments.contains("set")) changes.set = arguments["set"].as<std::vector<std::string>>();
    if (arguments.contains("seed")) changes.seed = arguments["seed"].as<std::uint64_t>();
    return changes;
}

void add_json_option(po::options_description& options) { options.add_options()("json", "as JSON"); }

unsigned threads(const Arguments& arguments) {
    if (!arguments.contains("threads")) return default_threads();
    const unsigned count = arguments["threads"].as<unsigned>();
    if (count < 1 || count > 256) throw Error("--threads is " + std::to_string(count) + "; allowed: 1 to 256");
    return count;
}

Words positional(const Arguments& arguments, const Syntax& syntax) {
    if (!arguments.contains(syntax.positional)) return {};
    return arguments[syntax.positional].as<std::vector<std::string>>();
}

}  // namespace ulpsim::program

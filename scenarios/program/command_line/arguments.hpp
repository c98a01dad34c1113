#pragma once
#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "scenarios/program/reader/scenario.hpp"

namespace ulpsim::program {

/// What a command accepts, for its parser and its --help alike.
struct Syntax {
    std::string usage;    ///< "run SCENARIO [options]"
    std::string purpose;  ///< one paragraph
    boost::program_options::options_description options;
    std::string positional = {};                              ///< name of the words without a dash
    int most_positional = 0;                                  ///< -1: any number
    boost::program_options::options_description hidden = {};  ///< what the program tells itself: in no help
    std::string details = {};               ///< behind the options: defaults, what is read and printed, examples
    std::vector<std::string> choices = {};  ///< what the first of those words can be, where they are few
};

using Arguments = boost::program_options::variables_map;
using Words = std::vector<std::string>;

/// Throws Error in one line, with a suggestion for an option that is nearly right.
Arguments parse(const Syntax& syntax, const Words& words);
std::string help_text(const Syntax& syntax);

/// --set and --seed, which several commands have.
void add_override_options(boost::program_options::options_description& options);
Overrides overrides(const Arguments& arguments);
/// --json of a command that else prints a table.
void add_json_option(boost::program_options::options_description& options);
/// --threads, or the machine's cores.
unsigned threads(const Arguments& arguments);
Words positional(const Arguments& arguments, const Syntax& syntax);

}  // namespace ulpsim::program

#include "scenarios/program/command_line/manual.hpp"

#include "scenarios/program/command_line/completion.hpp"
#include "scenarios/program/results/version.hpp"

namespace ulpsim::program {
namespace {

// A line of text: backslashes and dashes are roff's, and so are dots and quotes at its start.
std::string escaped(const std::string& text) {
    std::string roff;
    bool at_start = true;
    for (const char c : text) {
        if (at_start && (c == '.' || c == '\'')) roff += "\\&";
        if (c == '\\') {
            roff += "\\e";
        } else if (c == '-') {
            roff += "\\-";
        } else {
            roff += c;
        }
        at_start = c == '\n';
    }
    return roff;
}

void add_as_it_stands(std::string& page, const std::string& text) {
    page += ".nf\n";
    page += escaped(text);
    page += text.ends_with('\n') ? ".fi\n" : "\n.fi\n";
}

void add_option(std::string& page, const OptionFacts& option) {
    page += ".TP\n.B ";
    page += escaped(option.name);
    if (!option.value.empty()) {
        page += " \\fI";
        page += escaped(option.value);
        page += "\\fR";
    }
    page += "\n";
    page += escaped(option.purpose);
    page += "\n";
}

void add_section(std::string& page, const Command& command) {
    const Syntax syntax = command.syntax();
    page += ".SS ";
    page += command.name;
    page += "\n.B ulpsim ";
    page += escaped(syntax.usage);
    page += "\n.PP\n";
    add_as_it_stands(page, syntax.purpose);
    for (const OptionFacts& option : options_of(syntax)) add_option(page, option);
    if (syntax.details.empty()) return;
    page += ".PP\n";
    add_as_it_stands(page, syntax.details);
}

}  // namespace

std::string manual_page(const std::vector<Command>& commands) {
    std::string page = ".TH ULPSIM 1 \"\" \"ulpsim ";
    page += escaped(build_version());
    page +=
        "\"\n"
        ".SH NAME\n"
        "ulpsim \\- simulator of low\\-precision deep\\-learning training accelerators\n"
        ".SH SYNOPSIS\n"
        ".B ulpsim\n.I COMMAND\n[\\fIoptions\\fR]\n"
        ".SH DESCRIPTION\n"
        "Trains neural networks bit\\-true in low\\-precision formats on a modelled accelerator and says "
        "what it cost in cycles, seconds, joules and square millimetres.\n"
        ".SH COMMANDS\n";
    for (const Command& command : commands) add_section(page, command);
    page +=
        ".SH EXIT STATUS\n"
        ".TP\n.B 0\ndone, also when training diverged\n"
        ".TP\n.B 2\nbad usage or scenario\n"
        ".TP\n.B 3\ndata missing or damaged\n"
        ".TP\n.B 4\nthe simulation failed\n"
        ".TP\n.B 130\ninterrupted; partial results are saved\n";
    return page;
}

}  // namespace ulpsim::program

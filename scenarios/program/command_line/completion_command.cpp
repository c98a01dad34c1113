#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/completion.hpp"
#include "scenarios/program/command_line/manual.hpp"

namespace ulpsim::program {

Syntax completion_syntax() {
    return {.usage = "completion bash|zsh",
            .purpose =
                "Prints a script that completes commands, options and files in a shell:\n"
                "source <(ulpsim completion bash)",
            .options = boost::program_options::options_description("options"),
            .positional = "SHELL",
            .most_positional = 1,
            .choices = {"bash", "zsh"}};
}

int completion_command(const Syntax& syntax, const Words& words) {
    const Words shell = positional(parse(syntax, words), syntax);
    if (shell.empty()) throw Error("ulpsim completion: a shell is missing; allowed: bash, zsh");
    if (shell.front() == "bash") {
        std::cout << bash_completion(commands());
    } else if (shell.front() == "zsh") {
        std::cout << zsh_completion(commands());
    } else {
        throw Error("ulpsim completion: " + shell.front() + " is not known; allowed: bash, zsh");
    }
    return exit_done;
}

Syntax man_syntax() {
    return {.usage = "man",
            .purpose = "Prints the manual page: ulpsim man | man -l -",
            .options = boost::program_options::options_description("options")};
}

int man_command(const Syntax& syntax, const Words& words) {
    parse(syntax, words);
    std::cout << manual_page(commands());
    return exit_done;
}

}  // namespace ulpsim::program

#include "scenarios/program/command_line/completion.hpp"

namespace ulpsim::program {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

// What stands for a value or a word: files are completed by what they are called.
enum class Kind { none, scenario, folder, file };

Kind kind_of(const std::string& value) {
    if (value.starts_with("SCENARIO") || value.starts_with("SWEEP")) return Kind::scenario;
    if (value.ends_with("DIR")) return Kind::folder;
    if (value.starts_with("FILE")) return Kind::file;
    return Kind::none;
}

std::string bash_words(Kind kind) {
    switch (kind) {
        case Kind::scenario:
            return "$(compgen -f -X '!*.yaml' -- \"$word\") $(compgen -d -- \"$word\")";
        case Kind::folder:
            return "$(compgen -d -- \"$word\")";
        case Kind::file:
            return "$(compgen -f -- \"$word\")";
        case Kind::none:
            break;
    }
    return "";
}

std::string bash_case(const Command& command) {
    const Syntax syntax = command.syntax();
    std::vector<std::string> names, silent;
    std::string values;
    for (const OptionFacts& option : options_of(syntax)) {
        names.push_back(option.name);
        if (option.value.empty()) continue;
        const std::string words = bash_words(kind_of(option.value));
        if (words.empty()) {
            silent.push_back(option.name);
        } else {
            values += joined({"        ", option.name, ") COMPREPLY=(", words, "); return ;;\n"}, "");
        }
    }
    if (!silent.empty()) values += joined({"        ", joined(silent, "|"), ") return ;;\n"}, "");
    const std::string choices = joined(syntax.choices, "\\n");
    return "    " + command.name + ")\n      case $before in\n" + values + "      esac\n      options=$'" +
           joined(names, "\\n") + "'\n      words=($(compgen -W $'" + choices + "' -- \"$word\") " +
           bash_words(kind_of(syntax.positional)) + ") ;;\n";
}

std::string zsh_quoted(const std::string& text) {
    std::string quoted;
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else if (c == '[' || c == ']' || c == ':') {
            quoted += std::string("\\") + c;
        } else {
            quoted += c;
        }
    }
    return quoted;
}

std::string zsh_action(Kind kind) {
    switch (kind) {
        case Kind::scenario:
            return "_files -g \"*.yaml\"";
        case Kind::folder:
            return "_files -/";
        case Kind::file:
            return "_files";
        case Kind::none:
            break;
    }
    return "";
}

// 'NAME[PURPOSE]:VALUE:ACTION'
std::string zsh_option(const OptionFacts& option) {
    std::string text = option.is_repeatable ? "*" : "";
    text += option.name;
    text += joined({"[", zsh_quoted(option.purpose), "]"}, "");
    if (!option.value.empty())
        text += joined({":", zsh_quoted(option.value), ":", zsh_action(kind_of(option.value))}, "");
    return text;
}

std::string zsh_words(const Syntax& syntax) {
    const std::string action = syntax.choices.empty() ? zsh_action(kind_of(syntax.positional))
                                                      : joined({"(", joined(syntax.choices, " "), ")"}, "");
    return joined({"*", syntax.positional, action}, ":");
}

std::string zsh_case(const Command& command) {
    const Syntax syntax = command.syntax();
    std::vector<std::string> words;
    for (const OptionFacts& option : options_of(syntax)) words.push_back(zsh_option(option));
    if (!syntax.positional.empty()) words.push_back(zsh_words(syntax));
    std::string text = "    " + command.name + ")\n      _arguments";
    for (const std::string& word : words) {
        text += " \\\n        '";
        text += word;
        text += "'";
    }
    return text + " ;;\n";
}

}  // namespace

std::vector<OptionFacts> options_of(const Syntax& syntax) {
    std::vector<OptionFacts> all;
    for (const auto& option : syntax.options.options()) {
        OptionFacts facts{"--" + option->long_name(), "", option->description(), option->semantic()->is_composing()};
        if (option->semantic()->max_tokens() > 0) {
            const std::string parameter = option->format_parameter();  // "DIR (=runs/compare)"
            facts.value = parameter.substr(0, parameter.find(' '));
        }
        all.push_back(facts);
    }
    all.push_back({"--help", "", "explain the command", false});
    return all;
}

std::string bash_completion(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    std::string cases;
    for (const Command& command : commands) {
        names.push_back(command.name);
        cases += bash_case(command);
    }
    return "# Completes ulpsim in bash:  source <(ulpsim completion bash)\n"
           "_ulpsim() {\n"
           "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options='' words=()\n"
           "  local IFS=$'\\n'\n"
           "  COMPREPLY=()\n"
           "  if ((COMP_CWORD == 1)); then\n"
           "    COMPREPLY=($(compgen -W $'" +
           joined(names, "\\n") +
           "\\n--help\\n--version' -- \"$word\"))\n"
           "    return\n"
           "  fi\n"
           "  case ${COMP_WORDS[1]} in\n" +
           cases +
           "  esac\n"
           "  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\"));\n"
           "  else COMPREPLY=(\"${words[@]}\"); fi\n"
           "}\n"
           "complete -o filenames -F _ulpsim ulpsim ./ulpsim\n";
}

std::string zsh_completion(const std::vector<Command>& commands) {
    std::string names, cases;
    for (const Command& command : commands) {
        names += joined({"    '", command.name, ":", zsh_quoted(command.purpose), "'\n"}, "");
        cases += zsh_case(command);
    }
    return "#compdef ulpsim\n"
           "# Completes ulpsim in zsh:  source <(ulpsim completion zsh), or as a file _ulpsim in $fpath\n"
           "_ulpsim() {\n"
           "  local -a commands\n"
           "  commands=(\n" +
           names +
           "  )\n"
           "  if ((CURRENT == 2)); then\n"
           "    _describe command commands\n"
           "    return\n"
           "  fi\n"
           "  shift words\n"
           "  ((CURRENT--))\n"
           "  case $words[1] in\n" +
           cases +
           "  esac\n"
           "}\n"
           "compdef _ulpsim ulpsim\n";
}

}  // namespace ulpsim::program

#include "scenarios/program/command_line/completion.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "scenarios/program/command_line/manual.hpp"

namespace ulpsim::program {
namespace {

/// What bash completes: `words` are what stands on the line, the last one not finished.
std::vector<std::string> completed(const std::string& words) {
    // Tests run side by side.
    const std::string folder = ::testing::TempDir() + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    const std::string script = folder + "completion.bash", out = folder + "completed";
    std::ofstream(script) << bash_completion(commands());
    const std::string line =
        "cd '" ULPSIM_ROOT "' && bash -c 'source " + script + "; COMP_WORDS=(ulpsim " + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ulpsim; printf \"%s\\n\" \"${COMPREPLY[@]}\"' > " + out + " 2>&1";
    EXPECT_EQ(std::system(line.c_str()), 0);
    std::ifstream file(out);
    std::vector<std::string> all;
    for (std::string word; std::getline(file, word);) all.push_back(word);
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<std::string> sorted(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    return words;
}

TEST(Completion, OfBashKnowsEveryCommand) {
    std::vector<std::string> names{"--help", "--version"};
    for (const Command& command : commands()) names.push_back(command.name);
    EXPECT_EQ(completed("\"\""), sorted(names));
}

TEST(Completion, OfBashKnowsEveryOptionOfEveryHelp) {
    for (const Command& command : commands()) {
        std::vector<std::string> names;
        for (const OptionFacts& option : options_of(command.syntax())) names.push_back(option.name);
        EXPECT_EQ(completed(command.name + " --"), sorted(names)) << command.name;
    }
}

TEST(Completion, OfBashFindsFilesByWhatStandsForThem) {
    EXPECT_EQ(completed("run scenarios/fashion_mnist/qui"),
              std::vector<std::string>{"scenarios/fashion_mnist/quick.yaml"});
    EXPECT_EQ(completed("report scen"), std::vector<std::string>{"scenarios"}) << "a folder";
    EXPECT_EQ(completed("run --out pow"), std::vector<std::string>{"power"}) << "a folder, no scenario";
    EXPECT_EQ(completed("run --seed \"\""), std::vector<std::string>{""}) << "a number: nothing to offer";
    EXPECT_EQ(completed("list te"), std::vector<std::string>{"technologies"});
}

TEST(Completion, OfZshIsFoundAndReadByZsh) {
    if (std::system("command -v zsh > /dev/null") != 0) GTEST_SKIP() << "there is no zsh";
    const std::string script = ::testing::TempDir() + "_ulpsim";
    std::ofstream(script) << zsh_completion(commands());
    EXPECT_EQ(std::system(("zsh -n " + script).c_str()), 0);
    const std::string load = "zsh -fc 'fpath=(" + ::testing::TempDir() +
                             " $fpath); autoload -U compinit; compinit -u -d " + script +
                             ".dump; autoload +X _ulpsim && [[ $_comps[ulpsim] == _ulpsim ]]'";
    EXPECT_EQ(std::system(load.c_str()), 0);
}

TEST(Completion, OfZshHasEveryOptionWithItsPurpose) {
    const std::string script = zsh_completion(commands());
    for (const Command& command : commands()) {
        EXPECT_NE(script.find("    " + command.name + ")\n"), std::string::npos);
        for (const OptionFacts& option : options_of(command.syntax()))
            EXPECT_NE(script.find(option.name + "["), std::string::npos) << command.name << " " << option.name;
    }
}

// What a reader of roff sees of a text: escapes undone, requests left.
std::string shown(const std::string& roff) {
    std::string text;
    for (std::size_t i = 0; i < roff.size(); ++i) {
        if (roff[i] != '\\' || i + 1 == roff.size()) {
            text += roff[i];
            continue;
        }
        const char next = roff[++i];
        if (next == '-') text += '-';
        if (next == 'e') text += '\\';
        if (next == 'f') ++i;
    }
    return text;
}

TEST(Manual, HasEveryWordOfEveryHelp) {
    const std::string page = shown(manual_page(commands()));
    for (const Command& command : commands()) {
        const Syntax syntax = command.syntax();
        EXPECT_NE(page.find(".SS " + command.name + "\n.B ulpsim " + syntax.usage + "\n"), std::string::npos)
            << command.name;
        EXPECT_NE(page.find(syntax.purpose), std::string::npos) << command.name;
        EXPECT_NE(page.find(syntax.details), std::string::npos) << command.name;
        for (const OptionFacts& option : options_of(syntax)) {
            EXPECT_NE(page.find(".B " + option.name), std::string::npos) << command.name << " " << option.name;
            EXPECT_NE(page.find(option.purpose), std::string::npos) << command.name << " " << option.name;
            const std::string help = help_text(syntax);
            EXPECT_TRUE(option.name == "--help" || help.find(option.name) != std::string::npos) << option.name;
        }
    }
}

TEST(Manual, IsReadByRoffWithoutAWarning) {
    if (std::system("command -v groff > /dev/null") != 0) GTEST_SKIP() << "there is no groff";
    const std::string file = ::testing::TempDir() + "ulpsim.1", out = file + ".out";
    std::ofstream(file) << manual_page(commands());
    EXPECT_EQ(std::system(("groff -man -Tutf8 -ww " + file + " > /dev/null 2> " + out).c_str()), 0);
    std::ifstream warnings(out);
    std::stringstream text;
    text << warnings.rdbuf();
    EXPECT_EQ(text.str(), "");
}

}  // namespace
}  // namespace ulpsim::program

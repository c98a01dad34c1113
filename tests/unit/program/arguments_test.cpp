#include "scenarios/program/command_line/arguments.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"

namespace ulpsim::program {
namespace {

struct Ended {
    int status = 0;
    std::string out, err;
};

Ended run(const Words& words) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int status = run_program(words);
    return {status, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

/// Words that are wrong, and what the one line must say.
struct Wrong {
    Words words;
    const char* says;
};

TEST(CommandLine, RefusesWhatItDoesNotKnowInOneLine) {
    const Wrong table[] = {
        {{}, "a command is missing; allowed: run, compare, list, probe"},
        {{"rnu"}, "rnu is not a command; allowed: run, compare, list, probe, --help, --version; did you mean run?"},
        {{"report"}, "report is not a command"},
        {{"run"}, "ulpsim run: a scenario is missing"},
        {{"run", "a.yaml", "b.yaml"}, "too many words"},
        {{"run", "a.yaml", "--quite"}, "--quite is not an option"},
        {{"run", "a.yaml", "--quite"}, "did you mean --quiet?"},
        {{"run", "a.yaml", "--seed", "x"}, "ulpsim run: "},
        {{"run", "a.yaml", "--threads", "0"}, "--threads is 0; allowed: 1 to 256"},
        {{"run", "a.yaml"}, "a.yaml: cannot be read"},
        {{"compare", "a.yaml"}, "two scenarios are needed"},
        {{"compare", "x/a.yaml", "y/a.yaml"}, "cannot be read"},
        {{"list", "network"}, "did you mean networks?"},
        {{"probe"}, "an operation is missing; allowed: gemm"},
        {{"probe", "conv"}, "conv is not known; allowed: gemm"},
        {{"probe", "gemm", "--m", "4"}, "--n is missing; allowed: 1 to 65536"},
        {{"probe", "gemm", "--m", "0", "--n", "1", "--k", "1"}, "--m is 0; allowed: 1 to 65536"},
    };
    for (const Wrong& wrong : table) {
        const Ended result = run(wrong.words);
        EXPECT_EQ(result.status, exit_usage) << result.err;
        EXPECT_NE(result.err.find(wrong.says), std::string::npos) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        EXPECT_EQ(result.out, "");
    }
}

TEST(CommandLine, ExplainsItselfAndEveryCommand) {
    EXPECT_EQ(run({"--help"}).status, exit_done);
    EXPECT_NE(run({"--version"}).out.find("ulpsim 0."), std::string::npos);
    for (const Command& command : commands()) {
        const Ended help = run({command.name, "--help"});
        EXPECT_EQ(help.status, exit_done);
        EXPECT_TRUE(help.out.starts_with("usage: ulpsim " + command.name)) << help.out;
        EXPECT_NE(run({"--help"}).out.find("  " + command.name + " "), std::string::npos);
    }
}

TEST(List, NamesWhatScenariosCanName) {
    EXPECT_NE(run({"list", "networks"}).out.find("mlp\n"), std::string::npos);
    EXPECT_NE(run({"list", "datasets"}).out.find("fashion_mnist\n"), std::string::npos);
    EXPECT_EQ(run({"list", "technologies"}).out, "asic28\n");
    EXPECT_NE(run({"list"}).out.find("channel pcie3_x1"), std::string::npos);
    EXPECT_NE(run({"list", "scenarios"}).out.find("scenarios/fashion_mnist/quick.yaml\n"), std::string::npos);
}

TEST(Guarded, TurnsErrorsIntoExitStatuses) {
    std::string line;
    const auto report = [&](const std::string& text) { line = text; };
    EXPECT_EQ(guarded(report, []() -> int { throw DataError("data"); }), exit_data);
    EXPECT_EQ(guarded(report, []() -> int { throw Error("usage"); }), exit_usage);
    EXPECT_EQ(guarded(report, []() -> int { throw std::runtime_error("broken"); }), exit_simulation);
    EXPECT_EQ(line, "the simulation failed: broken");
    EXPECT_EQ(guarded(report, [] { return 0; }), exit_done);
}

}  // namespace
}  // namespace ulpsim::program

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
        {{}, "a command is missing; allowed: run, compare, replay, sweep, report, list, probe"},
        {{"rnu"}, "rnu is not a command; allowed: run, compare, replay, sweep, report, list, probe"},
        {{"rnu"}, ", --help, --version; did you mean run?"},
        {{"report"}, "ulpsim report: a run's folder is missing"},
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
        {{"quantize"}, "ulpsim quantize: --format is missing; allowed: a format, as e4m3fn"},
        {{"quantize", "--format", "e4m3fm"}, "ulpsim quantize: --format: format 'e4m3fm' is wrong: "},
        {{"quantize", "--format", "e4m3fm"}, "; nearest: e4m3fn; "},
        {{"quantize", "--format", "e12m3"}, "; nearest: e11m3; "},
        {{"quantize", "--format", "bf16", "--rounding", "sr33"}, "--rounding: rounding is 'sr33'; allowed: rne, "},
        {{"quantize", "--format", "bf16", "--seed", "-1"}, "--seed is '-1'; allowed: 0 to 18446744073709551615"},
        {{"quantize", "bf16"}, "too many words; allowed: ulpsim quantize --format F"},
        {{"dot", "--a", "bf16"}, "ulpsim dot: --b is missing; allowed: a format, as e4m3fn"},
        {{"dot", "--a", "bf16", "--b", "exp(bf16,2,4)"},
         "ulpsim dot: b is exp(e8m7,2,4); allowed: a format that is no"},
        {{"dot", "--a", "bf16", "--b", "exp(bf16,2)", "--split", "most"},
         "ulpsim dot: --split is most; allowed: leading"},
        {{"dot", "--a", "bf16", "--b", "bf16", "--chunk", "0"}, "--chunk is '0'; allowed: 1 to 4294967295"},
        {{"dot", "--a", "bf16", "--b", "bf16", "--outer", "fp32"}, "--outer is given without --chunk"},
        {{"dot", "--a", "bf16", "--b", "bf16", "--tree", "2", "--align", "2,1"}, "more than one of --chunk, --tree"},
        {{"dot", "--a", "bf16", "--b", "bf16", "--align", "4"}, "--align is '4'; allowed: N,G with N of 1 to"},
        {{"dot", "--a", "bf16", "--b", "bf16", "--align", "0,1"}, "--align is '0,1'; allowed: "},
        {{"dot", "--a", "bf16", "--b", "bf16", "--align", "4,-24"}, "guard is -24; allowed: -23 to 1024"},
        {{"dot", "--a", "bf16", "--b", "bf16", "--product", "bf61"}, "--product: format 'bf61' is wrong"},
        {{"formats", "e4m3fm"}, "ulpsim formats: format 'e4m3fm' is wrong"},
        {{"formats", "--technology", "asic82"}, "--technology is asic82; allowed: asic28; did you mean asic28?"},
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
    EXPECT_NE(run({"--help"}).out.find("scenarios and sweeps\n"), std::string::npos);
    EXPECT_NE(run({"--version"}).out.find("ulpsim 0."), std::string::npos);
    for (const Command& command : commands()) {
        const Ended help = run({command.name, "--help"});
        EXPECT_EQ(help.status, exit_done);
        EXPECT_TRUE(help.out.starts_with("usage: ulpsim " + command.name)) << help.out;
        EXPECT_NE(run({"--help"}).out.find("  " + command.name + " "), std::string::npos);
    }
}

TEST(CommandLine, HidesWhatItTellsItself) {
    EXPECT_EQ(run({"sweep", "--help"}).out.find("--task"), std::string::npos);
    EXPECT_EQ(run({"sweep", "--taks", "x"}).err.find("--task"), std::string::npos);
    EXPECT_NE(run({"sweep", "--task", "none.task"}).err.find("none.task is no task"), std::string::npos);
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

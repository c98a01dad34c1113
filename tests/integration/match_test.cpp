// `compare --match` and `--seeds` as a user types them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/match.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/version.hpp"
#include "tests/integration/small_scenario.hpp"

namespace ulpsim::program {
namespace {

namespace fs = std::filesystem;

TEST(Match, ShapesKeepTheirProportionsAndGrowByOne) {
    const auto square = shapes_like(32, 32);
    ASSERT_EQ(square.size(), 1024u);
    EXPECT_EQ(square[0], std::pair(1u, 1u));
    EXPECT_EQ(square[31], std::pair(32u, 32u));
    const auto wide = shapes_like(8, 32);
    EXPECT_EQ(wide[0], std::pair(1u, 1u));
    EXPECT_EQ(wide[31], std::pair(8u, 32u));
    EXPECT_EQ(wide[1023], std::pair(256u, 1024u));
    EXPECT_EQ(wide[17], std::pair(5u, 18u));  // 4.5 rounded up
}

class Compare : public testing::TestWithParam<std::string> {
protected:
    Compare() : folder_("compare_match_" + std::to_string(getpid())) {
        write_small_dataset(folder_.path());
        const std::string large = small_scenario("accelerator_only", folder_.path());
        std::string small = large;
        const std::string array = "array: {rows: 16, cols: 16}";
        small.replace(small.find(array), array.size(), "array: {rows: 6, cols: 6}");
        write_file(folder_ / "large.yaml", large);
        write_file(folder_ / "small.yaml", small);
    }
    int compare_to(const std::string& out) const {
        return compare_command(compare_syntax(), {path("large.yaml"), path("small.yaml"), "--match", GetParam(),
                                                  "--out", path(out), "--quiet"});
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    workloads::idx_files::Folder folder_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Compare, testing::Values("area", "throughput"),
                         [](const auto& instance) { return instance.param; });

// Two scenarios that differ in nothing but the array are the same again once it is resized.
TEST_P(Compare, MatchFindsTheArrayThatMakesTheMachinesEqual) {
    testing::internal::CaptureStdout();
    const int status = compare_to("out");
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_EQ(status, 0);
    EXPECT_NE(text.find("small: array 6x6 replaced by 16x16: "), std::string::npos) << text;
    EXPECT_NE(text.find("(+0.0 %)"), std::string::npos) << text;
    const auto results = [&](const char* folder) {
        const std::string json = read_file(folder_ / "out" / folder / "results.json");
        return json.substr(0, json.find("\"simulator\""));
    };
    EXPECT_GT(results("large").size(), 1000u);
    EXPECT_EQ(results("large"), results("small/match/16x16"));
    EXPECT_NE(results("large"), results("small"));
}

class CompareOnce : public Compare {};
INSTANTIATE_TEST_SUITE_P(Kinds, CompareOnce, testing::Values("area"),
                         [](const auto& instance) { return instance.param; });

TEST_P(CompareOnce, MatchThatIsInterruptedWritesWhatThereIs) {
    const pid_t child = fork();
    if (child == 0) {
        if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(99);
        _exit(compare_to("out"));
    }
    int status = 0;
    while (!fs::exists(folder_ / "out" / "small" / "match")) {
        ASSERT_EQ(waitpid(child, &status, WNOHANG), 0) << "the comparison ended before it was interrupted";
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    kill(child, SIGINT);
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), exit_interrupted);
    const std::string json = read_file(folder_ / "out" / "compare.json");
    EXPECT_NE(json.find("small"), std::string::npos);
    EXPECT_EQ(json.find("replaced by"), std::string::npos);
}

TEST_P(CompareOnce, MatchDoesNotTakeDamagedDataForAMachineThatIsTooLarge) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(
        compare_command(compare_syntax(), {path("large.yaml"), path("small.yaml"), "--out", path("out"), "--quiet"}),
        0);
    testing::internal::GetCapturedStdout();
    fs::resize_file(folder_ / "out" / "small" / "stream.bin", 100);
    EXPECT_THROW(compare_to("out"), DataError);
}

TEST_P(CompareOnce, ReadsNoRunOfAnotherScenario) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(run_command(run_syntax(), {path("small.yaml"), "--out", path("run"), "--seeds", "2", "--quiet"}), 0);
    testing::internal::GetCapturedStdout();
    const auto found = [&](const char* scenario) {
        return read_runs("it", with_seeds(path(scenario), "it", {}, 2, folder_ / "run")).seeds.size();
    };
    EXPECT_EQ(found("small.yaml"), 2u);
    EXPECT_EQ(found("large.yaml"), 0u);
    std::string results = read_file(folder_ / "run" / "seed_3" / "results.json");
    results.replace(results.find(build_version()), build_version().size(), "0.0.0+another");
    write_file(folder_ / "run" / "seed_3" / "results.json", results);
    EXPECT_EQ(found("small.yaml"), 1u);
}

// The mean power is no monotone figure of the array, so another size than the first's may draw as much.
class ComparePower : public Compare {};
INSTANTIATE_TEST_SUITE_P(Kinds, ComparePower, testing::Values("power"),
                         [](const auto& instance) { return instance.param; });

TEST_P(ComparePower, IsMatchedToAPerCent) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(compare_to("out"), 0);
    const std::string text = testing::internal::GetCapturedStdout();
    const std::size_t line = text.find("small: array 6x6 replaced by "), bracket = text.find('(', line);
    ASSERT_NE(line, std::string::npos) << text;
    EXPECT_NEAR(std::stod(text.substr(bracket + 1)), 0, 1) << text.substr(line, bracket + 20 - line);
}

class Seeds : public Compare {};
INSTANTIATE_TEST_SUITE_P(All, Seeds, testing::Values("seeds"), [](const auto& instance) { return instance.param; });

TEST_P(Seeds, OfARunLieSideBySideWithTheirMediansAndRanges) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(run_command(run_syntax(), {path("small.yaml"), "--seeds", "2", "--out", path("out"), "--quiet"}), 0);
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_NE(text.find("figures are medians over 2 seeds"), std::string::npos) << text;
    const auto epochs = [&](const char* seed) { return read_file(folder_ / "out" / seed / "epochs.csv"); };
    EXPECT_GT(epochs("seed_3").size(), 100u);
    EXPECT_GT(epochs("seed_4").size(), 100u);
    EXPECT_NE(epochs("seed_3"), epochs("seed_4"));
    EXPECT_NE(read_file(folder_ / "out" / "seeds.json").find("\"seeds\": 2"), std::string::npos);
}

TEST_P(Seeds, OfAComparisonAreOnesOfEachScenario) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(compare_command(compare_syntax(), {path("small.yaml"), path("large.yaml"), "--seeds", "2", "--match",
                                                 "throughput", "--out", path("out"), "--quiet"}),
              0);
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_NE(text.find("large: array 16x16 replaced by 6x6"), std::string::npos) << text;
    for (const char* folder : {"small/seed_4", "large/seed_3", "large/seed_4/match/6x6"})
        EXPECT_TRUE(fs::exists(folder_ / "out" / folder / "results.json")) << folder;
}

TEST(MatchAndSeeds, OutOfRangeAreRefused) {
    EXPECT_THROW(run_command(run_syntax(), {"scenarios/fashion_mnist/quick.yaml", "--seeds", "0"}), Error);
    EXPECT_THROW(match_named("volume"), Error);
}

}  // namespace
}  // namespace ulpsim::program

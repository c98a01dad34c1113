// A run that is killed, taken up from its checkpoint, killed again and taken up again is the run that never was.
#include <gtest/gtest.h>

#include <csignal>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/training_run.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/version.hpp"
#include "tests/integration/child.hpp"
#include "tests/integration/small_scenario.hpp"

namespace ulpsim::program {
namespace {

namespace fs = std::filesystem;
using workloads::idx_files::Folder;

class Resume : public testing::TestWithParam<std::string> {
protected:
    Resume() : folder_("resume_" + std::to_string(getpid())) { write_small_dataset(folder_.path()); }

    /// Runs or goes on in `name`; ended by a signal (SIGKILL: without a chance to write) at the first line of progress that
    /// begins with `fatal`. The step that an earlier life is taken up after; 0 for none.
    std::uint64_t live(const std::string& name, const std::string& fatal, std::uint64_t every = 3,
                       int signal = SIGKILL) const {
        const fs::path run = folder_ / name;
        const ScenarioFile file = ScenarioFile::parse(
            scenario(), "test.yaml", {.set = {"workload.checkpoint_every=" + std::to_string(every)}, .seed = {}});
        const std::optional<Checkpoint> from = checkpoint_of(run, file.scenario());
        const int status = test::in_child([&] {
            const Prepared prepared = prepare(file);
            catch_interrupts();
            Progress progress(Progress::Style::plain, [&](const std::string& line) {
                if (!fatal.empty() && line.starts_with(fatal)) raise(signal);
            });
            train_in(run, prepared, 1, progress, checkpoint_of);
        });
        const bool killed = !fatal.empty() && signal == SIGKILL;
        EXPECT_EQ(status, killed ? SIGKILL : 0);
        EXPECT_EQ(fs::exists(run / "results.json"), !killed);
        return from ? from->step : 0;
    }

    std::string scenario() const {
        return GetParam() == "linear" ? small_linear_scenario() : small_scenario(GetParam(), folder_.path());
    }

    void expect_same_bytes(const std::string& a, const std::string& b) const {
        const auto results = [&](const std::string& name) {
            const std::string text = read_file(folder_ / name / "results.json");
            return text.substr(0, text.find("\"simulator\""));
        };
        EXPECT_GT(results(a).size(), 1000u);
        EXPECT_EQ(results(a), results(b));
        for (const char* file : {"scenario.yaml", "epochs.csv", "operations.csv", "power.csv", "stream.bin"})
            EXPECT_EQ(read_file(folder_ / a / file), read_file(folder_ / b / file)) << file;
    }

    Folder folder_;
};

INSTANTIATE_TEST_SUITE_P(Architectures, Resume, testing::Values("accelerator_only", "host_accelerator"),
                         [](const auto& instance) { return instance.param; });

TEST_P(Resume, AfterTwoKillsGivesTheSameBytes) {
    live("whole", "");
    EXPECT_EQ(live("killed", "epoch 2/3"), 0u);
    EXPECT_EQ(live("killed", "epoch 3/3"), 12u);  // 7 steps an epoch: 3, 6, 7, 9, 12, 14, ...
    EXPECT_EQ(live("killed", ""), 18u);
    EXPECT_FALSE(fs::exists(folder_ / "killed" / "checkpoint.bin"));
    expect_same_bytes("whole", "killed");
}

TEST_P(Resume, FromTheEndOfAnEpochNeedsNoKey) {
    live("whole", "", 0);
    live("killed", "epoch 2/3", 0);
    EXPECT_EQ(live("killed", "", 0), 7u);
    expect_same_bytes("whole", "killed");
}

TEST_P(Resume, KilledOnItsWayToTheCheckpointTakesUpThereAgain) {
    live("whole", "");
    live("killed", "epoch 3/3");
    EXPECT_EQ(live("killed", "epoch 1/3"), 18u);
    EXPECT_EQ(live("killed", ""), 18u);
    expect_same_bytes("whole", "killed");
}

TEST_P(Resume, IsRefusedWhereTheRecordingIsAnother) {
    live("killed", "epoch 2/3");
    live("other", "epoch 2/3", 2);
    fs::copy_file(folder_ / "other" / "stream.bin", folder_ / "killed" / "stream.bin",
                  fs::copy_options::overwrite_existing);
    const fs::path run = folder_ / "killed";
    Prepared prepared = prepare(ScenarioFile::open(run / "scenario.yaml", {}));
    auto from = read_checkpoint(run);
    ASSERT_TRUE(from);
    from->stream_file_bytes = fs::file_size(run / "stream.bin");
    Progress progress(Progress::Style::none, [](const std::string&) {});
    EXPECT_THROW(train_on_platform(prepared, 1, run, progress, from), DataError);
}

/// What `run --resume` says in refusing.
std::string refusal(const fs::path& run, const Words& more = {}) {
    Words words{"--resume", run.string(), "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    try {
        run_command(run_syntax(), words);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

class ResumeOnce : public Resume {};
INSTANTIATE_TEST_SUITE_P(Architectures, ResumeOnce, testing::Values("accelerator_only"),
                         [](const auto& instance) { return instance.param; });

TEST_P(ResumeOnce, InterruptedOnItsWayToTheCheckpointKeepsTheFullerResults) {
    live("whole", "");
    live("run", "epoch 2/3", 3, SIGINT);
    const std::string fuller = read_file(folder_ / "run" / "results.json");
    EXPECT_NE(fuller.find("interrupted"), std::string::npos);
    EXPECT_EQ(live("run", "epoch 1/3", 3, SIGINT), 14u);
    EXPECT_EQ(read_file(folder_ / "run" / "results.json"), fuller);
    EXPECT_EQ(live("run", ""), 14u);
    expect_same_bytes("whole", "run");
}

TEST_P(ResumeOnce, StartsAnewOrIsRefusedWhereTheRecordingIsCutShort) {
    live("whole", "");
    live("killed", "epoch 3/3");
    const fs::path run = folder_ / "killed", stream = run / "stream.bin";
    fs::resize_file(stream, fs::file_size(stream) / 2);
    const std::uintmax_t bytes = fs::file_size(stream);
    EXPECT_NE(refusal(run).find("stream.bin: is shorter than its run recorded"), std::string::npos) << refusal(run);
    EXPECT_EQ(fs::file_size(stream), bytes);
    EXPECT_EQ(live("killed", ""), 0u);
    expect_same_bytes("whole", "killed");
}

TEST_P(ResumeOnce, LeavesWhatAnotherBuildFinished) {
    live("run", "");
    const fs::path file = folder_ / "run" / "results.json";
    std::string results = read_file(file);
    results.replace(results.find(build_version()), build_version().size(), "0.0.0+another");
    write_file(file, results);
    EXPECT_NE(refusal(folder_ / "run").find("holds a run that another build"), std::string::npos);
    EXPECT_EQ(read_file(file), results);
    EXPECT_TRUE(fs::exists(folder_ / "run" / "stream.bin"));
}

TEST_P(ResumeOnce, IsRefusedWhileTheRunLivesAndWithOtherSeeds) {
    live("run", "epoch 2/3");
    EXPECT_NE(refusal(folder_ / "run", {"--seeds", "2"}).find("--seeds is given"), std::string::npos);
    const Lock first = lock_of_run(folder_ / "run");
    EXPECT_NE(refusal(folder_ / "run").find("another process runs in this folder"), std::string::npos);
}

class ResumeLinear : public Resume {};
INSTANTIATE_TEST_SUITE_P(Halp, ResumeLinear, testing::Values("linear"),
                         [](const auto& instance) { return instance.param; });

TEST_P(ResumeLinear, AfterTwoKillsGivesTheSameBytes) {
    live("whole", "");
    live("killed", "epoch 2/3");
    EXPECT_EQ(live("killed", "epoch 3/3"), 40u);
    EXPECT_EQ(live("killed", ""), 80u);
    expect_same_bytes("whole", "killed");
    EXPECT_NE(read_file(folder_ / "whole" / "results.json").find("recentre"), std::string::npos);
}

}  // namespace
}  // namespace ulpsim::program

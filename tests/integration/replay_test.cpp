// A recorded run, driven over the machine that made it and over others.
#include <gtest/gtest.h>
#include <fstream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/replay/replayed_run.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "tests/integration/child.hpp"
#include "tests/integration/small_scenario.hpp"

namespace ulpsim::program {
namespace {

namespace fs = std::filesystem;
using workloads::idx_files::Folder;

/// results.json up to what the simulator says of itself.
std::string results_of(const fs::path& folder) {
    const std::string text = read_file(folder / "results.json");
    return text.substr(0, text.find("\"simulator\""));
}

class Replay : public testing::TestWithParam<std::string> {
protected:
    Replay() : folder_("replay_" + std::to_string(getpid())) {
        write_small_dataset(folder_.path());
        const int status = test::in_child([this] {
            const Prepared prepared = prepare(ScenarioFile::parse(scenario(), "test.yaml"));
            claim_folder(run(), prepared.scenario());
            Progress progress(Progress::Style::none, [](const std::string&) {});
            write_run(run(), prepared.scenario(), train_on_platform(prepared, 1, run(), progress));
        });
        EXPECT_EQ(status, 0);
    }
    std::string scenario() const {
        return GetParam() == "linear" ? small_linear_scenario() : small_scenario(GetParam(), folder_.path());
    }
    fs::path run() const { return folder_ / "run"; }

    /// Where a replay with these changes lies.
    fs::path replayed(const std::vector<std::string>& set) const {
        const int status = test::in_child([&] {
            const Recording recording = open_recording(run());
            const Prepared prepared = prepare_replay(recording, set);
            Progress progress(Progress::Style::none, [](const std::string&) {});
            write_run(folder_ / "replay", prepared.scenario(), replay_on_platform(recording, prepared, progress));
        });
        EXPECT_EQ(status, 0);
        return folder_ / "replay";
    }

    Folder folder_;
};

INSTANTIATE_TEST_SUITE_P(Architectures, Replay, testing::Values("accelerator_only", "host_accelerator"),
                         [](const auto& instance) { return instance.param; });

TEST_P(Replay, OfTheSameHardwareGivesTheSameBytes) {
    const fs::path replay = replayed({});
    const std::string results = results_of(run());
    EXPECT_NE(results.find("loss_scale"), std::string::npos) << "the scale never changed";
    EXPECT_NE(results.find("activations: e8m7"), std::string::npos) << "the schedule never fired";
    EXPECT_NE(results.find("errors: e8m7"), std::string::npos) << "what the machine measured fired no rule";
    EXPECT_NE(results.find("term_exponents"), std::string::npos) << "no health";
    EXPECT_EQ(results, results_of(replay));
    for (const char* file : {"scenario.yaml", "epochs.csv", "operations.csv", "power.csv"})
        EXPECT_EQ(read_file(run() / file), read_file(replay / file)) << file;
}

class ReplayLinear : public Replay {};
INSTANTIATE_TEST_SUITE_P(Halp, ReplayLinear, testing::Values("linear"),
                         [](const auto& instance) { return instance.param; });

// Loops that the accelerator runs by itself, and a scale that the host reads.
TEST_P(ReplayLinear, OfTheSameHardwareGivesTheSameBytes) {
    const fs::path replay = replayed({});
    EXPECT_NE(results_of(run()).find("recentre"), std::string::npos);
    EXPECT_EQ(results_of(run()), results_of(replay));
    for (const char* file : {"scenario.yaml", "epochs.csv", "operations.csv", "power.csv"})
        EXPECT_EQ(read_file(run() / file), read_file(replay / file)) << file;
}

TEST_P(Replay, OfOtherHardwareIsARunOnIt) {
    const std::vector<std::string> set{"platform.accelerator.array={rows: 8, cols: 32}", "platform.dram.channels=1",
                                       "platform.host.clock_mhz=200"};
    const fs::path replay = replayed(set);
    EXPECT_NE(results_of(run()), results_of(replay));
    const int status = test::in_child([&] {
        const Prepared prepared = prepare(ScenarioFile::parse(scenario(), "test.yaml", {.set = set, .seed = {}}));
        Progress progress(Progress::Style::none, [](const std::string&) {});
        const fs::path other = folder_ / "other";
        claim_folder(other, prepared.scenario());
        write_run(other, prepared.scenario(), train_on_platform(prepared, 1, other, progress));
    });
    ASSERT_EQ(status, 0);
    EXPECT_EQ(results_of(replay), results_of(folder_ / "other"));
}

TEST_P(Replay, RefusesWhatWouldChangeTheArithmetic) {
    const Recording recording = open_recording(run());
    const auto complaint = [&](const std::string& assignment) -> std::string {
        try {
            prepare_replay(recording, {assignment});
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    for (const char* key :
         {"precision.weights=e5m2", "workload.epochs=1", "seed=2", "platform=1", "platform.kind=host_accelerator"}) {
        const std::string text = complaint(key);
        EXPECT_TRUE(text.starts_with(std::string("--set ") + key + ": ")) << text;
        EXPECT_TRUE(text.ends_with("allowed: keys of platform.* but platform.kind")) << text;
    }
    EXPECT_NE(complaint("platform.accelerator.operators=[e4m3fn, e5m2]").find("activations is e8m7; the operators"),
              std::string::npos);
    EXPECT_NE(complaint("platform.accelerator.array.rows=0").find("allowed: 1 to 1024"), std::string::npos);
    EXPECT_EQ(complaint("platform.accelerator.array.rows=4"), "");
}

TEST_P(Replay, RefusesARecordingOfAnotherTraining) {
    const Recording recording = open_recording(run());
    const auto with = [&](const char* change) {
        return ScenarioFile::parse(scenario(), "test.yaml", {.set = {"name=other", change}, .seed = {}});
    };
    EXPECT_NO_THROW(prepare_replay(recording, with("platform.dram.channels=1")));
    EXPECT_THROW(prepare_replay(recording, with("workload.optimizer.learning_rate=0.01")), DataError);
}

TEST_P(Replay, RefusesADamagedRecording) {
    const fs::path stream = run() / "stream.bin";
    const std::string whole = read_file(stream);
    const auto refused = [&](const std::string& bytes) {
        std::ofstream(stream, std::ios::binary | std::ios::trunc) << bytes;
        try {
            prepare_replay(open_recording(run()), {});
        } catch (const DataError&) {
            return true;
        }
        return false;
    };
    EXPECT_FALSE(refused(whole));
    EXPECT_TRUE(refused(whole.substr(0, whole.size() - 1)));
    EXPECT_TRUE(refused("something else"));
    std::string flipped = whole;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 8);
    EXPECT_TRUE(refused(flipped));
    fs::remove(stream);
    EXPECT_THROW(open_recording(run()), DataError);
}

}  // namespace
}  // namespace ulpsim::program

// Sweeps as a user lives through them: killed, resumed, with points that fail.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/reader/read_sweep.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/sweep/database.hpp"
#include "scenarios/program/sweep/run_sweep.hpp"
#include "tests/integration/small_scenario.hpp"

namespace ulpsim::program {
namespace {

namespace fs = std::filesystem;

class SweepOf : public testing::Test {
protected:
    SweepOf() : folder_("sweep_of_" + std::to_string(getpid())) {
        write_small_dataset(folder_.path());
        write_file(folder_ / "alone.yaml", small_scenario("accelerator_only", folder_.path()));
        write_file(folder_ / "both.yaml", small_scenario("host_accelerator", folder_.path()));
    }

    fs::path sweep_file(const std::string& text) const {
        write_file(folder_ / "sweep.yaml", text);
        return folder_ / "sweep.yaml";
    }

    /// Runs the sweep in a process of its own (its table goes nowhere); its exit status.
    static pid_t start(const fs::path& file, const SweepOptions& options) {
        const pid_t child = fork();
        if (child != 0) return child;
        if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(99);
        try {
            _exit(run_sweep(read_sweep(file), options));
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
            _exit(98);
        }
    }
    static int wait_for(pid_t child) {
        int status = 0;
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    /// Kills the sweep when its database has so many rows. It must not have ended before: then nothing would be shown.
    void kill_at(pid_t child, const std::string& out, std::size_t rows) const;
    SweepOptions options(const std::string& out, bool resume = false) const {
        return {.out = folder_ / out, .jobs = 2, .threads = 1, .seeds = 1, .resume = resume, .quiet = true};
    }

    workloads::idx_files::Folder folder_;
};

const std::string grid = R"(name: test/grid
axes:
  scenario: [alone.yaml, both.yaml]
  format: [e4m3fn, e5m2, bf16]
  platform.accelerator.array.rows: [8, 16]
set:
  precision.weights: $format
  precision.activations: $format
  precision.schedule: []
objectives: [energy_j, error]
)";

std::size_t rows_in(const fs::path& folder) {
    if (!fs::exists(folder / "sweep.sqlite")) return 0;
    try {
        return Database(folder / "sweep.sqlite").rows().size();
    } catch (const Error&) {
        return 0;  // at the moment it is being made
    }
}

void SweepOf::kill_at(pid_t child, const std::string& out, std::size_t rows) const {
    while (rows_in(folder_ / out) < rows) {
        ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "the sweep ended before it could be killed";
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    kill(child, SIGKILL);
    ASSERT_EQ(wait_for(child), -SIGKILL) << "the sweep ended before it could be killed";
}

TEST_F(SweepOf, AGridKilledTwiceAndResumedEqualsTheUninterruptedOne) {
    // Both's data come from a pipe that nobody writes to while the sweep is to be killed: its runs wait, six points are left.
    const fs::path data = folder_ / "late", pictures = data / "train-images-idx3-ubyte.gz";
    fs::create_directory(data);
    write_small_dataset(data);
    write_file(folder_ / "both.yaml", small_scenario("host_accelerator", data));
    const fs::path file = sweep_file(grid);
    EXPECT_EQ(wait_for(start(file, options("whole"))), 0);
    const std::string whole = read_file(folder_ / "whole" / "sweep.csv");
    EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 13);

    fs::remove(pictures);
    ASSERT_EQ(mkfifo(pictures.c_str(), 0600), 0);
    for (const std::size_t rows : {2u, 6u}) {
        ASSERT_NO_FATAL_FAILURE(kill_at(start(file, options("killed", rows > 2)), "killed", rows));
        EXPECT_FALSE(fs::exists(folder_ / "killed" / "sweep.csv"));
    }
    EXPECT_EQ(rows_in(folder_ / "killed"), 6u);
    fs::remove(pictures);
    write_small_dataset(data);
    EXPECT_EQ(wait_for(start(file, options("killed", true))), 0);
    EXPECT_EQ(read_file(folder_ / "killed" / "sweep.csv"), whole);
    for (int point = 1; point <= 12; ++point) {
        char number[8];
        std::snprintf(number, sizeof number, "%04d", point);
        const auto results = [&](const char* sweep) {
            const std::string text = read_file(folder_ / sweep / "points" / number / "results.json");
            return text.substr(0, text.find("\"simulator\""));
        };
        EXPECT_GT(results("whole").size(), 1000u);
        EXPECT_EQ(results("whole"), results("killed")) << point;
    }
}

TEST_F(SweepOf, PointsThatDifferInHardwareOnlyShareOneRun) {
    EXPECT_EQ(wait_for(start(sweep_file(grid), options("out"))), 0);
    std::map<std::string, int> how;
    for (const Row& row : Database(folder_ / "out" / "sweep.sqlite").rows()) ++how[row.how];
    EXPECT_EQ(how["run"], 6);
    EXPECT_EQ(how["replay"], 6);
}

TEST_F(SweepOf, AReplayedPointIsWhatARunOfItWouldBe) {
    EXPECT_EQ(wait_for(start(sweep_file(grid), options("out"))), 0);
    const std::string alone =
        "name: one\nsearch: list\npoints: [{scenario: alone.yaml, format: e4m3fn, "
        "platform.accelerator.array.rows: 16}]\n" +
        grid.substr(grid.find("set:"));
    EXPECT_EQ(wait_for(start(sweep_file(alone), options("one"))), 0);
    const Row replayed = Database(folder_ / "out" / "sweep.sqlite").rows().at(1);
    const Row run = Database(folder_ / "one" / "sweep.sqlite").rows().at(0);
    EXPECT_EQ(replayed.how + run.how, "replayrun");
    EXPECT_EQ(replayed.energy_j, run.energy_j);
    EXPECT_EQ(replayed.seconds, run.seconds);
    EXPECT_EQ(replayed.error, run.error);
}

TEST_F(SweepOf, PointsThatFailAreListedAndStopNothing) {
    const fs::path file = sweep_file(
        "name: test/failures\nscenario: alone.yaml\naxes:\n  precision.weights: [e4m3fn, e3m3, e5m2]\n"
        "  platform.dram.size_mib: [16, 1]\nset: {workload.network: {layers: [700, 10]}}\n");
    EXPECT_EQ(wait_for(start(file, options("out"))), 0);
    const std::vector<Row> rows = Database(folder_ / "out" / "sweep.sqlite").rows();
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].status, "completed");
    EXPECT_EQ(rows[1].status, "failed");
    EXPECT_NE(rows[1].message.find("platform.dram.size_mib"), std::string::npos) << rows[1].message;
    EXPECT_EQ(rows[1].exit_status, 2);
    EXPECT_EQ(rows[2].point, 5u) << "a refused scenario has no row";
    EXPECT_EQ(rows[2].status, "completed");
    const std::string csv = read_file(folder_ / "out" / "sweep.csv");
    EXPECT_NE(csv.find("3,failed,,e3m3,16,0,"), std::string::npos) << csv;
    EXPECT_NE(csv.find("precision.weights is e3m3; the operators support:"), std::string::npos) << csv;
    EXPECT_EQ(wait_for(start(file, options("out", true))), 0);
    EXPECT_EQ(read_file(folder_ / "out" / "sweep.csv"), csv);
}

TEST_F(SweepOf, AnotherSweepsFolderIsNotTouched) {
    EXPECT_EQ(wait_for(start(sweep_file(grid), options("out"))), 0);
    const std::string csv = read_file(folder_ / "out" / "sweep.csv");
    EXPECT_THROW(run_sweep(read_sweep(folder_ / "sweep.yaml"), options("out")), Error);
    sweep_file(grid + "seed: 2\n");
    EXPECT_THROW(run_sweep(read_sweep(folder_ / "sweep.yaml"), options("out", true)), Error);
    EXPECT_EQ(read_file(folder_ / "out" / "sweep.csv"), csv);
}

TEST_F(SweepOf, InterruptedBeforeItsFirstPointKeepsTheEarlierTable) {
    const fs::path file =
        sweep_file("name: test/early\nscenario: alone.yaml\naxes: {platform.dram.channels: [1, 2]}\n");
    EXPECT_EQ(wait_for(start(file, options("out"))), 0);
    const std::string csv = read_file(folder_ / "out" / "sweep.csv");
    const pid_t child = fork();
    if (child == 0) {
        catch_interrupts();
        raise(SIGINT);
        _exit(run_sweep(read_sweep(file), options("out", true)));
    }
    EXPECT_EQ(wait_for(child), 130);
    EXPECT_EQ(read_file(folder_ / "out" / "sweep.csv"), csv);
}

TEST_F(SweepOf, SeedsGiveMediansAndRanges) {
    SweepOptions three = options("out");
    three.seeds = 3;
    const fs::path file =
        sweep_file("name: test/seeds\nscenario: alone.yaml\naxes: {platform.dram.channels: [1, 2]}\n");
    EXPECT_EQ(wait_for(start(file, three)), 0);
    const std::vector<Row> rows = Database(folder_ / "out" / "sweep.sqlite").rows();
    ASSERT_EQ(rows.size(), 6u);
    EXPECT_EQ(rows[0].seed, 3u);  // the scenario's
    EXPECT_EQ(rows[2].seed, 5u);
    EXPECT_NE(rows[0].train_loss, rows[1].train_loss);
    EXPECT_EQ(rows[0].train_loss, rows[3].train_loss);
    EXPECT_EQ(rows[4].how, "replay");
    EXPECT_TRUE(fs::exists(folder_ / "out" / "points" / "0002" / "seed_4" / "results.json"));
}

TEST_F(SweepOf, AParetoSearchThatWasKilledGoesOnTheSameWay) {
    const fs::path file = sweep_file(
        "name: test/pareto\nscenario: alone.yaml\nsearch: pareto\npoints: 10\npopulation: 4\naxes:\n"
        "  precision.weights: [e4m3fn, e5m2, bf16]\n  platform.accelerator.array.rows: [4, 8, 16]\n"
        "  platform.dram.channels: [1, 2]\n");
    EXPECT_EQ(wait_for(start(file, options("whole"))), 0);
    ASSERT_NO_FATAL_FAILURE(kill_at(start(file, options("killed")), "killed", 5));
    EXPECT_LT(rows_in(folder_ / "killed"), 10u);
    EXPECT_EQ(wait_for(start(file, options("killed", true))), 0);
    const std::string whole = read_file(folder_ / "whole" / "sweep.csv");
    EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 11);
    EXPECT_EQ(read_file(folder_ / "killed" / "sweep.csv"), whole);
}

// Its third point failed for want of data: with them, the second generation is another one.
TEST_F(SweepOf, AParetoSearchWhosePointSucceedsLaterForgetsTheWayItWent) {
    const fs::path late = folder_ / "late";
    const fs::path file = sweep_file(
        "name: test/pareto\nscenario: alone.yaml\nsearch: pareto\npoints: 10\npopulation: 4\naxes:\n"
        "  workload.dataset.directory: [\"" +
        folder_.path().string() + "\", \"" + late.string() +
        "\"]\n  platform.accelerator.array.rows: [4, 8, 16]\n  platform.dram.channels: [1, 2]\n");
    EXPECT_EQ(wait_for(start(file, options("out"))), 0);
    const std::string poor = read_file(folder_ / "out" / "sweep.csv");
    EXPECT_NE(poor.find("failed"), std::string::npos);
    fs::create_directory(late);
    write_small_dataset(late);
    EXPECT_EQ(wait_for(start(file, options("whole"))), 0);
    EXPECT_EQ(wait_for(start(file, options("out", true))), 0);
    EXPECT_EQ(read_file(folder_ / "out" / "sweep.csv"), read_file(folder_ / "whole" / "sweep.csv"));
}

TEST_F(SweepOf, RowsOfAnEditedScenarioAreDoneAgain) {
    const fs::path file =
        sweep_file("name: test/edited\nscenario: alone.yaml\naxes: {platform.dram.channels: [1, 2]}\n");
    EXPECT_EQ(wait_for(start(file, options("out"))), 0);
    std::string scenario = read_file(folder_ / "alone.yaml");
    scenario.replace(scenario.find("learning_rate: 0.05"), 19, "learning_rate: 0.01");
    write_file(folder_ / "alone.yaml", scenario);
    EXPECT_EQ(wait_for(start(file, options("fresh"))), 0);
    EXPECT_EQ(wait_for(start(file, options("out", true))), 0);
    const std::string fresh = read_file(folder_ / "fresh" / "sweep.csv");
    EXPECT_NE(fresh.find("replay"), std::string::npos);
    EXPECT_EQ(read_file(folder_ / "out" / "sweep.csv"), fresh);
}

}  // namespace
}  // namespace ulpsim::program

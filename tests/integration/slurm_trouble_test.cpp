// What can go wrong with a Slurm, played by scripts: it does not answer, refuses, loses tasks, is interrupted.
#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/sweep/workers.hpp"
#include "tests/integration/fake_slurm.hpp"
#include "tests/integration/small_scenario.hpp"

namespace ulpsim::program {
namespace {

namespace fs = std::filesystem;

class SlurmTrouble : public testing::Test {
protected:
    SlurmTrouble()
        : folder_("slurm_trouble_" + std::to_string(getpid())),
          slurm_(folder_ / "bin"),
          options_{.executor = SweepOptions::Executor::slurm, .out = folder_ / "50% off it's"} {}

    static Work work(std::size_t number) {
        Work work;
        work.number = number;
        work.job.what.scenario = "scenario.yaml";
        work.job.folder = "run";
        return work;
    }
    /// The ends that come within so many looks.
    std::map<std::size_t, Outcome> ends(Workers& workers, int looks) const {
        std::map<std::size_t, Outcome> all;
        for (int look = 0; look < looks && workers.running() > all.size(); ++look)
            workers.listen([](std::size_t, const std::string&) {},
                           [&](std::size_t number, const Outcome& outcome) { all[number] = outcome; });
        return all;
    }

    workloads::idx_files::Folder folder_;
    test::FakeSlurm slurm_;
    SweepOptions options_;
};

constexpr int three_questions = 70;  // a look takes a tenth of a second, a question comes every two

TEST_F(SlurmTrouble, TasksLiveOnWhileTheControllerIsSilentAndDieWhenItDoesNotKnowThem) {
    slurm_.does("sbatch", "echo 'sbatch: a warning' >&2; echo 17");
    slurm_.does("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
    const auto workers = slurm_workers(options_);
    workers->start(work(0));
    EXPECT_TRUE(ends(*workers, three_questions).empty());
    EXPECT_EQ(workers->running(), 1u);
    slurm_.does("squeue", "exit 0");
    EXPECT_EQ(ends(*workers, three_questions).at(0).status, exit_simulation);
}

TEST_F(SlurmTrouble, NothingIsSubmittedAfterCtrlC) {
    const auto workers = slurm_workers(options_);
    workers->start(work(0));
    workers->start(work(1));
    workers->interrupt();
    const auto all = ends(*workers, 3);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all.at(1).status, exit_interrupted);
    EXPECT_EQ(workers->running(), 0u);
    EXPECT_EQ(slurm_.told("sbatch"), "");
}

TEST_F(SlurmTrouble, ARefusedFirstArrayIsAnErrorAndALaterOneWaits) {
    slurm_.does("sbatch", "echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1");
    const auto workers = slurm_workers(options_);
    workers->start(work(0));
    EXPECT_THROW(ends(*workers, 1), Error);
    slurm_.does("sbatch", "echo 17");
    slurm_.does("squeue", "echo 17_0 RUNNING; echo 18_0 RUNNING");
    std::this_thread::sleep_for(std::chrono::seconds(2));
    EXPECT_TRUE(ends(*workers, 1).empty());
    slurm_.does("sbatch", "exit 1");
    workers->start(work(1));
    EXPECT_TRUE(ends(*workers, 1).empty());
    EXPECT_EQ(workers->running(), 2u);
    slurm_.does("sbatch", "echo 18");
    EXPECT_TRUE(ends(*workers, 30).empty());
    EXPECT_NE(read_file(options_.out / "slurm" / "2" / "0.task"), "");
}

TEST_F(SlurmTrouble, AnAnswerWithoutANumberIsARefusal) {
    slurm_.does("sbatch", "echo; echo 17");
    const auto workers = slurm_workers(options_);
    workers->start(work(0));
    EXPECT_THROW(ends(*workers, 1), Error);
}

TEST_F(SlurmTrouble, FoldersMayHaveQuotesAndPerCents) {
    slurm_.does("sbatch",
                "echo 17; for last; do :; done; SLURM_ARRAY_TASK_ID=5 sh -n \"$last\" || echo syntax >> wrong");
    const auto workers = slurm_workers(options_);
    workers->start(work(0));
    ends(*workers, 1);
    EXPECT_FALSE(fs::exists(folder_ / "bin" / "wrong"));
    EXPECT_NE(slurm_.told("sbatch").find("/50%% off it's/slurm/1/%a.log"), std::string::npos) << slurm_.told("sbatch");
    EXPECT_NE(
        read_file(options_.out / "slurm/1/job.sh").find("/50% off it'\\''s/slurm/1'/\"$SLURM_ARRAY_TASK_ID\".task"),
        std::string::npos);
}

TEST_F(SlurmTrouble, WhatAnEarlierSweepLeftIsCancelledByItsNameAndWaitedFor) {
    cancel_earlier_arrays(options_.out);
    EXPECT_EQ(slurm_.told("scancel"), "") << "no sweep by Slurm was here";
    fs::create_directories(options_.out / "slurm");
    slurm_.does("squeue",
                "test -e asked || { touch asked; exit 1; }; test -e again && exit 0; touch again; echo 9_0 RUNNING");
    cancel_earlier_arrays(options_.out);
    EXPECT_TRUE(fs::exists(folder_ / "bin" / "again"));
    const std::string name = "--name=ulpsim-";
    const std::string told = slurm_.told("scancel");
    ASSERT_NE(told.find(name), std::string::npos) << told;
    const std::string own = told.substr(told.find(name), name.size() + 16);

    slurm_.does("sbatch", "echo 17");
    const auto workers = slurm_workers(options_);
    workers->start(work(0));
    ends(*workers, 1);
    EXPECT_NE(slurm_.told("sbatch").find("--job-" + own.substr(2)), std::string::npos) << slurm_.told("sbatch");
}

/// A sweep of two points as the program does it, with this Slurm.
class SlurmTroubleSweep : public SlurmTrouble {
protected:
    SlurmTroubleSweep() {
        write_small_dataset(folder_.path());
        write_file(folder_ / "alone.yaml", small_scenario("accelerator_only", folder_.path()));
        write_file(folder_ / "sweep.yaml",
                   "name: test/slurm\nscenario: alone.yaml\naxes: {precision.weights: [e4m3fn, e5m2]}\n");
    }
    int run(const std::string& options) const {
        const std::string command = std::string("'") + ULPSIM_PROGRAM + "' sweep '" +
                                    (folder_ / "sweep.yaml").string() + "' --out '" + (folder_ / "out").string() +
                                    "' --quiet " + options + " > '" + (folder_ / "table").string() + "'";
        return WEXITSTATUS(std::system(command.c_str()));
    }
    std::string table() const { return read_file(folder_ / "table"); }
};

TEST_F(SlurmTroubleSweep, SaysWhichPointsAreMissing) {
    slurm_.does("sbatch", "echo 17");
    slurm_.does("squeue", "test -e ../out/slurm/1 && { echo 17_0 CANCELLED; echo 17_1 CANCELLED; }; exit 0");
    EXPECT_EQ(run("--executor slurm"), exit_interrupted);
    EXPECT_NE(table().find("2 points, 0 of them replayed, 0 failed, 2 missing: --resume does them"), std::string::npos)
        << table();
    EXPECT_EQ(run("--resume"), 0);
    EXPECT_EQ(table().find("missing"), std::string::npos);
}

TEST_F(SlurmTroubleSweep, ATaskThatEndsWellAndLeavesNothingHasFailed) {
    slurm_.does("sbatch", "echo 17; for n in 0 1; do echo 0 > ../out/slurm/1/$n.task.end; done");
    EXPECT_EQ(run("--executor slurm"), 0);
    EXPECT_NE(table().find("it ended well, but "), std::string::npos) << table();
    EXPECT_EQ(run("--resume"), 0);
    EXPECT_NE(table().find("0 failed"), std::string::npos) << table();
}

}  // namespace
}  // namespace ulpsim::program

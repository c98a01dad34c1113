// A sweep as job arrays of a real Slurm, which the test starts, against the same sweep as processes.
#include <gtest/gtest.h>

#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/sweep/database.hpp"
#include "tests/integration/single_node_slurm.hpp"
#include "tests/integration/small_scenario.hpp"

namespace ulpsim::program {
namespace {

namespace fs = std::filesystem;

class SlurmSweep : public testing::Test {
protected:
    SlurmSweep() : folder_("slurm_sweep_" + std::to_string(getpid())) {
        write_small_dataset(folder_.path());
        write_file(folder_ / "alone.yaml", small_scenario("accelerator_only", folder_.path()));
        write_file(folder_ / "sweep.yaml",
                   "name: test/slurm\nscenario: alone.yaml\naxes:\n  precision.weights: [e4m3fn, e3m3, e5m2]\n"
                   "  platform.dram.channels: [1, 2]\n");
    }

    std::string command(const std::string& out, const std::string& options) const {
        return std::string("exec '") + ULPSIM_PROGRAM + "' sweep '" + (folder_ / "sweep.yaml").string() + "' --out '" +
               (folder_ / out).string() + "' --quiet " + options + " > /dev/null";
    }
    int run(const std::string& out, const std::string& options) const {
        return std::system(command(out, options).c_str());
    }
    std::string table(const std::string& out) const { return read_file(folder_ / out / "sweep.csv"); }

    workloads::idx_files::Folder folder_;
};

TEST_F(SlurmSweep, GivesWhatProcessesGiveAlsoWhenItIsKilledAndResumed) {
    const std::string obstacle = test::SingleNodeSlurm::obstacle();
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
    const test::SingleNodeSlurm slurm(folder_ / "cluster");
    ASSERT_TRUE(slurm.is_up()) << read_file(folder_ / "cluster" / "slurmctld.log");

    ASSERT_EQ(run("local", "--jobs 2"), 0);
    const std::string expected = table("local");
    EXPECT_NE(expected.find("replay"), std::string::npos);
    EXPECT_NE(expected.find("failed"), std::string::npos);
    ASSERT_EQ(run("slurm", "--executor slurm"), 0);
    EXPECT_EQ(table("slurm"), expected);
    EXPECT_TRUE(fs::exists(folder_ / "slurm" / "slurm" / "1" / "0.log"));

    const pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command("killed", "--executor slurm").c_str(), static_cast<char*>(nullptr));
        _exit(1);
    }
    int status = 0;
    while (!fs::exists(folder_ / "killed" / "slurm" / "1" / "0.log")) {
        ASSERT_EQ(waitpid(child, &status, WNOHANG), 0) << "the sweep ended before it could be killed";
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    ASSERT_EQ(status, SIGKILL);
    EXPECT_EQ(table("killed"), "");
    ASSERT_EQ(run("killed", "--jobs 2 --resume"), 0) << "as processes, once the tasks left in the queue are gone";
    EXPECT_EQ(table("killed"), expected);
}

}  // namespace
}  // namespace ulpsim::program

#include "scenarios/program/report/progress.hpp"

#include <gtest/gtest.h>

namespace ulpsim::program {
namespace {

TEST(Engineering, HasThreeDigitsAndAPrefix) {
    EXPECT_EQ(engineering(0.0123, "s"), "12.3 ms");
    EXPECT_EQ(engineering(1.5, "J"), "1.50 J");
    EXPECT_EQ(engineering(999.4e-6, "J"), "999 uJ");
    EXPECT_EQ(engineering(999.6e-6, "J"), "1.00 mJ");
    EXPECT_EQ(engineering(9.996, "s"), "10.0 s");
    EXPECT_EQ(engineering(2.5e9, "B"), "2.50 GB");
    EXPECT_EQ(engineering(0, "J"), "0 J");
}

TEST(Progress, InPlainStyleHasALineAnEpoch) {
    std::string shown;
    Progress progress(Progress::Style::plain, [&](const std::string& line) { shown += line; });
    EXPECT_FALSE(progress.due());
    Standing standing;
    standing.epoch = 2;
    standing.epochs = 5;
    standing.sim_seconds = 0.25;
    standing.energy_j = 0.5;
    standing.wall_seconds = 3;
    progress.epoch(standing, 0.3, 0.875);
    EXPECT_EQ(shown, "epoch 2/5  loss 0.3000  test 87.50 %  simulated 250 ms  500 mJ  wall 3.0 s\n");
}

TEST(Progress, OfAQuietRunIsSilent) {
    std::string shown;
    Progress progress(Progress::Style::none, [&](const std::string& line) { shown += line; });
    progress.note("x");
    progress.epoch({}, 0.3, {});
    EXPECT_EQ(shown, "");
}

}  // namespace
}  // namespace ulpsim::program

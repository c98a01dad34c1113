#include "scenarios/program/reader/technology.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"

namespace ulpsim::program {
namespace {

TEST(Technology, Asic28IsReadAndPassesItsCheck) {
    const power::Technology technology = read_technology("asic28");
    EXPECT_EQ(technology.node_nm, 28);
    EXPECT_FALSE(technology.logic.energy_fa_pj.source.empty());
    EXPECT_GT(technology.sram.points.size(), 5u);
    EXPECT_GT(technology.uncertainty[0].high, 1);
    EXPECT_EQ(technology.dram.count("lpddr4_3200"), 1u);
    EXPECT_EQ(technology.channel.count("pcie3_x1"), 1u);
    EXPECT_EQ(technology.host.count("cortex_m7"), 1u);
}

TEST(Technology, NamesAreTheFilesOfTheFolder) {
    const std::vector<std::string> names = technology_names();
    EXPECT_NE(std::find(names.begin(), names.end(), "asic28"), names.end());
}

TEST(Technology, ThatDoesNotExistIsNamed) { EXPECT_THROW(read_technology("asic1"), Error); }

}  // namespace
}  // namespace ulpsim::program

#include "power/costs/technology.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>

#include "models/arithmetic/error.hpp"
#include "tests/support/asic28.hpp"

namespace ulpsim::power {
namespace {

std::string complaint(const std::function<void(Technology&)>& spoil) {
    Technology t = test::asic28();
    spoil(t);
    try {
        check(t);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Technology, FixturePasses) {
    EXPECT_EQ(complaint([](Technology&) {}), "");
}

TEST(Technology, ComplaintsAreOneLineWithKeyFaultAndWhatIsAllowed) {
    using T = Technology;
    const struct {
        std::function<void(T&)> spoil;
        const char* complaint;
    } cases[] = {
        {[](T& t) { t.name.clear(); }, "technology has no name; allowed: the file's stem"},
        {[](T& t) { t.node_nm = 0; }, "node_nm is 0; allowed: more than 0"},
        {[](T& t) { t.logic.energy_fa_pj.value = -1; }, "logic.energy_fa_pj is -1; allowed: 0 or more"},
        {[](T& t) { t.logic.leakage_uw_per_um2.source.clear(); },
         "logic.leakage_uw_per_um2 has no source; allowed: a text that says where the figure is from"},
        {[](T& t) { t.logic.elementary_bits_per_fma.value = 0; },
         "logic.elementary_bits_per_fma is 0; allowed: more than 0"},
        {[](T& t) { t.delay.scale.value = 0; }, "delay.scale is 0; allowed: more than 0"},
        {[](T& t) { t.uncertainty[2].low = 1.5; }, "uncertainty.dram.low is 1.5; allowed: up to 1"},
        {[](T& t) { t.uncertainty[0].high = 0.9; }, "uncertainty.logic.high is 0.9; allowed: 1 or more"},
        {[](T& t) { t.uncertainty[1].nominal = 2; },
         "uncertainty.sram.nominal is 2; allowed: 1: costs are given at nominal"},
        {[](T& t) { t.sram.points.clear(); }, "sram.points is empty; allowed: one point and more"},
        {[](T& t) { t.sram.points[2].kib = 2; }, "sram.points[2].kib is 2; allowed: more than the point before"},
        {[](T& t) { t.sram.points[0].read_pj = -0.5; }, "sram.points[0].read_pj is -0.5; allowed: 0 or more"},
        {[](T& t) { t.dram["lpddr4_3200"].activate_nj.value = std::numeric_limits<double>::infinity(); },
         "dram.lpddr4_3200.activate_nj is inf; allowed: 0 or more"},
        {[](T& t) { t.host["cortex_m7"].idle_fraction.value = 1.2; },
         "host.cortex_m7.idle_fraction is 1.2; allowed: 0 to 1"},
    };
    for (const auto& [spoil, expected] : cases) EXPECT_EQ(complaint(spoil), expected);
}

/// A figure that no table lists would be read from no file and checked by no one.
template <class Model>
void expect_every_figure_listed(std::size_t bytes_beside_figures) {
    std::set<std::string_view> names;
    for (const auto& [name, figure] : figure_fields(Model{})) EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(sizeof(Model), names.size() * sizeof(Figure) + bytes_beside_figures);
}

TEST(Technology, TablesListEveryFigure) {
    expect_every_figure_listed<LogicModel>(0);
    expect_every_figure_listed<DelayModel>(0);
    expect_every_figure_listed<SramModel>(sizeof(std::vector<SramPoint>) + sizeof(std::string));
    expect_every_figure_listed<WireModel>(0);
    expect_every_figure_listed<DramModel>(0);
    expect_every_figure_listed<ChannelModel>(0);
    expect_every_figure_listed<HostModel>(0);
}

}  // namespace
}  // namespace ulpsim::power

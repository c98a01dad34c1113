#include "power/ledger/account.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/support/asic28.hpp"

namespace ulpsim::power {
namespace {

Inventory component(const std::string& name) {
    Inventory inventory;
    inventory.component = name;
    return inventory;
}

/// Meters of every group with random counts, phases of random length, and inventories that leak and are clocked.
struct RandomPlatform {
    Ledger ledger;
    std::vector<Inventory> inventories;

    explicit RandomPlatform(std::uint64_t seed) {
        std::mt19937_64 random{seed};
        const std::vector<Operation> operations = {Compare{32},           RegisterBit{},
                                                   RandomBits{8},         SramRead{64, 32},
                                                   SramWrite{128, 16},    DramReadByte{"lpddr4_3200"},
                                                   BusByte{128},          LinkByte{"pcie3_x1"},
                                                   LinkMessage{"spi"},    HostCycle{"cortex_m7"},
                                                   Descriptor{},          Add{arithmetic::bf16, arithmetic::rne},
                                                   Mac{arithmetic::Dot{}}};
        const std::vector<std::string> phases = {"forward", "backward", "update"}, layers = {"fc1", "fc2", "-"};
        for (const char* name : {"array", "dram", "channel", "host"}) {
            Meter& meter = ledger.meter(name);
            for (const Operation& operation : operations) {
                const OperationId id = meter.intern(operation);
                for (const auto& phase : phases)
                    for (const auto& layer : layers)
                        meter.count(id, ledger.tag(phase, layer), random() >> (random() % 64));
            }
        }
        std::uint64_t now = 0;
        for (int step = 0; step < 20; ++step) {
            now += random() % 1'000'000'007;
            ledger.advance(now, ledger.tag(phases[random() % 3], layers[random() % 3]));
        }
        inventories = {component("array"), component("dram"), component("channel"), component("host")};
        inventories[0].register_bits = random() % 100'000;
        for (const auto& phase : phases)
            for (const auto& layer : layers)
                inventories[0].clocked_cycles[ledger.tag(phase, layer)] = random() % 1'000'000'000'000;
        inventories[0].srams = {{32, 16, 64}};
        inventories[1].dram_model = "lpddr4_3200";
        inventories[1].dram_channels = 2;
        inventories[2].channel_model = "pcie3_x1";
        inventories[3].host_model = "cortex_a53";
        inventories[3].host_cores = 2;
        inventories[3].host_clock_mhz = 1200;
        inventories[3].register_bits = 7;
        inventories[3].clocked_cycles[ledger.tag("update", "-")] = random() % 1000;
    }
};

Femtojoules sum(const std::map<std::string, Femtojoules>& parts) {
    Femtojoules total = 0;
    for (const auto& [name, part] : parts) total += part;
    return total;
}

TEST(Account, SumsByComponentOperationPhaseLayerAndGroupEqualTheTotalExactly) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const RandomPlatform platform{seed};
        const Account a = account(platform.ledger, platform.inventories, test::asic28());
        Femtojoules entries = 0, groups = 0;
        for (const Entry& entry : a.entries) entries += entry.energy;
        for (const Femtojoules group : a.by_group) groups += group;
        EXPECT_TRUE(entries == a.total) << seed;
        EXPECT_TRUE(groups == a.total) << seed;
        EXPECT_TRUE(sum(a.by_component) == a.total) << seed;
        EXPECT_TRUE(sum(a.by_operation) == a.total) << seed;
        EXPECT_TRUE(sum(a.by_phase) == a.total) << seed;
        EXPECT_TRUE(sum(a.by_layer) == a.total) << seed;
        EXPECT_TRUE(a.dynamic + a.static_ == a.total) << seed;
        EXPECT_TRUE(a.static_ > 0) << seed;
    }
}

TEST(Account, IntervalContainsTheNominalEnergy) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const RandomPlatform platform{seed};
        const Account a = account(platform.ledger, platform.inventories, test::asic28());
        EXPECT_TRUE(a.low < a.total && a.total < a.high) << seed;
    }
}

TEST(Account, IntervalScalesEachGroupByItsOwnFactors) {
    Ledger ledger;
    Meter& meter = ledger.meter("x");
    meter.count(meter.intern(DramActivate{"lpddr4_3200"}), Ledger::unclaimed, 1000);  // 1.2 uJ
    meter.count(meter.intern(SramRead{64, 32}), Ledger::unclaimed, 1000);             // 5.66 nJ
    const Account a = account(ledger, {}, test::asic28());
    EXPECT_EQ(joules_text(a.low), joules_text(Femtojoules{852'000'000} + 2'660'200));
    EXPECT_EQ(joules_text(a.high), joules_text(Femtojoules{2'004'000'000} + 11'320'000));
}

TEST(Account, IntervalOfAnEnergyBeyondSixtyFourBitsIsToTheScale) {
    Ledger ledger;
    Meter& meter = ledger.meter("x");
    meter.count(meter.intern(DramRefresh{"lpddr4_3200"}), Ledger::unclaimed, 1'000'000'000'000'000);  // 22.3 MJ
    const Account a = account(ledger, {}, test::asic28());
    EXPECT_EQ(joules_text(a.total), "22300000");
    EXPECT_NEAR(joules(a.low) / joules(a.total), 0.71, 1e-9);
    EXPECT_NEAR(joules(a.high) / joules(a.total), 1.67, 1e-9);
}

TEST(Account, EntriesAreSortedAndPricedOnce) {
    Ledger ledger;
    Meter& meter = ledger.meter("array");
    const OperationId bit = meter.intern(RegisterBit{});  // 6.3 fJ
    meter.count(bit, ledger.tag("update", "fc1"), 1);
    meter.count(bit, ledger.tag("forward", "fc1"), 6);      // 37.8
    meter.count(bit, ledger.tag("backward", "fc1"), 1000);  // not 1000 times a rounded 6
    const Account a = account(ledger, {}, test::asic28());
    ASSERT_EQ(a.entries.size(), 3u);
    EXPECT_EQ(a.entries[0].phase, "backward");
    EXPECT_EQ(joules_text(a.entries[0].energy), "0.0000000000063");
    EXPECT_EQ(a.entries[1].phase, "forward");
    EXPECT_EQ(joules_text(a.entries[1].energy), "0.000000000000038");
    EXPECT_EQ(joules_text(a.entries[2].energy), "0.000000000000006");
}

/// A price with a finite binary expansion, so that exactly half a femtojoule is reached.
TEST(Account, HalfAFemtojouleRoundsUp) {
    Technology t = test::asic28();
    t.logic.descriptor_energy_pj.value = 0.0005;
    Ledger ledger;
    Meter& meter = ledger.meter("x");
    meter.count(meter.intern(Descriptor{}), Ledger::unclaimed, 3);
    const double each = energy(t, Descriptor{}) / picojoules(0.001);
    ASSERT_EQ(each, 0.5) << "the fixture's premise";
    EXPECT_EQ(joules_text(account(ledger, {}, t).total), "0.000000000000002");
}

/// 12345678901234567 x 96000 fJ by hand; a double holds 16 of its 22 digits.
TEST(Account, PricesLargeCountsWithoutLosingADigit) {
    Ledger ledger;
    Meter& meter = ledger.meter("x");
    const std::uint64_t count = 12'345'678'901'234'567;  // beyond 2^53
    meter.count(meter.intern(DramReadByte{"lpddr4_3200"}), Ledger::unclaimed, count);
    const Technology t = test::asic28();
    const double each = energy(t, DramReadByte{"lpddr4_3200"}) / picojoules(0.001);
    ASSERT_EQ(each, 96000) << "the fixture's premise";
    EXPECT_EQ(joules_text(account(ledger, {}, t).total), "1185185.174518518432");
}

TEST(Account, ChargesTheClockToThePhaseOfTheWorkWithoutLayer) {
    Ledger ledger;
    ledger.advance(1, ledger.tag("forward", "fc1"));  // the program's time decides leakage, not the clock
    Inventory array = component("array");
    array.register_bits = 1;  // 7.875 fJ a cycle
    array.clocked_cycles[ledger.tag("forward", "fc1")] = 300;
    array.clocked_cycles[ledger.tag("forward", "fc2")] = 500;
    array.clocked_cycles[ledger.tag("update", "fc1")] = 200;
    const Account a = account(ledger, {array}, test::asic28());
    std::map<std::string, std::uint64_t> cycles;
    Femtojoules clock = 0;
    for (const Entry& entry : a.entries) {
        if (entry.operation != "clock") continue;
        EXPECT_EQ(entry.layer, "-");
        EXPECT_EQ(entry.group, Group::logic);
        EXPECT_FALSE(entry.is_static);
        cycles[entry.phase] += entry.count;
        clock += entry.energy;
    }
    EXPECT_EQ(cycles, (std::map<std::string, std::uint64_t>{{"forward", 800}, {"update", 200}}));
    EXPECT_EQ(joules_text(clock), "0.000000000007875");
}

TEST(Account, StaticEnergyIsPowerTimesTheTimeOfEachPhase) {
    Ledger ledger;
    ledger.advance(1'000'000'000'000, ledger.tag("forward", "fc1"));  // 1 s
    ledger.advance(1'500'000'000'000, ledger.tag("recentre", "-"));   // 0.5 s
    Inventory channel = component("channel");
    channel.channel_model = "pcie3_x1";  // 60 mW
    const Account a = account(ledger, {channel}, test::asic28());
    ASSERT_EQ(a.entries.size(), 2u);
    EXPECT_NEAR(joules(a.by_phase.at("forward")), 0.060, 1e-12);
    EXPECT_NEAR(joules(a.by_phase.at("recentre")), 0.030, 1e-12);
    EXPECT_TRUE(a.static_ == a.total && a.dynamic == 0);
    for (const Entry& entry : a.entries) {
        EXPECT_EQ(entry.operation, "static");
        EXPECT_EQ(entry.layer, "-");
        EXPECT_EQ(entry.group, Group::channel);
        EXPECT_TRUE(entry.is_static);
    }
    EXPECT_NEAR(a.area_mm2.at("channel"), 0.92, 1e-9);
}

TEST(Account, DoesNotDependOnTheOrderOfRegistration) {
    const auto priced = [](bool reversed) {
        Ledger ledger;
        std::vector<std::string> names = {"a", "b", "c"};
        if (reversed) std::reverse(names.begin(), names.end());
        for (const auto& name : names) {
            Meter& meter = ledger.meter(name);
            meter.count(meter.intern(reversed ? Operation{Compare{8}} : Operation{Compare{16}}), Ledger::unclaimed, 1);
            meter.count(meter.intern(reversed ? Operation{Compare{16}} : Operation{Compare{8}}), Ledger::unclaimed, 1);
        }
        std::string rows;
        for (const Entry& entry : account(ledger, {}, test::asic28()).entries)
            rows += entry.component + entry.operation + joules_text(entry.energy) + "\n";
        return rows;
    };
    EXPECT_EQ(priced(false), priced(true));
}

TEST(JoulesText, IsTheExactDecimal) {
    EXPECT_EQ(joules_text(0), "0");
    EXPECT_EQ(joules_text(1), "0.000000000000001");
    EXPECT_EQ(joules_text(1'234'567), "0.000000001234567");
    EXPECT_EQ(joules_text(1'000'000'000'000'000), "1");
    EXPECT_EQ(joules_text(10'500'000'000'000'000), "10.5");
    EXPECT_EQ(joules_text(100'000'000'000'000), "0.1");
    EXPECT_EQ(joules_text(-25), "-0.000000000000025");
    Femtojoules large = 1;
    for (int i = 0; i < 35; ++i) large *= 10;
    EXPECT_EQ(joules_text(large + 7), "100000000000000000000.000000000000007");
}

}  // namespace
}  // namespace ulpsim::power

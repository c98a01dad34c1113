#include "power/costs/costs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <concepts>

#include "models/arithmetic/error.hpp"
#include "power/costs/sram.hpp"
#include "tests/support/asic28.hpp"

namespace ulpsim::power {
namespace {

template <class A, class B>
concept addable = requires(A a, B b) {
    a + b;
};
static_assert(addable<Energy, Energy> && addable<Power, Power> && addable<Area, Area>);
static_assert(!addable<Energy, Time> && !addable<Energy, Power> && !addable<Power, Area> && !addable<Energy, double>);
static_assert(std::same_as<decltype(Power{} * Time{}), Energy>);
static_assert(!std::convertible_to<double, Energy> && !std::convertible_to<Energy, double>);

double pj(const Operation& operation) { return energy(test::asic28(), operation) / picojoules(1); }

TEST(SramCost, IsTheTablesAtItsPoints) {
    const SramModel sram = test::asic28_sram();
    for (const SramPoint& point : sram.points) EXPECT_EQ(sram_bank(sram, point.kib, 64), point);
    EXPECT_NEAR(pj(SramRead{64, 32}), 5.66, 1e-9);
    EXPECT_NEAR(pj(SramWrite{64, 32}), 6.71, 1e-9);
}

TEST(SramCost, IsLinearInTheLogarithmBetweenPoints) {
    const SramModel sram = test::asic28_sram();
    const SramPoint middle = sram_bank(sram, std::sqrt(32.0 * 64.0), 64);
    EXPECT_NEAR(middle.read_pj, (5.66 + 8.15) / 2, 1e-9);
    EXPECT_NEAR(middle.write_pj, (6.71 + 9.21) / 2, 1e-9);
    EXPECT_NEAR(middle.area_mm2, (0.0411 + 0.0862) / 2, 1e-9);
}

TEST(SramCost, HoldsTheFirstPointBelowAndGrowsAsTheFitsAboveTheLast) {
    const SramModel sram = test::asic28_sram();
    EXPECT_EQ(sram_bank(sram, 0.25, 64).read_pj, sram.points.front().read_pj);
    EXPECT_NEAR(sram_bank(sram, 8192, 64).read_pj, 2 * 47.19, 1e-9);
    EXPECT_NEAR(sram_bank(sram, 8192, 64).write_pj, 2 * 56.66, 1e-9);
    EXPECT_NEAR(sram_bank(sram, 8192, 64).area_mm2, 4 * 2.9835, 1e-9);
}

TEST(SramCost, NeverFallsAsABankGrows) {
    const SramModel sram = test::asic28_sram();
    SramPoint smaller = sram_bank(sram, 0.5, 64);
    for (double kib = 0.6; kib < 5000; kib *= 1.07) {
        const SramPoint bank = sram_bank(sram, kib, 64);
        EXPECT_GE(bank.read_pj, smaller.read_pj) << kib;
        EXPECT_GE(bank.write_pj, smaller.write_pj) << kib;
        EXPECT_GE(bank.area_mm2, smaller.area_mm2) << kib;
        smaller = bank;
    }
}

/// CACTI, 28 nm lop, 8 to 512 KiB: 128 over 64 bits reads 1.09 to 1.75 and writes 1.48 to 3.0 as much.
TEST(SramCost, GrowsLessThanTheWidthOfAnAccess) {
    const double read = pj(SramRead{128, 32}) / pj(SramRead{64, 32});
    const double write = pj(SramWrite{128, 32}) / pj(SramWrite{64, 32});
    EXPECT_NEAR(read, (0.00337 * 128 + 0.174) / (0.00337 * 64 + 0.174), 1e-9);
    EXPECT_GT(read, 1.09);
    EXPECT_LT(read, 1.75);
    EXPECT_GT(write, 1.48);
    EXPECT_LT(write, 2);
    EXPECT_LT(pj(SramRead{8, 32}), pj(SramRead{64, 32}));
}

/// facts/power.md 4: about 1.8 + 12 pJ a millimetre and beat of 128 bits.
TEST(BusCost, IsMultiplexersRegistersAndWireOfABeat) {
    EXPECT_NEAR(16 * pj(BusByte{128}), 1.8 + 12.16 * 1.5, 0.06);
    EXPECT_NEAR(pj(BusByte{64}), pj(BusByte{128}), 1e-9) << "twice the beats of half the wires";
}

TEST(OffChipCost, IsTheTechnologysFigure) {
    EXPECT_NEAR(pj(DramReadByte{"lpddr4_3200"}), 96, 1e-9);
    EXPECT_NEAR(pj(DramWriteByte{"lpddr4_3200"}), 72, 1e-9);
    EXPECT_NEAR(pj(DramActivate{"lpddr4_3200"}), 1200, 1e-9);
    EXPECT_NEAR(pj(DramRefresh{"lpddr4_3200"}), 22300, 1e-9);
    EXPECT_NEAR(pj(LinkByte{"pcie3_x1"}), 80, 1e-9);
    EXPECT_NEAR(pj(LinkMessage{"pcie3_x1"}), 216000, 1e-6);
    EXPECT_NEAR(pj(LinkByte{"spi"}), 488, 1e-9);
}

TEST(OffChipCost, OfAnUnknownModelNamesTheKnownOnes) {
    const auto message = [](const Operation& operation) {
        try {
            pj(operation);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    EXPECT_EQ(message(DramReadByte{"hbm9"}), "dram is hbm9; allowed in this technology: lpddr4_3200");
    EXPECT_EQ(message(LinkByte{"usb"}),
              "channel is usb; allowed in this technology: chiplet, on_chip, pcie3_x1, pcie3_x4, qspi, spi");
    EXPECT_EQ(message(HostCycle{"z80"}),
              "host is z80; allowed in this technology: cortex_a53, cortex_a7, cortex_a72, cortex_m7");
}

TEST(HostCost, OfABusyCoreIsItsActivePowerIdlePartIncluded) {
    const Technology t = test::asic28();
    Inventory host;
    host.host_model = "cortex_a72";
    host.host_cores = 1;
    host.host_clock_mhz = 1500;
    const double busy_watts = 1500e6 * (energy(t, HostCycle{"cortex_a72"}) / picojoules(1)) * 1e-12;
    const double idle_watts = static_power(t, host) / microwatts(1e6);
    EXPECT_NEAR(busy_watts + idle_watts, 353e-6 * 1500, 1e-9);
    EXPECT_NEAR(idle_watts, 0.15 * 353e-6 * 1500, 1e-9);
    EXPECT_EQ(static_group(host), Group::host);
}

TEST(StaticPower, IsLeakageStandbyAndIdle) {
    const Technology t = test::asic28();
    Inventory logic;
    logic.register_bits = 1000;
    logic.operators = {{Compare{32}, 10}};
    EXPECT_NEAR(area(t, logic) / square_micrometres(1), 2.85 * 1000 + 10 * 32 * 1.06, 1e-6);
    EXPECT_NEAR(static_power(t, logic) / microwatts(1), 0.01 * (2.85 * 1000 + 10 * 32 * 1.06), 1e-9);
    EXPECT_EQ(static_group(logic), Group::logic);

    Inventory scratchpad;
    scratchpad.srams = {{32, 16, 64}};
    EXPECT_NEAR(static_power(t, scratchpad) / microwatts(1), 5 * 512, 1e-9);
    EXPECT_NEAR(area(t, scratchpad) / square_micrometres(1e6), 16 * 0.0411, 1e-9);
    EXPECT_EQ(static_group(scratchpad), Group::sram);

    Inventory dram;
    dram.dram_model = "lpddr4_3200";
    dram.dram_channels = 4;
    EXPECT_NEAR(static_power(t, dram) / microwatts(1000), 4 * 37.9, 1e-9);
    EXPECT_EQ(static_group(dram), Group::dram);

    Inventory channel;
    channel.channel_model = "pcie3_x1";
    EXPECT_NEAR(static_power(t, channel) / microwatts(1000), 60, 1e-9);
    EXPECT_EQ(static_group(channel), Group::channel);
}

TEST(StaticPower, OfSeveralFormatsInOneOperatorIsThatOfTheirSum) {
    const Technology t = test::asic28();
    Inventory one, two;
    one.operators = {{Add{arithmetic::bf16, arithmetic::rne}, 1}};
    two.operators = {{Add{arithmetic::bf16, arithmetic::rne}, 1}, {Add{arithmetic::fp32, arithmetic::rne}, 1}};
    EXPECT_NEAR((area(t, two) - area(t, one)) / area(t, Operation{Add{arithmetic::fp32, arithmetic::rne}}), 1, 1e-9);
    EXPECT_GT(static_power(t, two), static_power(t, one));
}

TEST(ClockEnergy, IsRegistersAndTheirTree) {
    Inventory array;
    array.register_bits = 48;
    EXPECT_NEAR(clock_energy(test::asic28(), array) / picojoules(1), 48 * 0.0063 * 1.25, 1e-9);
}

TEST(RandomBitsCost, GrowsWithTheBits) {
    EXPECT_NEAR(pj(RandomBits{13}), 13 * 0.3, 1e-9);
    EXPECT_GT(area(test::asic28(), Operation{RandomBits{8}}), square_micrometres(0));
}

}  // namespace
}  // namespace ulpsim::power

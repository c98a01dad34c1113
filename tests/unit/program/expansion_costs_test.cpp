#include "platform/configuration/expansion_costs.hpp"

#include <gtest/gtest.h>

#include "power/costs/costs.hpp"
#include "tests/support/asic28.hpp"

namespace ulpsim::platform {
namespace {

const power::Technology& technology() {
    static const power::Technology t = test::asic28();
    return t;
}

const TradeOff& row(const std::vector<TradeOff>& all, TradedOperation operation, unsigned terms) {
    for (const TradeOff& one : all)
        if (one.operation == operation && one.terms == terms) return one;
    throw std::logic_error("no such row");
}

double pj(const power::Operation& operation) { return power::energy(technology(), operation) / power::picojoules(1); }
double um2(const power::Operation& operation) {
    return power::area(technology(), operation) / power::square_micrometres(1);
}
/// Words of `bits` in front of and behind an operator: two expansions and a value; a cycle's energy, and area.
double register_pj(double bits) { return 0.0063 * 1.25 * bits; }
double register_um2(double bits) { return 2.85 * bits; }

TEST(ExpansionCosts, OfADoubleWordSumAreThoseOfItsTwentyAdditions) {
    const auto all = trade_offs(arithmetic::bf16, technology());
    const TradeOff& add = row(all, TradedOperation::add, 2);
    const power::Operation adder = power::Add{arithmetic::bf16, arithmetic::rne},
                           pair = power::TwoSum{arithmetic::bf16};
    EXPECT_EQ(add.sequential->cycles, 20);
    EXPECT_NEAR(add.sequential->energy_pj, 20 * (pj(adder) + register_pj(160)), 1e-9);
    EXPECT_NEAR(add.sequential->area_um2, um2(adder) + register_um2(160), 1e-6);
    EXPECT_NEAR(add.sequential->latency_ps, 20 * power::delay_ps(technology(), adder), 1e-6);
    EXPECT_EQ(add.dedicated->cycles, 6);
    EXPECT_NEAR(add.dedicated->energy_pj, 4 * pj(pair) + 2 * pj(adder) + 6 * register_pj(160), 1e-9);
    EXPECT_NEAR(add.dedicated->area_um2, um2(adder) + um2(pair) + register_um2(160), 1e-6);
    EXPECT_EQ(name(add.native), "e8m15");
    const power::Operation wide = power::Add{add.native, arithmetic::rne};
    EXPECT_NEAR(add.wide->energy_pj, pj(wide) + register_pj(24 * 6), 1e-9);
    EXPECT_NEAR(add.wide->area_um2, um2(wide) + register_um2(24 * 6), 1e-6);
}

TEST(ExpansionCosts, OfADotProductAreAStepAndItsShareOfTheEnd) {
    const auto all = trade_offs(arithmetic::bf16, technology());
    const TradeOff& dot = row(all, TradedOperation::dot, 2);
    EXPECT_EQ(dot.sequential->cycles, 10 + 6.0 / 64);
    EXPECT_EQ(dot.dedicated->cycles, 4 + 1.0 / 64);
    power::Mac mac;
    mac.dot.a = mac.dot.b = arithmetic::bf16;
    mac.dot.accumulator = dot.native;
    EXPECT_NEAR(dot.wide->energy_pj, pj(mac) + register_pj(24 * 6), 1e-9);
}

TEST(ExpansionCosts, OfAProductAreThoseOfItsParts) {
    const auto all = trade_offs(arithmetic::bf16, technology());
    const TradeOff &product = row(all, TradedOperation::product, 2), &add = row(all, TradedOperation::add, 2),
                   &multiply = row(all, TradedOperation::multiply, 2);
    EXPECT_EQ(product.dedicated->cycles, add.dedicated->cycles + multiply.dedicated->cycles);
    EXPECT_NEAR(product.dedicated->energy_pj, add.dedicated->energy_pj + multiply.dedicated->energy_pj, 1e-9);
    power::Mac terms;
    terms.dot.a = terms.dot.b = arithmetic::bf16;
    terms.dot.accumulator = product.native;
    const double step = pj(terms) + register_pj(2 * (16 + 16 + 24));
    EXPECT_EQ(product.leading->cycles, 3);
    EXPECT_NEAR(product.leading->energy_pj, 3 * step, 1e-9);
    EXPECT_NEAR(product.all->energy_pj, 4 * step, 1e-9);
    EXPECT_NEAR(product.leading->area_um2, um2(terms) + register_um2(2 * (16 + 16 + 24)), 1e-6);
    power::Mac wide = terms;
    wide.dot.a = wide.dot.b = product.native;
    EXPECT_NEAR(product.wide->energy_pj, pj(wide) + register_pj(24 * 6), 1e-9);
    EXPECT_FALSE(add.leading.has_value());
}

TEST(ExpansionCosts, OneTermIsTheBaseFormatsOwnOperator) {
    for (const TradeOff& one : trade_offs(arithmetic::fp16, technology())) {
        EXPECT_EQ(one.terms == 1, !one.sequential.has_value());
        EXPECT_EQ(one.terms == 1, !one.dedicated.has_value());
        if (one.terms == 1) {
            EXPECT_EQ(one.native, arithmetic::fp16);
        }
    }
}

TEST(ExpansionCosts, NameNoNativeFormatBeyondBinary64sPrecision) {
    const auto all = trade_offs(arithmetic::fp32, technology());
    EXPECT_EQ(name(row(all, TradedOperation::multiply, 2).native), "e8m47");
    EXPECT_FALSE(row(all, TradedOperation::multiply, 3).wide.has_value());
}

TEST(ExpansionCosts, VerdictsNameTheWinnerBeyondATie) {
    EXPECT_EQ(verdict(4.2, 1), "native 4.2x");
    EXPECT_EQ(verdict(1, 1.5), "expansion 1.5x");
    EXPECT_EQ(verdict(1.14, 1), "tie");
    EXPECT_EQ(verdict(1, 1.14), "tie");
}

}  // namespace
}  // namespace ulpsim::platform

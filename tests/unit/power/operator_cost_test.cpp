// Operators against the tables of facts/power.md (1.2 and 1.5) and the ratios measured by synthesis (facts/synthesis.md
// 4).
#include <gtest/gtest.h>

#include <cmath>

#include "models/arithmetic/error.hpp"
#include "power/costs/costs.hpp"
#include "power/costs/operator_features.hpp"
#include "tests/support/asic28.hpp"

namespace ulpsim::power {
namespace {

using arithmetic::Format;
using arithmetic::parse_format;
using arithmetic::rne;

/// The tables are of units that flush subnormals.
Format flushed(const char* name) {
    Format format = parse_format(name);
    format.subnormals = false;
    return format;
}

Mac mac(const Format& a, const Format& b, const Format& accumulator) {
    arithmetic::Dot dot;
    dot.a = a;
    dot.b = b;
    dot.accumulator = accumulator;
    return Mac{dot};
}
Mac flushed_mac(const char* input, const char* accumulator) {
    return mac(flushed(input), flushed(input), flushed(accumulator));
}
Add flushed_add(const char* format) { return {flushed(format), rne}; }
Multiply flushed_multiply(const char* format) { return {flushed(format), flushed(format), flushed(format), rne}; }

const Technology& technology() {
    static const Technology t = test::asic28();
    return t;
}
double picojoules_of(const Operation& operation) { return energy(technology(), operation) / picojoules(1); }
double um2_of(const Operation& operation) { return area(technology(), operation) / square_micrometres(1); }

/// Half of the last digit that a table prints, and 0.1 %: the coefficients too are printed to three or four digits.
double half_a_digit(double digit, double printed) { return digit / 2 + 0.001 * printed; }

struct Row {
    Operation operation;
    double pj, um2;
};

TEST(OperatorCost, IsThatOfThePublishedTableToItsLastDigit) {
    const Row rows[] = {
        {flushed_mac("e2m1", "e8m23"), 0.333, 881},
        {flushed_mac("e3m2", "e8m23"), 0.370, 901},
        {flushed_mac("e4m3", "e8m23"), 0.413, 930},
        {flushed_mac("e5m2", "e8m23"), 0.370, 906},
        {flushed_mac("e4m3", "e5m10"), 0.280, 494},
        {flushed_mac("e5m2", "e5m10"), 0.239, 470},
        {flushed_mac("e6m9", "e6m9"), 0.746, 1070},
        {flushed_mac("e8m7", "e8m23"), 0.651, 1134},
        {flushed_mac("e5m10", "e8m23"), 0.901, 1363},
        {flushed_mac("e8m7", "e8m7"), 0.547, 811},
        {flushed_mac("e5m10", "e5m10"), 0.856, 1213},
        {flushed_mac("e8m10", "e8m23"), 0.901, 1371},
        {flushed_mac("e8m23", "e8m23"), 2.921, 4024},
        {flushed_mac("e11m52", "e11m52"), 11.693, 15767},
        {flushed_mac("int4", "int16"), 0.114, 126},
        {flushed_mac("int4", "int32"), 0.176, 194},
        {flushed_mac("int8", "int32"), 0.300, 331},
        {flushed_mac("int16", "int48"), 0.823, 906},
        {flushed_add("e5m10"), 0.360, 430},
        {flushed_multiply("e5m10"), 0.431, 581},
        {flushed_add("e8m7"), 0.299, 372},
        {flushed_multiply("e8m7"), 0.233, 328},
        {flushed_add("e8m23"), 0.750, 889},
        {flushed_multiply("e8m23"), 1.981, 2630},
        {flushed_add("e11m52"), 1.647, 1936},
        {flushed_multiply("e11m52"), 9.509, 12547},
    };
    for (const auto& [operation, pj, um2] : rows) {
        EXPECT_NEAR(picojoules_of(operation), pj, half_a_digit(0.001, pj)) << text(operation);
        EXPECT_NEAR(um2_of(operation), um2, half_a_digit(1, um2)) << text(operation);
    }
}

/// E0 and area of the fit as facts/power.md 1.2 prints them, before any calibration.
TEST(OperatorFeatures, TimesTheFitsCoefficientsGiveTheFit) {
    Technology fit = test::asic28();
    fit.logic.energy_scale_float.value = fit.logic.area_scale_float.value = 1;
    const Row rows[] = {
        {flushed_multiply("e2m1"), 0.057, 43},       {flushed_multiply("e4m3"), 0.196, 138},
        {flushed_multiply("e6m9"), 1.114, 719},      {flushed_multiply("e8m10"), 1.340, 867},
        {flushed_add("e4m3"), 0.518, 302},           {flushed_add("e5m2"), 0.460, 276},
        {flushed_add("e6m9"), 1.057, 605},           {flushed_add("e8m10"), 1.185, 686},
        {flushed_mac("e4m3", "e6m9"), 0.841, 687},   {flushed_mac("e4m3", "e4m3"), 0.735, 522},
        {flushed_mac("e5m2", "e5m2"), 0.550, 410},   {flushed_mac("e4m3", "e8m7"), 0.777, 608},
        {flushed_mac("e3m4", "e8m23"), 1.439, 1418},
    };
    for (const auto& [operation, pj, um2] : rows) {
        EXPECT_NEAR(energy(fit, operation) / picojoules(1), pj, half_a_digit(0.001, pj)) << text(operation);
        EXPECT_NEAR(area(fit, operation) / square_micrometres(1), um2, half_a_digit(1, um2)) << text(operation);
    }
}

TEST(OperatorCost, OfMxIsThatOfItsElementsAndTheirScales) {
    const Format element = parse_format("e4m3fn"), block = parse_format("mx(e4m3fn,32)");
    const Mac plain = mac(element, element, arithmetic::fp32), blocked = mac(block, block, arithmetic::fp32);
    EXPECT_EQ(picojoules_of(blocked), picojoules_of(plain));  // exponent bits are area only, as in the fit
    EXPECT_GT(um2_of(blocked), um2_of(plain));
    EXPECT_LT(um2_of(blocked), 1.1 * um2_of(plain));
}

TEST(OperatorCost, OfIntegersIntoAFloatAlignsAndNormalises) {
    const Format int8 = parse_format("int8");
    EXPECT_GT(um2_of(mac(int8, int8, arithmetic::fp32)), 2 * um2_of(mac(int8, int8, parse_format("int32"))));
}

TEST(OperatorCost, OfUnequalInputsLiesBetweenTheEqualOnes) {
    const Format e4m3 = flushed("e4m3"), bf16 = flushed("e8m7"), fp32 = flushed("e8m23");
    const Operation narrow = mac(e4m3, e4m3, fp32), mixed = mac(e4m3, bf16, fp32), wide = mac(bf16, bf16, fp32);
    EXPECT_LT(picojoules_of(narrow), picojoules_of(mixed));
    EXPECT_LT(picojoules_of(mixed), picojoules_of(wide));
    EXPECT_LT(um2_of(narrow), um2_of(mixed));
    EXPECT_LT(um2_of(mixed), um2_of(wide));
    EXPECT_EQ(picojoules_of(mixed), picojoules_of(mac(bf16, e4m3, fp32)));
}

TEST(OperatorCost, OfSubnormalsIsTheMeasuredFactor) {
    const Format e4m3 = parse_format("e4m3"), bf16 = arithmetic::bf16, fp32 = arithmetic::fp32;
    EXPECT_NEAR(picojoules_of(mac(e4m3, e4m3, fp32)) / picojoules_of(flushed_mac("e4m3", "e8m23")), 1.09, 1e-9);
    EXPECT_NEAR(um2_of(mac(e4m3, e4m3, fp32)) / um2_of(flushed_mac("e4m3", "e8m23")), 1.06, 1e-9);
    EXPECT_NEAR(picojoules_of(Add{bf16, rne}) / picojoules_of(flushed_add("e8m7")), 1.12, 1e-9);
    EXPECT_NEAR(um2_of(Multiply{bf16, bf16, bf16, rne}) / um2_of(flushed_multiply("e8m7")), 1.28, 1e-9);
}

/// Synthesised: sr4, sr8, sr12, sr16 add 15, 20, 28, 39 % of area to e4m3 into e6m9, and 20 to 50 % of energy; in bf16
/// into bf16, whose window is wide anyway, sr8 is nearly free. The model is held to within 8 points of each.
TEST(OperatorCost, OfStochasticRoundingIsNearTheMeasuredOne) {
    const struct {
        int bits;
        double area, energy;
    } measured[] = {{4, 0.15, 0.20}, {8, 0.20, 0.34}, {12, 0.28, 0.37}, {16, 0.39, 0.50}};
    const Mac plain = flushed_mac("e4m3", "e6m9");
    for (const auto& [bits, more_area, more_energy] : measured) {
        Mac stochastic = plain;
        stochastic.dot.rounding = arithmetic::parse_rounding("sr" + std::to_string(bits));
        EXPECT_NEAR(um2_of(stochastic) / um2_of(plain) - 1, more_area, 0.08) << bits;
        EXPECT_NEAR(picojoules_of(stochastic) / picojoules_of(plain) - 1, more_energy, 0.12) << bits;
    }
    Mac bf16 = flushed_mac("e8m7", "e8m7");
    const double nearest = um2_of(bf16);
    bf16.dot.rounding = arithmetic::parse_rounding("sr8");
    EXPECT_GT(um2_of(bf16), nearest);
    EXPECT_NEAR(um2_of(bf16) / nearest, 0.98, 0.08);
}

/// Synthesised ratios of a dedicated 2Sum to one adder: e4m3, bf16, fp16, fp32.
TEST(OperatorCost, OfADedicatedTwoSumIsOneAdderAndAHalf) {
    const struct {
        const char* format;
        double ratio;
    } measured[] = {{"e4m3", 1.34}, {"bf16", 1.46}, {"fp16", 1.52}, {"fp32", 1.70}};
    for (const auto& [name, ratio] : measured) {
        const Format format = parse_format(name);
        EXPECT_NEAR(um2_of(TwoSum{format}) / um2_of(Add{format, rne}), ratio, 0.07) << name;
        const double energies = picojoules_of(TwoSum{format}) / picojoules_of(Add{format, rne});
        EXPECT_GE(energies, 1.2) << name;
        EXPECT_LE(energies, 1.4) << name;
    }
}

/// It does more than a product and less than a product and a fused multiply-add, which it replaces.
TEST(OperatorCost, OfADedicatedTwoProductLiesBetweenAProductAndItsReplacement) {
    for (const char* name : {"e4m3", "e5m2", "bf16", "fp16", "fp32"}) {
        const Format f = parse_format(name);
        const Operation product = Multiply{f, f, f, rne}, fused = Fma{f, f, f, rne}, pair = TwoProduct{f};
        EXPECT_GT(picojoules_of(pair), picojoules_of(product)) << name;
        EXPECT_LT(picojoules_of(pair), picojoules_of(product) + picojoules_of(fused)) << name;
        EXPECT_GT(um2_of(pair), um2_of(product)) << name;
        EXPECT_LT(um2_of(pair), um2_of(product) + um2_of(fused)) << name;
        EXPECT_EQ(delay_ps(technology(), pair), delay_ps(technology(), fused)) << name;
    }
}

TEST(OperatorCost, OfADedicatedTwoSumsDelayIsNearTheSynthesisedOnes) {
    const std::pair<const char*, double> measured[] = {{"e4m3", 1.36}, {"bf16", 1.19}, {"fp16", 1.30}, {"fp32", 1.36}};
    for (const auto& [name, ratio] : measured) {
        const Format format = parse_format(name);
        EXPECT_NEAR(delay_ps(technology(), TwoSum{format}) / delay_ps(technology(), Add{format, rne}), ratio, 0.12)
            << name;
    }
}

TEST(OperatorCost, OfARoundedProductIsMoreThanOfAnExactOne) {
    Mac rounded = flushed_mac("e8m7", "e8m23");
    const double exact = um2_of(rounded);
    rounded.dot.product = flushed("e8m7");
    EXPECT_GT(um2_of(rounded), exact);
    // A product of as many bits as the exact one differs by its rounding alone: 16 carry bits.
    rounded.dot.product = flushed("e8m15");
    EXPECT_NEAR(um2_of(rounded) - exact, 16 * 5.610 * 0.6786, 1e-6);
}

TEST(OperatorCost, OfAChunkAddsAnOuterAdderUsedOnceAChunk) {
    const Mac plain = flushed_mac("e4m3", "e5m10");
    Mac chunk = plain;
    chunk.dot.order = arithmetic::Order::chunk;
    chunk.dot.length = 16;
    chunk.dot.outer = flushed("e8m23");
    EXPECT_NEAR(picojoules_of(chunk), picojoules_of(plain) + picojoules_of(flushed_add("e8m23")) / 16, 1e-9);
    EXPECT_NEAR(um2_of(chunk), um2_of(plain) + um2_of(flushed_add("e8m23")), 1e-6);
}

/// facts/power.md 1.4: four aligned e4m3 products into e8m23 take about 0.46 of the area of four separate units.
TEST(OperatorCost, OfAnAlignedGroupIsAboutHalfOfSeparateUnits) {
    const Mac separate = flushed_mac("e4m3", "e8m23");
    Mac aligned = separate;
    aligned.dot.order = arithmetic::Order::align;
    aligned.dot.length = 4;
    EXPECT_NEAR(um2_of(aligned) / um2_of(separate), 0.46, 0.03);
    const double none = um2_of(aligned);
    aligned.dot.guard = 4;
    const double four = um2_of(aligned);
    aligned.dot.guard_exact = true;
    EXPECT_LT(none, four);
    EXPECT_LT(four, um2_of(aligned)) << "the whole range is wider than four guard bits";
}

TEST(OperatorCost, OfATreeIsOneMultiplierAndOneAdderAProduct) {
    Mac tree = flushed_mac("e4m3", "e8m23");
    tree.dot.order = arithmetic::Order::tree;
    tree.dot.length = 8;
    const double multiplier_cells = 12 * 6.477 * 0.6786, exponents = 8 * 1.974 * 0.6786;
    EXPECT_NEAR(um2_of(tree), multiplier_cells + exponents + um2_of(flushed_add("e8m23")), 1e-6);
    EXPECT_NEAR(picojoules_of(tree), 12 * 0.01039 * 0.3213 + picojoules_of(flushed_add("e8m23")), 1e-9);
}

TEST(OperatorCost, OfAMultiplyAddWithAFreshAddendIsAtLeastARunningSums) {
    const Format e4m3 = flushed("e4m3"), fp32 = flushed("e8m23");
    EXPECT_GT(picojoules_of(Fma{e4m3, e4m3, fp32, rne}), picojoules_of(flushed_mac("e4m3", "e8m23")));
    EXPECT_EQ(um2_of(Fma{e4m3, e4m3, fp32, rne}), um2_of(flushed_mac("e4m3", "e8m23")));
}

TEST(OperatorCost, OfADivisionIsTheMeasuredMultipleOfAMultiplication) {
    const Format fp32 = arithmetic::fp32;
    EXPECT_NEAR(picojoules_of(Divide{fp32}), 7.1 * picojoules_of(Multiply{fp32, fp32, fp32, rne}), 1e-9);
    EXPECT_GT(um2_of(Divide{fp32}), 0);
}

TEST(OperatorCost, OfAnElementaryFunctionIsItsMultiplyAdds) {
    const Format fp32 = arithmetic::fp32;
    const double fma = picojoules_of(Fma{fp32, fp32, fp32, rne});
    EXPECT_NEAR(picojoules_of(Elementary{Elementary::Function::exp, fp32}), 8 * fma, 1e-9);  // 2 + 24 / 4
    EXPECT_NEAR(um2_of(Elementary{Elementary::Function::exp, fp32}), um2_of(Fma{fp32, fp32, fp32, rne}), 1e-9);
}

TEST(OperatorCost, OfAConversionGrowsWithWhatItDoes) {
    const Format fp32 = arithmetic::fp32, bf16 = arithmetic::bf16, e4m3fn = parse_format("e4m3fn");
    const auto pj = [](Format from, Format to, const char* rounding = "rne") {
        return picojoules_of(Convert{from, to, arithmetic::parse_rounding(rounding)});
    };
    EXPECT_EQ(pj(bf16, fp32), 0) << "widening moves wires; its exponent costs area alone";
    EXPECT_GT(um2_of(Convert{bf16, fp32, rne}), 0);
    EXPECT_NEAR(pj(fp32, bf16), 9 * 0.00895 * 0.3213, 1e-9);  // M + 2 carry bits
    EXPECT_GT(pj(fp32, e4m3fn, "sr8"), pj(fp32, e4m3fn));
    EXPECT_GT(pj(fp32, e4m3fn), pj(fp32, flushed("e4m3fn"))) << "subnormal results take a shifter";
    EXPECT_GT(pj(fp32, parse_format("exp(bf16,2)")), 2 * pj(fp32, bf16)) << "and the subtraction between the terms";
    EXPECT_GT(pj(parse_format("exp(bf16,2)"), fp32), 0);
}

/// Synthesised delays with subnormals (Nangate45, ns); the fit's largest error over all of its units is 17 %.
TEST(OperatorDelay, IsNearTheSynthesisedOneBeforeItsScale) {
    Technology fit = test::asic28();
    fit.delay.scale.value = 1;
    const Format e4m3 = parse_format("e4m3"), e5m2 = parse_format("e5m2"), bf16 = arithmetic::bf16;
    const Format fp16 = arithmetic::fp16, fp32 = arithmetic::fp32;
    const Format int8 = parse_format("int8"), int32 = parse_format("int32");
    const struct {
        Operation operation;
        double ns;
    } measured[] = {
        {mac(e4m3, e4m3, fp32), 3.65},
        {mac(bf16, bf16, fp32), 4.85},
        {mac(fp32, fp32, fp32), 7.52},
        {mac(e5m2, e5m2, fp32), 3.49},
        {mac(fp16, fp16, fp16), 4.42},
        {mac(bf16, bf16, bf16), 4.02},
        {Add{e4m3, rne}, 1.37},
        {Add{bf16, rne}, 2.40},
        {Add{fp32, rne}, 3.40},
        {Multiply{e4m3, e4m3, e4m3, rne}, 1.22},
        {Multiply{bf16, bf16, bf16, rne}, 2.14},
        {Multiply{fp32, fp32, fp32, rne}, 4.04},
        {mac(int8, int8, int32), 1.45},
        {mac(parse_format("int4"), parse_format("int4"), parse_format("int16")), 0.79},
        {Add{int8, rne}, 0.28},
        {Multiply{int8, int8, parse_format("int16"), rne}, 0.82},
        {Multiply{int32, int32, parse_format("int53"), rne}, 2.30},
    };
    for (const auto& [operation, ns] : measured)
        EXPECT_NEAR(delay_ps(fit, operation), 1000 * ns, 170 * ns) << text(operation);
    EXPECT_NEAR(delay_ps(technology(), mac(fp32, fp32, fp32)), 0.74 * delay_ps(fit, mac(fp32, fp32, fp32)), 1e-6);
    EXPECT_THROW(delay_ps(technology(), Compare{32}), Error);
}

}  // namespace
}  // namespace ulpsim::power

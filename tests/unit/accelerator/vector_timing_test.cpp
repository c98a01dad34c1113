#include "models/accelerator/vector_timing.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ulpsim::models {
namespace {

TEST(VectorTiming, KnowsPowersOfTwo) {
    for (const double power : {1.0, 2.0, 0.5, -4.0, 0x1p-1074, 0x1p1023}) EXPECT_TRUE(is_power_of_two(power)) << power;
    for (const double other :
         {0.0, 3.0, 0.1, 0x1.8p0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        EXPECT_FALSE(is_power_of_two(other)) << other;
}

TEST(VectorTiming, AConversionTakesASlotAndAMultiplicationOneMore) {
    ConvertCommand command{.factor = 0.25, .rows = 3, .columns = 7};
    EXPECT_EQ(vector_slots(command), 21U);
    command.factor = 1.0 / 3;
    EXPECT_EQ(vector_slots(command), 42U);
}

TEST(VectorTiming, AConversionPaysForScales) {
    ConvertCommand command{.divide = true, .rows = 3, .columns = 7};
    EXPECT_EQ(vector_slots(command), 21U);  // by a power of two: exponents
    command.scales.powers_of_two = false;
    EXPECT_EQ(vector_slots(command), 21U * 9);  // a quotient of 8 slots, and its rounding
    command = {.out = {.format = arithmetic::parse_format("mx(e4m3fn,32)")}, .rows = 3, .columns = 32};
    EXPECT_EQ(vector_slots(command), 96U * 2);  // the largest of each block first
    UpdateCommand update{.has_weight = true, .rows = 3, .columns = 32};
    EXPECT_EQ(vector_slots(update), 96U * 3);
    update.weight.format = command.out.format;
    EXPECT_EQ(vector_slots(update), 96U * 4);
}

TEST(VectorTiming, ColumnSumsTakeASlotAnElementAndTheOutputsOnceAtTheEnd) {
    ColumnSumsCommand command{.factor = 1, .last = false, .rows = 64, .columns = 10};
    EXPECT_EQ(vector_slots(command), 640U);
    command.last = true;
    EXPECT_EQ(vector_slots(command), 650U);
    command.factor = 0.1;
    EXPECT_EQ(vector_slots(command), 660U);
}

TEST(VectorTiming, SoftmaxPaysForItsElementaryFunctionsAndDivisions) {
    // An element: max, subtract, exp (12), sum, divide (8), subtract, scale, round: 26. A row: log (12) and 3 more.
    EXPECT_EQ(vector_slots(SoftmaxCommand{.rows = 64, .columns = 10}), 64U * (10 * 26 + 15));
}

TEST(VectorTiming, AnUpdatePaysForWhatItDoes) {
    UpdateCommand command{.rows = 8, .columns = 9};
    EXPECT_EQ(vector_slots(command), 72U * 2);
    command.momentum = 0.9;
    EXPECT_EQ(vector_slots(command), 72U * 3);
    command.weight_decay = 1e-4;
    EXPECT_EQ(vector_slots(command), 72U * 4);
    command.has_weight = true;
    EXPECT_EQ(vector_slots(command), 72U * 5);
}

TEST(VectorTiming, CountingTakesASlotAnElement) { EXPECT_EQ(vector_slots(CountCommand{.rows = 5, .columns = 6}), 30U); }

TEST(VectorTiming, AddsToExpansionsByTheOperationsOfTheirAlgorithms) {
    // DWPlusFP: 2Sum (6 additions), addition, Fast2Sum (3 additions).
    EXPECT_EQ(expansion_slots(2, TwoSum::sequential), 6U + 1 + 3);
    EXPECT_EQ(expansion_slots(2, TwoSum::dedicated), 3U);
    for (const unsigned terms : {3U, 4U}) {
        // VecSum and VecSumErrBranch over terms + 1 values take `terms` 2Sums each; the merge compares.
        const auto add = expansion_add(terms, TwoSum::dedicated);
        EXPECT_EQ(add.two_sums, 2 * terms);
        EXPECT_EQ(add.adds, 0U);
        const unsigned compares =
            2 * terms;  // the value's place among the terms, and a zero test a 2Sum of the second pass
        EXPECT_EQ(add.compares, compares);
        EXPECT_EQ(expansion_slots(terms, TwoSum::sequential), 12 * terms + compares);
        EXPECT_EQ(expansion_slots(terms, TwoSum::dedicated), 2 * terms + compares);
    }
}

}  // namespace
}  // namespace ulpsim::models

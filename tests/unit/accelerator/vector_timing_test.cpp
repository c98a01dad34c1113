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

TEST(VectorTiming, ConversionsOfExpansionsPayForEachTermAndTheSumsBetween) {
    ConvertCommand command{.rows = 3, .columns = 7};
    command.in.format = arithmetic::fp32;
    command.out.format = arithmetic::parse_format("exp(bf16,3)");  // three roundings and two differences
    EXPECT_EQ(vector_slots(command), 21U * 5);
    std::swap(command.in, command.out);  // two sums and a rounding
    EXPECT_EQ(vector_slots(command), 21U * 3);
}

}  // namespace
}  // namespace ulpsim::models

#include "models/accelerator/expansion_timing.hpp"

#include <gtest/gtest.h>

#include "models/accelerator/vector_timing.hpp"
#include "models/arithmetic/expansion_counts.hpp"
#include "power/costs/costs.hpp"
#include "tests/support/asic28.hpp"

namespace ulpsim::models {
namespace {

using arithmetic::base_operations;
using arithmetic::BaseOperations;
using arithmetic::ExpansionOperation;

std::uint64_t slots(ExpansionOperation operation, unsigned terms, TwoSum twosum, std::uint64_t length = 1) {
    return issue_slots(issued(base_operations(operation, terms, length), twosum));
}

/// Counts in base additions, products and so on: facts arithmetic 3.6.
TEST(ExpansionTiming, OfDoubleWordsIsTheLiteraturesCountOfOperations) {
    EXPECT_EQ(slots(ExpansionOperation::add_value, 2, TwoSum::sequential), 10U);
    EXPECT_EQ(slots(ExpansionOperation::add, 2, TwoSum::sequential), 20U);
    EXPECT_EQ(slots(ExpansionOperation::multiply_value, 2, TwoSum::sequential), 6U);
    EXPECT_EQ(slots(ExpansionOperation::multiply, 2, TwoSum::sequential), 8U);
    EXPECT_EQ(slots(ExpansionOperation::compare, 2, TwoSum::sequential), 21U);
    EXPECT_EQ(slots(ExpansionOperation::dot, 2, TwoSum::sequential, 10), 10 * 10U + 6);
    // 2Sum, addition, Fast2Sum. 2Sum twice, Fast2Sum twice, two additions. 2Prod, product, FMA, addition, Fast2Sum.
    EXPECT_EQ(slots(ExpansionOperation::add_value, 2, TwoSum::dedicated), 3U);
    EXPECT_EQ(slots(ExpansionOperation::add, 2, TwoSum::dedicated), 6U);
    EXPECT_EQ(slots(ExpansionOperation::multiply, 2, TwoSum::dedicated), 5U);
    EXPECT_EQ(slots(ExpansionOperation::dot, 2, TwoSum::dedicated, 10), 10 * 4U + 1);
}

TEST(ExpansionTiming, OfMoreTermsIsThatOfTheNetworks) {
    for (const unsigned terms : {3U, 4U}) {
        // VecSum and VecSumErrBranch over terms + 1 values take `terms` 2Sums each; the value finds its place by
        // comparisons, and each 2Sum of the second pass has a zero test.
        EXPECT_EQ(issued(base_operations(ExpansionOperation::add_value, terms), TwoSum::dedicated),
                  (BaseOperations{.two_sums = 2 * terms, .compares = 2 * terms}));
        EXPECT_EQ(slots(ExpansionOperation::add_value, terms, TwoSum::sequential), 12 * terms + 2 * terms);
        EXPECT_EQ(slots(ExpansionOperation::add_value, terms, TwoSum::dedicated), 2 * terms + 2 * terms);
    }
}

TEST(ExpansionTiming, DivisionsAndRootsTakeTheirIterations) {
    EXPECT_EQ(slots(ExpansionOperation::divide, 2, TwoSum::dedicated), 3U + 1 + 4 + 1 + 2 * divide_slots);
    EXPECT_EQ(slots(ExpansionOperation::square_root, 2, TwoSum::dedicated), 1U + 1 + 1 + 2 * divide_slots);
}

TEST(ExpansionTiming, LatencyIsOnePipelineAnOperationOneAfterTheOther) {
    EXPECT_EQ(issue_latency(issued(base_operations(ExpansionOperation::add_value, 2), TwoSum::dedicated)),
              3U * vector_latency);
    EXPECT_EQ(issue_latency(issued(base_operations(ExpansionOperation::add_value, 2), TwoSum::sequential)),
              10U * vector_latency);
    for (const ExpansionOperation operation : arithmetic::expansion_operations)
        for (const unsigned terms : {2U, 3U, 4U}) {
            const BaseOperations work = issued(base_operations(operation, terms, 3), TwoSum::dedicated);
            EXPECT_GE(issue_latency(work), issue_slots(work)) << arithmetic::name(operation);
        }
}

TEST(ExpansionTiming, CyclesAndEnergyOfEveryOperationAreTheSumsOverItsBaseOperations) {
    const power::Technology technology = test::asic28();
    const auto pj = [&](const power::Operation& operation) {
        return power::energy(technology, operation) / power::picojoules(1);
    };
    const arithmetic::Format f = arithmetic::bf16;
    const double add = pj(power::Add{f, arithmetic::rne}), fma = pj(power::Fma{f, f, f, arithmetic::rne}),
                 multiply = pj(power::Multiply{f, f, f, arithmetic::rne}), divide = pj(power::Divide{f}),
                 compare = pj(power::Compare{16}), pair = pj(power::TwoSum{f}), product = pj(power::TwoProduct{f});
    for (const ExpansionOperation operation : arithmetic::expansion_operations)
        for (const unsigned terms : {2U, 3U, 4U})
            for (const std::uint64_t length : {1U, 5U}) {
                const BaseOperations n = base_operations(operation, terms, length);
                const auto real = [](std::uint64_t count) { return static_cast<double>(count); };
                const double others = real(n.adds) * add + real(n.multiplies) * multiply + real(n.fmas) * fma +
                                      real(n.divides + n.roots) * divide + real(n.compares) * compare;
                const double sums = real(n.two_sums + n.fast_two_sums), products = real(n.two_products);
                const auto charged = [&](TwoSum twosum) {
                    double sum = 0;
                    for (const auto& [base, count] :
                         issues(issued(base_operations(operation, terms, length), twosum), f))
                        sum += real(count) * pj(base);
                    return sum;
                };
                EXPECT_NEAR(charged(TwoSum::dedicated), others + sums * pair + products * product, 1e-9);
                const double plain = real(6 * n.two_sums + 3 * n.fast_two_sums) * add + products * (multiply + fma);
                EXPECT_NEAR(charged(TwoSum::sequential), others + plain, 1e-9) << arithmetic::name(operation);
                const std::uint64_t rest = n.adds + n.multiplies + n.fmas + n.compares + 8 * (n.divides + n.roots);
                EXPECT_EQ(slots(operation, terms, TwoSum::dedicated, length),
                          rest + n.two_sums + n.fast_two_sums + n.two_products);
                EXPECT_EQ(slots(operation, terms, TwoSum::sequential, length),
                          rest + 6 * n.two_sums + 3 * n.fast_two_sums + 2 * n.two_products);
            }
}

}  // namespace
}  // namespace ulpsim::models

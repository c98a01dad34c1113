#include "models/accelerator/expansion_unit.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "models/arithmetic/expansion_arithmetic.hpp"
#include "models/arithmetic/expansion_counts.hpp"
#include "tests/support/counted.hpp"
#include "tests/unit/accelerator/commands.hpp"

namespace ulpsim::models {
namespace {

using arithmetic::ExpansionOperation;
using tests::counted;

constexpr std::uint64_t elements = 100;

struct Bench {
    explicit Bench(const ExpansionParameters& parameters) : unit("unit", parameters, 500, ledger.meter("unit")) {}
    power::Ledger ledger;
    ExpansionUnit unit;
};

TEST(ExpansionUnit, ChargesWhatArithmeticExecutesElementByElement) {
    Bench bench({.lanes = 16, .base = arithmetic::bf16, .max_terms = 4, .twosum = TwoSum::sequential});
    arithmetic::Format format = arithmetic::bf16;
    arithmetic::BaseOperations executed;
    std::uint64_t cycles = 0;
    for (const unsigned terms : {2U, 3U, 4U}) {
        format.terms = static_cast<std::uint8_t>(terms);
        arithmetic::ExpansionArithmetic arithmetic(format);
        const arithmetic::Terms x{1.5, 0x1p-9}, y{1.25, -0x1p-10};
        arithmetic.add(x, y);
        arithmetic.multiply(x, y);
        arithmetic.divide(x, y);
        arithmetic.square_root(x);
        arithmetic.compare(x, y);
        executed += with_plain_operators(arithmetic.executed());
        for (const auto operation : {ExpansionOperation::add, ExpansionOperation::multiply, ExpansionOperation::divide,
                                     ExpansionOperation::square_root, ExpansionOperation::compare}) {
            const arithmetic::BaseOperations work = arithmetic::base_operations(operation, terms);
            bench.unit.perform(work, elements, {});
            cycles += bench.unit.cycles(work, elements);
        }
    }
    EXPECT_EQ(counted<power::Add>(bench.ledger), elements * executed.adds);
    EXPECT_EQ(counted<power::Multiply>(bench.ledger), elements * executed.multiplies);
    EXPECT_EQ(counted<power::Fma>(bench.ledger), elements * executed.fmas);
    EXPECT_EQ(counted<power::Divide>(bench.ledger), elements * (executed.divides + executed.roots));
    EXPECT_EQ(counted<power::Compare>(bench.ledger), elements * executed.compares);
    EXPECT_EQ(counted<power::TwoSum>(bench.ledger), 0U);
    EXPECT_EQ(bench.unit.inventory().clocked_cycles.at({}), cycles);
}

TEST(ExpansionUnit, RunsItsLanesSideBySide) {
    Bench bench({.lanes = 16, .base = arithmetic::bf16, .max_terms = 3, .twosum = TwoSum::dedicated});
    const arithmetic::BaseOperations sum = arithmetic::base_operations(ExpansionOperation::add_value, 2);
    EXPECT_EQ(bench.unit.cycles(sum, 16), 3U);
    EXPECT_EQ(bench.unit.cycles(sum, 17), 6U);
    EXPECT_EQ(bench.unit.latency(sum), 12U);
}

TEST(ExpansionUnit, HasTheOperatorsThatItsWorkNeeds) {
    Bench bench({.lanes = 8, .base = arithmetic::bf16, .max_terms = 3, .twosum = TwoSum::dedicated});
    EXPECT_EQ(bench.unit.inventory().operators.size(), 3U) << "2Sum, addition, comparison";
    bench.unit.perform(arithmetic::base_operations(ExpansionOperation::multiply, 2), 1, {});
    const power::Inventory inventory = bench.unit.inventory();
    ASSERT_EQ(inventory.operators.size(), 6U) << "and 2Prod, product, fused multiply-add";
    for (const auto& [operation, count] : inventory.operators) EXPECT_EQ(count, 8U) << power::text(operation);
    EXPECT_EQ(inventory.register_bits, 8U * 16 * 7 * 2);
}

TEST(ExpansionUnit, WithoutLanesRefusesWork) {
    Bench bench({.lanes = 0});
    EXPECT_THROW(bench.unit.perform({.adds = 1}, 1, {}), std::logic_error);
}

}  // namespace
}  // namespace ulpsim::models

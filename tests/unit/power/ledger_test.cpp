#include "power/ledger/ledger.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ulpsim::power {
namespace {

TEST(Ledger, GivesOneIdToOneOperationWhicheverMeterAsks) {
    Ledger ledger;
    Meter &array = ledger.meter("array"), &vector = ledger.meter("vector");
    const OperationId compare = array.intern(Compare{32});
    EXPECT_EQ(vector.intern(Compare{32}), compare);
    EXPECT_EQ(array.intern(Compare{32}), compare);
    EXPECT_NE(array.intern(Compare{16}), compare);
    EXPECT_EQ(text(ledger.operation(compare)), "compare[32b]");
}

TEST(Ledger, RefusesTwoMetersOfOneName) {
    Ledger ledger;
    ledger.meter("dram");
    EXPECT_THROW(ledger.meter("dram"), std::logic_error);
}

TEST(Ledger, RefusesToCountAnOperationThatTheMeterNeverInterned) {
    Ledger ledger;
    Meter &array = ledger.meter("array"), &vector = ledger.meter("vector");
    vector.intern(Compare{8});
    const OperationId compare = vector.intern(Compare{32});
    EXPECT_THROW(array.count(compare, Ledger::unclaimed, 1), std::out_of_range);
}

TEST(Ledger, ListsCellsByNameNotByRegistration) {
    Ledger ledger;
    Meter &vector = ledger.meter("vector"), &array = ledger.meter("array");
    const OperationId write = vector.intern(SramWrite{64, 32}), read = vector.intern(SramRead{64, 32});
    const OperationId compare = array.intern(Compare{8});
    const Tag update = ledger.tag("update", "fc1"), forward = ledger.tag("forward", "fc2");
    vector.count(write, forward, 2);
    vector.count(read, update, 3);
    vector.count(read, forward, 4);
    array.count(compare, update, 5);
    array.count(compare, update, 6);
    array.count(compare, forward, 0);
    std::vector<std::string> rows;
    for (const Cell& cell : ledger.cells())
        rows.push_back(cell.component + " " + cell.operation_text + " " + cell.phase + " " + cell.layer + " " +
                       std::to_string(cell.count));
    EXPECT_EQ(rows, (std::vector<std::string>{
                        "array compare[8b] update fc1 11", "vector sram_read[64b,32KiB] forward fc2 4",
                        "vector sram_read[64b,32KiB] update fc1 3", "vector sram_write[64b,32KiB] forward fc2 2"}));
}

TEST(Ledger, GivesOneTagToOnePhaseAndLayer) {
    Ledger ledger;
    const Tag tag = ledger.tag("forward", "fc1");
    EXPECT_EQ(ledger.tag("forward", "fc1"), tag);
    EXPECT_NE(ledger.tag("forward", "fc2"), tag);
    EXPECT_NE(ledger.tag("backward", "fc1"), tag);
    EXPECT_EQ(ledger.phase(tag), "forward");
    EXPECT_EQ(ledger.layer(tag), "fc1");
    EXPECT_EQ(ledger.phase(Ledger::unclaimed), "other");
    EXPECT_EQ(ledger.layer(Ledger::unclaimed), "-");
}

TEST(Ledger, PhasesSumToNowAndEarlierTimesArePassedOver) {
    Ledger ledger;
    ledger.advance(100, ledger.tag("forward", "fc1"));
    ledger.advance(90, ledger.tag("update", "fc1"));
    ledger.advance(250, ledger.tag("backward", "fc1"));
    ledger.advance(300, ledger.tag("forward", "fc2"));
    EXPECT_EQ(ledger.phase_ps(), (std::map<std::string, std::uint64_t>{{"forward", 150}, {"backward", 150}}));
    EXPECT_EQ(ledger.now_ps(), 300u);
}

TEST(Ledger, KeepsWhatAComponentDidWithItsTime) {
    Ledger ledger;
    Meter& dma = ledger.meter("dma");
    dma.busy(10);
    dma.busy(5);
    dma.stalled(Cause::memory, 7);
    dma.stalled(Cause::memory, 1);
    dma.stalled(Cause::port, 2);
    const Activity activity = ledger.activity().at("dma");
    EXPECT_EQ(activity.busy_ps, 15u);
    EXPECT_EQ(activity.stalled_ps, (std::map<Cause, std::uint64_t>{{Cause::memory, 8}, {Cause::port, 2}}));
}

}  // namespace
}  // namespace ulpsim::power

#include "platform/runtime/tile_memory.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {
namespace {

using models::Tokens;

TEST(Tokens, TheLaterOfTwoIsTakenQueueByQueue) { EXPECT_EQ(later({1, 5, 0, 7}, {2, 4, 0, 9}), (Tokens{2, 5, 0, 9})); }

TEST(Layout, GivesSlotsBehindEachOtherInGranules) {
    Layout layout;
    Slots a = layout.add(100, 2), b = layout.add(64, 1), c = layout.add(0, 1);
    EXPECT_EQ(layout.bytes(), 2U * 128 + 64 + 64);
    EXPECT_EQ(b.address, 256U);
    EXPECT_EQ(c.address, 320U);
    // Slots are taken in turn.
    EXPECT_EQ(a.take(), 0U);
    EXPECT_EQ(a.take(), 128U);
    EXPECT_EQ(a.take(), 0U);
    EXPECT_EQ(b.take(), 256U);
    EXPECT_EQ(b.take(), 256U);
}

TEST(TileMemory, WindowsFollowEachOtherAndWrapWhereTheNextDoesNotFit) {
    TileMemory memory(1000, 1024, true);
    EXPECT_EQ(memory.open(512), 1000U);
    EXPECT_EQ(memory.open(256), 1512U);
    EXPECT_EQ(memory.peak(), 768U);
    EXPECT_EQ(memory.open(512), 1000U);  // 256 left: around
    EXPECT_EQ(memory.open(512), 1512U);  // exactly to the end
    EXPECT_EQ(memory.open(64), 1000U);
    EXPECT_EQ(memory.peak(), 1024U);
}

TEST(TileMemory, SaysWhichKeyIsTooSmallForAWindow) {
    TileMemory memory(0, 1024, true);
    EXPECT_EQ(memory.open(1024), 0U);
    try {
        memory.open(1088);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "platform.accelerator.scratchpad.size_kib leaves 1024 bytes for tiles; an operation needs 1088");
    }
}

TEST(TileMemory, ARegionWaitsForTheLastUsersOfItsBytesAndNoOthers) {
    TileMemory memory(0, 1024, true);
    EXPECT_EQ(memory.occupy(0, 256), Tokens{});
    EXPECT_EQ(memory.occupy(256, 256), Tokens{});
    memory.vacate(0, {1, 9, 0, 0});
    memory.vacate(256, {3, 2, 0, 0});
    EXPECT_EQ(memory.occupy(512, 256), Tokens{});              // nobody was there
    EXPECT_EQ(memory.occupy(128, 128), (Tokens{1, 9, 0, 0}));  // the end of the first
    EXPECT_EQ(memory.occupy(256, 64), (Tokens{3, 2, 0, 0}));   // the start of the second
    memory.vacate(128, {4, 4, 4, 4});
    EXPECT_EQ(memory.occupy(0, 256), (Tokens{4, 9, 4, 4}));    // what is left of the first, and who came after
    EXPECT_EQ(memory.occupy(320, 192), (Tokens{3, 2, 0, 0}));  // what is left of the second
}

TEST(TileMemory, LaterUsersReplaceEarlierOnes) {
    TileMemory memory(0, 256, true);
    memory.occupy(0, 256);
    memory.vacate(0, {9, 0, 0, 0});
    memory.occupy(0, 256);
    memory.vacate(0, {0, 1, 0, 0});  // whoever took the region waited for the 9 loads
    EXPECT_EQ(memory.occupy(0, 256), (Tokens{0, 1, 0, 0}));
}

TEST(TileMemory, RefusesARegionThatIsInUseAndTheReturnOfOneThatIsNot) {
    TileMemory memory(0, 1024, true);
    memory.occupy(64, 64);
    EXPECT_THROW(memory.occupy(0, 65), std::logic_error);
    EXPECT_THROW(memory.occupy(127, 64), std::logic_error);
    EXPECT_NO_THROW(memory.occupy(0, 64));
    EXPECT_NO_THROW(memory.occupy(128, 64));
    EXPECT_THROW(memory.vacate(65, {}), std::logic_error);
    memory.vacate(64, {});
    EXPECT_THROW(memory.vacate(64, {}), std::logic_error);
}

TEST(TileMemory, WithoutDoubleBufferingATileWaitsUntilTheMemoryIsAtRest) {
    TileMemory memory(0, 1024, false);
    EXPECT_EQ(memory.slots(3), 1U);
    memory.start_tile();
    EXPECT_EQ(memory.occupy(0, 64), Tokens{});
    memory.vacate(0, {1, 2, 3, 4});
    EXPECT_EQ(memory.occupy(64, 64), Tokens{});  // the same tile
    memory.start_tile();
    EXPECT_EQ(memory.occupy(512, 64), (Tokens{1, 2, 3, 4}));  // where nobody was, and yet
}

TEST(TileMemory, WithDoubleBufferingATileWaitsForItsBytesAlone) {
    TileMemory memory(0, 1024, true);
    EXPECT_EQ(memory.slots(3), 3U);
    memory.occupy(0, 64);
    memory.vacate(0, {1, 2, 3, 4});
    memory.start_tile();
    EXPECT_EQ(memory.occupy(512, 64), Tokens{});
}

}  // namespace
}  // namespace ulpsim::platform

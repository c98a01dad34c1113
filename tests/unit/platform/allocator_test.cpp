#include "platform/runtime/allocator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {
namespace {

TEST(Allocator, TakesTheFirstHoleThatIsLargeEnough) {
    Allocator memory("platform.dram.size_mib", 4096, 1024);
    EXPECT_EQ(memory.allocate(64, "a"), 4096U);
    const std::uint64_t b = memory.allocate(128, "b");
    EXPECT_EQ(memory.allocate(64, "c"), 4096U + 192);
    const std::uint64_t d = memory.allocate(256, "d");
    EXPECT_EQ(memory.allocate(64, "e"), d + 256);
    memory.release(b);
    memory.release(d);
    EXPECT_EQ(memory.allocate(192, "too large for b's hole"), d);
    EXPECT_EQ(memory.allocate(100, "fits b's hole"), b);
}

TEST(Allocator, RoundsToBurstsSoThatTensorsShareNone) {
    Allocator memory("m", 0, 1024);
    EXPECT_EQ(memory.allocate(1, "a"), 0U);
    EXPECT_EQ(memory.allocate(65, "b"), 64U);
    EXPECT_EQ(memory.allocate(0, "nothing has an address too"), 192U);
    EXPECT_EQ(memory.used(), 256U);
}

TEST(Allocator, HolesMergeInWhateverOrderTheyCome) {
    for (const auto& order : {std::array{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
        Allocator memory("m", 640, 192);
        std::array<std::uint64_t, 3> addresses{};
        for (std::uint64_t& address : addresses) address = memory.allocate(64, "x");
        EXPECT_FALSE(memory.fits(1));
        for (const int i : order) memory.release(addresses[static_cast<std::size_t>(i)]);
        EXPECT_TRUE(memory.fits(192));
        EXPECT_EQ(memory.allocate(192, "all of it"), 640U);
    }
}

TEST(Allocator, RemembersThePeakOfWhatItHeld) {
    Allocator memory("m", 0, 1024);
    const std::uint64_t a = memory.allocate(512, "a"), b = memory.allocate(256, "b");
    memory.release(a);
    memory.release(b);
    memory.allocate(64, "c");
    EXPECT_EQ(memory.used(), 64U);
    EXPECT_EQ(memory.peak(), 768U);
    EXPECT_EQ(memory.capacity(), 1024U);
}

TEST(Allocator, SaysWhichKeyIsTooSmallForWhat) {
    Allocator memory("platform.dram.size_mib", 0, 1024);
    memory.allocate(960, "tensor a");
    EXPECT_FALSE(memory.fits(65));
    try {
        memory.allocate(65, "tensor w1");
        FAIL() << "65 bytes do not fit 64";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "platform.dram.size_mib holds 1024 bytes, of which 960 are taken; tensor w1 needs 65 more");
    }
    EXPECT_EQ(memory.used(), 960U);
    memory.allocate(64, "the rest");
}

TEST(Allocator, ANibbleOfMemoryHoldsNothing) {
    Allocator memory("m", 0, 63);
    EXPECT_FALSE(memory.fits(1));
    EXPECT_THROW(memory.allocate(1, "x"), Error);
}

}  // namespace
}  // namespace ulpsim::platform

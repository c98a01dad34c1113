#include "platform/runtime/host_cache.hpp"

#include <gtest/gtest.h>

namespace ulpsim::platform {

bool operator==(const HostCache::Run& a, const HostCache::Run& b) {
    return a.address == b.address && a.bytes == b.bytes;
}

namespace {

using Runs = std::vector<HostCache::Run>;

TEST(HostCache, HoldsWhatWasUsedLast) {
    HostCache cache(100);
    Runs back;
    EXPECT_FALSE(cache.use({0, 40}, false, back));
    EXPECT_FALSE(cache.use({1000, 40}, false, back));
    EXPECT_TRUE(cache.use({0, 40}, false, back));
    EXPECT_FALSE(cache.use({2000, 40}, false, back)) << "which drives out the one at 1000";
    EXPECT_TRUE(cache.use({0, 40}, false, back));
    EXPECT_FALSE(cache.use({1000, 40}, false, back));
    EXPECT_TRUE(back.empty()) << "nothing was written";
}

TEST(HostCache, WritesBackWhatIsNewWhenItLeaves) {
    HostCache cache(100);
    Runs back;
    cache.use({0, 60}, true, back);
    cache.use({0, 60}, false, back);
    cache.use({1000, 40}, true, back);
    EXPECT_TRUE(back.empty()) << "both have room";
    cache.use({2000, 10}, false, back);
    EXPECT_EQ(back, (Runs{{0, 60}}));
    cache.use({3000, 100}, false, back);
    EXPECT_EQ(back, (Runs{{0, 60}, {1000, 40}}));
}

TEST(HostCache, DoesNotHoldARunThatIsLargerAndLosesAllOthersToIt) {
    HostCache cache(100);
    Runs back;
    cache.use({0, 10}, true, back);
    EXPECT_FALSE(cache.use({1000, 101}, false, back));
    EXPECT_EQ(back, (Runs{{0, 10}}));
    EXPECT_FALSE(cache.use({1000, 101}, false, back));
    EXPECT_FALSE(cache.use({0, 10}, false, back));
}

TEST(HostCache, OfNoBytesHoldsNothing) {
    HostCache cache(0);
    Runs back;
    EXPECT_FALSE(cache.use({0, 8}, true, back));
    EXPECT_FALSE(cache.use({0, 8}, true, back));
    EXPECT_TRUE(back.empty());
    EXPECT_FALSE(cache.fits({0, 8}));
}

}  // namespace
}  // namespace ulpsim::platform

#include "scenarios/program/reader/suggestion.hpp"

#include <gtest/gtest.h>

namespace ulpsim::program {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("rows", "row"), 1u);
    EXPECT_EQ(edit_distance("rows", "raws"), 1u);
    EXPECT_EQ(edit_distance("rosw", "rows"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggestion, IsTheNearestWord) {
    EXPECT_EQ(suggestion("acelerator", {"accelerator", "interconnect"}), "accelerator");
    EXPECT_EQ(suggestion("e4m3", {"e4m3fn", "e5m2", "bf16"}), "e4m3fn");
}

TEST(Suggestion, IsMissingWhenNothingIsNear) {
    EXPECT_EQ(suggestion("banana", {"rows", "cols"}), std::nullopt);
    EXPECT_EQ(suggestion("x", {}), std::nullopt);
}

TEST(Suggestion, ReadsAsAQuestion) {
    EXPECT_EQ(did_you_mean("epoch", {"epochs", "optimizer"}), "; did you mean epochs?");
    EXPECT_EQ(did_you_mean("banana", {"epochs"}), "");
}

}  // namespace
}  // namespace ulpsim::program

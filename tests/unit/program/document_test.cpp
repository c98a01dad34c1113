#include "scenarios/program/reader/document.hpp"

#include <gtest/gtest.h>

#include "scenarios/program/reader/section.hpp"

namespace ulpsim::program {
namespace {

TEST(QuoteFormats, ProtectsTheCommaOfAnExpansionInFlowStyle) {
    EXPECT_EQ(quote_formats("{a: exp(bf16,2), b: 1}"), "{a: \"exp(bf16,2)\", b: 1}");
    EXPECT_EQ(quote_formats("[e4m3fn,exp(bf16,2)]"), "[e4m3fn,\"exp(bf16,2)\"]");
}

TEST(QuoteFormats, LeavesQuotesAndCommentsAlone) {
    EXPECT_EQ(quote_formats("a: \"exp(bf16,2)\"  # not exp(x,2), nor 'this\nb: exp(bf16,2)"),
              "a: \"exp(bf16,2)\"  # not exp(x,2), nor 'this\nb: \"exp(bf16,2)\"");
    EXPECT_EQ(quote_formats("a: exp(bf16,2"), "a: exp(bf16,2");
    EXPECT_EQ(quote_formats("a: don't exp(1)"), "a: don't \"exp(1)\"");
}

TEST(Document, ReadsAnExpansionInsideAFlowMapping) {
    const Document document = Document::parse("set: {gradients: exp(bf16,2), weights: bf16}\n", "a.yaml");
    EXPECT_EQ(document.root().section("set").text("gradients", ""), "exp(bf16,2)");
    EXPECT_EQ(document.root().section("set").text("weights", ""), "bf16");
}

TEST(Document, OverridesAKeyAndMakesSections) {
    Document document = Document::parse("a: {b: 1}\nc: [{d: 1}, {d: 2}]\n", "a.yaml");
    document.set("a.b=5");
    document.set("a.x.y=[1, 2]");
    document.set("c.1.d=9");
    EXPECT_EQ(document.root().section("a").whole("b", 0, 0, 9), 5u);
    EXPECT_EQ(document.root().section("a").section("x").texts("y"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(document.root().sections("c")[1].whole("d", 0, 0, 9), 9u);
    EXPECT_EQ(document.root().sections("c")[0].whole("d", 0, 0, 9), 1u);
}

TEST(Document, TakesTheLastOfTwoOverrides) {
    Document document = Document::parse("a: 1\n", "a.yaml");
    document.set("a=2");
    document.set("a=3");
    EXPECT_EQ(document.root().whole("a", 0, 0, 9), 3u);
    EXPECT_EQ(document.where("a"), "--set a=3: ");
}

TEST(Document, SaysWhereAKeyIsWritten) {
    const Document document = Document::parse("a: 1\nb:\n  c: {d: 2}\n  list:\n    - {e: 1}\n    - {e: 2}\n", "a.yaml");
    EXPECT_EQ(document.where("a"), "a.yaml:1: ");
    EXPECT_EQ(document.where("b.c.d"), "a.yaml:3: ");
    EXPECT_EQ(document.where("b.list.1.e"), "a.yaml:6: ");
    EXPECT_EQ(document.where("b.missing"), "a.yaml:2: ");
}

}  // namespace
}  // namespace ulpsim::program

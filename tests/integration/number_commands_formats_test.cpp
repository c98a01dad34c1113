// The built program through pipes: integers, fixed point and blocks.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "tests/support/program_pipe.hpp"

namespace ulpsim {
namespace {

using program_pipe::Ended;
using program_pipe::expect_refused;
using program_pipe::ulpsim;
using program_pipe::Wrong;

/// The hand-checkable cases of the published tables: format and scale, numbers, answer.
struct Case {
    const char *options, *number, *answer;
};

TEST(IntegersAndBlocks, GiveThePublishedAnswers) {
    const Case table[] = {
        {"int8", "3.5", "0x1p+2 | 0x04"},
        {"int8", "-129", "-0x1p+7 | 0x80"},
        {"int8", "nan", "0x0p+0 | 0x00"},
        {"int4", "-0.5", "0x0p+0 | 0x0"},
        {"int8 --scale 0.0625", "3.7", "0x1.d8p+1 | 0x3b"},
        {"int8 --scale 0.1", "-3.7", "-0x1.d99999999999ap+1 | 0xdb"},
        {"fix8.6", "1.99", "0x1.fcp+0 | 0x7f"},
        {"'mx(e2m1fn,32)'", "7 3 -0.5 0.25 2.5 -6",  // T15
         "0x1.8p+2 0x1.8p+1 -0x1p-1 0x0p+0 0x1p+1 -0x1.8p+2 | 0x7f 0x7 0x5 0x9 0x0 0x4 0xf"},
        {"'mx(e2m1fn,32,ceil)'", "7 -6", "0x1p+3 -0x1.8p+2 | 0x80 0x6 0xd"},
        {"'mx(e4m3fn,4)'", "0 0", "0x0p+0 0x0p+0 | 0x00 0x00 0x00"},
        {"'mx(fix8.6,4)'", "nan 1", "nan nan | 0xff 0x00 0x00"},
    };
    for (const auto& [options, number, answer] : table) {
        const Ended ended = ulpsim(std::string("quantize --format ") + options, number);
        EXPECT_EQ(ended.out, std::string(answer) + "\n") << options << " of " << number << ended.err;
    }
}

TEST(IntegersAndBlocks, NameLineAndColumnOfBadInput) {
    const Wrong table[] = {
        {"quantize --format 'mx(e2m1fn,2)'", "1 2\n1 2 3\n", "0x1p+0 0x1p+1 | 0x7e 0x4 0x6\n",
         "line 2, column 5: 3 numbers on the line; allowed: a block of 1 to 2 with mx(e2m1fn,2)"},
        {"dot --a 'mx(e2m1fn,2)' --b bf16", "6 0.25\n1 1\n", "",
         "line 1, column 3: 0x1p-2 is not a value of a, mx(e2m1fn,2)"},
        {"dot --a int8 --b int8", "1 0.5\n1 1\n", "", "line 1, column 3: 0x1p-1 is not a value of a, int8"},
    };
    for (const Wrong& wrong : table) expect_refused(wrong);
}

TEST(IntegersAndBlocks, HaveTheirFiguresAsJson) {
    const Ended ended = ulpsim("formats int8 fix8.6 'mx(e4m3fn,32)' --json", "");
    ASSERT_EQ(ended.status, 0) << ended.err;
    const boost::json::value all = boost::json::parse(ended.out);
    const auto hex_of = [&](std::size_t i, const char* key) { return all.at(i).at(key).at("hex").as_string(); };
    EXPECT_EQ(hex_of(0, "max"), "0x1.fcp+6");
    EXPECT_EQ(hex_of(0, "epsilon"), "0x1p+0");
    EXPECT_TRUE(all.at(0).at("min_subnormal").is_null());
    EXPECT_EQ(hex_of(1, "max"), "0x1.fcp+0");
    EXPECT_EQ(hex_of(2, "max"), "0x1.cp+135");
    EXPECT_EQ(hex_of(2, "min_subnormal"), "0x1p-136");
    const auto energy = [&](std::size_t i) { return all.at(i).at("mac").at("energy_pj").as_double(); };
    EXPECT_NEAR(energy(0), 0.300, 0.001);  // mac[int8*int8+int32] of asic28 (facts: power 1.5)
    EXPECT_EQ(energy(0), energy(1));
    EXPECT_GT(energy(2), energy(0));
}

TEST(IntegersAndBlocks, RefuseAScaleThatIsNone) {
    for (const auto& [words, says] :
         {std::pair{"quantize --format e4m3fn --scale 2", "--scale is given with e4m3fn; allowed: with intW only"},
          std::pair{"quantize --format int8 --scale 0", "--scale is '0'; allowed: a number above 0"},
          std::pair{"quantize --format int8 --scale inf", "--scale is 'inf'; allowed: a number above 0"},
          std::pair{"quantize --format 'mx(int8,32)'", "nearest: mx(fix8.6,32)"}}) {
        const Ended ended = ulpsim(words, "1");
        EXPECT_EQ(ended.status, 2) << words;
        EXPECT_NE(ended.err.find(says), std::string::npos) << ended.err;
    }
}

TEST(Formats, SetsExpansionsAgainstWiderOperators) {
    const Ended ended = ulpsim("formats bf16 --expansions --json", "");
    ASSERT_EQ(ended.status, 0) << ended.err;
    const boost::json::value all = boost::json::parse(ended.out);
    ASSERT_EQ(all.as_array().size(), 4u * 4) << "add, multiply, dot, product of 1 to 4 terms";
    for (const auto& row : all.as_array()) {
        if (row.at("terms").as_int64() == 1) continue;
        const auto energy = [&](const char* way) { return row.at(way).at("energy_pj").as_double(); };
        EXPECT_LT(energy("dedicated"), energy("sequential"));
        EXPECT_EQ(row.at("precision_bits").as_int64(), 8 * row.at("terms").as_int64());
    }
    EXPECT_NE(ulpsim("formats --expansions", "").out.find("exp(e5m2,4)"), std::string::npos);
    EXPECT_EQ(ulpsim("formats 'exp(bf16,2)' --expansions", "").status, 2);
    EXPECT_EQ(ulpsim("formats bf16:sat --expansions", "").status, 2);
}

}  // namespace
}  // namespace ulpsim

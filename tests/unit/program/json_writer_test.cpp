#include "scenarios/program/results/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ulpsim::program {
namespace {

TEST(JsonWriter, IndentsNestedObjectsAndArrays) {
    JsonWriter json;
    json.begin_object().member("a", 1).key("b").begin_array().value(2).value("x").end_array();
    json.key("c").begin_object().end_object().end_object();
    EXPECT_EQ(json.text(), "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    \"x\"\n  ],\n  \"c\": {}\n}\n");
}

TEST(JsonWriter, EscapesWhatJsonDoesNotAllow) {
    EXPECT_EQ(json_string("a\"b\\c\nd\te\rf"), R"("a\"b\\c\nd\te\rf")");
    EXPECT_EQ(json_string(std::string("\x01\x1f", 2)), R"("\u0001\u001f")");
    EXPECT_EQ(json_string("µ"), "\"µ\"");
}

TEST(JsonWriter, WritesTheShortestNumberThatReadsBack) {
    JsonWriter json;
    json.begin_array().value(0.1).value(1e300).value(std::uint64_t{18446744073709551615u}).value(-3).end_array();
    EXPECT_EQ(json.text(), "[\n  0.1,\n  1e+300,\n  18446744073709551615,\n  -3\n]\n");
}

TEST(JsonWriter, WritesNullForWhatIsNoNumber) {
    JsonWriter json;
    json.begin_array().value(std::numeric_limits<double>::quiet_NaN()).null();
    json.value(std::numeric_limits<double>::infinity()).end_array();
    EXPECT_EQ(json.text(), "[\n  null,\n  null,\n  null\n]\n");
}

TEST(JsonWriter, KeepsTheDigitsOfAnExactDecimal) {
    JsonWriter json;
    json.begin_object().key("energy_j").number("0.000000000000001234567890123456789").end_object();
    EXPECT_EQ(json.text(), "{\n  \"energy_j\": 0.000000000000001234567890123456789\n}\n");
}

}  // namespace
}  // namespace ulpsim::program

#include "scenarios/program/reader/topology.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"

namespace ulpsim::program {
namespace {

const std::string heads =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n";

std::vector<std::uint64_t> shape(const TopologyLayer& layer) { return {layer.m, layer.n, layer.k}; }

TEST(Topology, GivesConvolutionsAsTheProductsThatTheyAre) {
    // AlexNet's first layers: 55 x 55 pixels of 11 x 11 x 3, 27 x 27 of 5 x 5 x 96.
    const auto layers =
        parse_topology(heads + "Conv1, 227, 227, 11, 11, 3, 96, 4,\n\nConv2,31,31,5,5,96,256,1,\r\n", "t");
    ASSERT_EQ(layers.size(), 2u);
    EXPECT_EQ(layers[0].name, "Conv1");
    EXPECT_EQ(shape(layers[0]), (std::vector<std::uint64_t>{3025, 96, 363}));
    EXPECT_EQ(shape(layers[1]), (std::vector<std::uint64_t>{729, 256, 2400}));
}

TEST(Topology, CutsTheStrideThatLeavesTheInputAndTakesOneForTheWidth) {
    const auto layers = parse_topology(heads + "a,10,7,3,2,1,1,4,2,\n", "t");
    EXPECT_EQ(shape(layers[0]), (std::vector<std::uint64_t>{2 * 3, 1, 6}));
}

TEST(Topology, MakesALayerOfEachFilterOfADepthWiseOne) {
    const auto layers = parse_topology(heads + "DP1,8,8,3,3,1,4,1,\n", "t");
    ASSERT_EQ(layers.size(), 4u);
    EXPECT_EQ(layers[3].name, "DP1Channel_3");
    EXPECT_EQ(shape(layers[3]), (std::vector<std::uint64_t>{36, 1, 9}));
}

TEST(Topology, ReadsProducts) {
    const auto layers = parse_topology("Layer, M, N, K,\nqkv, 128, 2304, 768,\nlast, 1, 10, 84\n", "t");
    ASSERT_EQ(layers.size(), 2u);
    EXPECT_EQ(shape(layers[0]), (std::vector<std::uint64_t>{128, 2304, 768}));
    EXPECT_EQ(shape(layers[1]), (std::vector<std::uint64_t>{1, 10, 84}));
}

std::string error_of(const std::string& text) {
    try {
        parse_topology(text, "net.csv");
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Topology, NamesTheLineOfWhatIsWrong) {
    EXPECT_EQ(error_of(heads + "a,8,8,3,3,1,4,1,\nb,8,8,9,3,1,4,1,\n"),
              "net.csv:3: the filter is larger than the input; allowed: at most as large");
    EXPECT_EQ(error_of(heads + "a,8,8,3,x,1,4,1,\n"), "net.csv:2: the filter's width is x; allowed: 1 to 65536");
    EXPECT_EQ(error_of(heads + "a,8,8,3,3,1,4,0,\n"), "net.csv:2: the stride is 0; allowed: 1 to 65536");
    EXPECT_NE(error_of(heads + "a,8,8,\n").find("net.csv:2: has 3 fields"), std::string::npos);
    EXPECT_NE(error_of(heads + "a,300,300,1,1,1,4,1,\n").find("90000 x 1 x 4"), std::string::npos);
    EXPECT_NE(error_of(heads).find("has no layer"), std::string::npos);
    EXPECT_THROW(read_topology("/no/such/file.csv"), DataError);
}

}  // namespace
}  // namespace ulpsim::program

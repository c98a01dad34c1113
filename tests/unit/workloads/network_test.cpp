#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "workloads/networks/network.hpp"

namespace ulpsim::workloads {
namespace {

TEST(Network, CountsWhatTheLiteratureCounts) {
    // Softmax regression and MLP 784-256-10: facts, training 4.3.
    const Network regression = build({.name = "logistic_regression", .widths = {}}, 784, 10);
    EXPECT_EQ(regression.parameters(), 7850u);
    EXPECT_EQ(regression.forward_macs(), 7840u);
    const Network two = build({.name = "", .widths = {256, 10}}, 784, 10);
    EXPECT_EQ(two.parameters(), 203530u);
    EXPECT_EQ(two.forward_macs(), 203264u);
}

TEST(Network, TheMlpIs784To256To128To10) {
    const Network mlp = build({}, 784, 10);
    ASSERT_EQ(mlp.layers.size(), 3u);
    EXPECT_EQ(mlp.layers[0].name, "fc1");
    EXPECT_EQ(mlp.layers[2].name, "fc3");
    EXPECT_EQ(mlp.layers[0].inputs, 784u);
    EXPECT_EQ(mlp.layers[1].inputs, 256u);
    EXPECT_EQ(mlp.layers[2].inputs, 128u);
    EXPECT_EQ(mlp.layers[2].outputs, 10u);
    EXPECT_TRUE(mlp.layers[0].relu && mlp.layers[1].relu);
    EXPECT_FALSE(mlp.layers[2].relu);
}

TEST(Network, RefusesWhatDoesNotFitTheData) {
    const auto error_of = [](const NetworkConfig& config) -> std::string {
        try {
            build(config, 784, 10);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_EQ(error_of({.name = "mpl", .widths = {}}),
              "workload.network is mpl; allowed: linear_regression, logistic_regression, mlp");
    EXPECT_EQ(error_of({.name = "", .widths = {256, 11}}),
              "workload.network.layers ends with 11 outputs; allowed: the 10 classes of the data");
    EXPECT_EQ(error_of({.name = "", .widths = {0, 10}}),
              "workload.network.layers has a layer of 0 outputs; allowed: 1 to 65536");
}

}  // namespace
}  // namespace ulpsim::workloads

#include <gtest/gtest.h>

#include "power/ledger/operation.hpp"

namespace ulpsim::power {
namespace {

using arithmetic::parse_format;
using arithmetic::parse_rounding;
using arithmetic::rne;

arithmetic::Dot e4m3_into(const char* accumulator) {
    arithmetic::Dot dot;
    dot.a = dot.b = parse_format("e4m3fn");
    dot.accumulator = parse_format(accumulator);
    return dot;
}

struct Key {
    Operation operation;
    const char* text;
};

TEST(OperationText, IsWhatFilesShow) {
    const auto fp32 = arithmetic::fp32, bf16 = arithmetic::bf16;
    const Key keys[] = {
        {Mac{e4m3_into("e8m23")}, "mac[e4m3fn*e4m3fn+e8m23,rne]"},
        {Fma{fp32, bf16, fp32, rne}, "fma[e8m23*e8m7+e8m23,rne]"},
        {Add{fp32, parse_rounding("sr8")}, "add[e8m23,sr8]"},
        {Multiply{bf16, bf16, fp32, rne}, "mul[e8m7*e8m7->e8m23,rne]"},
        {Divide{fp32}, "div[e8m23]"},
        {Convert{fp32, parse_format("e4m3fn"), rne}, "convert[e8m23->e4m3fn,rne]"},
        {Compare{32}, "compare[32b]"},
        {TwoSum{bf16}, "twosum[e8m7]"},
        {TwoProduct{bf16}, "twoprod[e8m7]"},
        {Elementary{Elementary::Function::exp, fp32}, "exp[e8m23]"},
        {Elementary{Elementary::Function::log, fp32}, "log[e8m23]"},
        {RandomBits{8}, "random_bits[8b]"},
        {SramRead{64, 32}, "sram_read[64b,32KiB]"},
        {SramWrite{128, 16}, "sram_write[128b,16KiB]"},
        {RegisterBit{}, "register_bit"},
        {DramActivate{"lpddr4_3200"}, "dram_activate[lpddr4_3200]"},
        {DramReadByte{"lpddr4_3200"}, "dram_read_byte[lpddr4_3200]"},
        {DramWriteByte{"lpddr4_3200"}, "dram_write_byte[lpddr4_3200]"},
        {DramRefresh{"lpddr4_3200"}, "dram_refresh[lpddr4_3200]"},
        {BusByte{128}, "bus_byte[128b]"},
        {LinkByte{"pcie3_x1"}, "link_byte[pcie3_x1]"},
        {LinkMessage{"pcie3_x1"}, "link_message[pcie3_x1]"},
        {HostCycle{"cortex_m7"}, "host_cycle[cortex_m7]"},
        {Descriptor{}, "descriptor"},
        {Clock{}, "clock"},
        {Static{}, "static"},
    };
    EXPECT_EQ(std::size(keys), std::variant_size_v<Operation> + 1)
        << "an operation is missing here (exp and log are one)";
    for (const Key& key : keys) EXPECT_EQ(text(key.operation), key.text);
}

TEST(OperationText, OfAMacHoldsWhateverChangesItsHardware) {
    arithmetic::Dot dot = e4m3_into("e6m9");
    dot.rounding = parse_rounding("sr8");
    EXPECT_EQ(text(Mac{dot}), "mac[e4m3fn*e4m3fn+e6m9,sr8]");
    dot.product = parse_format("e5m4");
    EXPECT_EQ(text(Mac{dot}), "mac[e4m3fn*e4m3fn+e6m9,sr8,product=e5m4:rne]");
    dot.product.reset();
    dot.length = 64;
    dot.order = arithmetic::Order::chunk;
    dot.outer = parse_format("e8m10");
    EXPECT_EQ(text(Mac{dot}), "mac[e4m3fn*e4m3fn+e6m9,sr8,chunk=64:e8m10]");
    dot.order = arithmetic::Order::tree;
    EXPECT_EQ(text(Mac{dot}), "mac[e4m3fn*e4m3fn+e6m9,sr8,tree=64]");
    dot.order = arithmetic::Order::align;
    dot.guard = 2;
    EXPECT_EQ(text(Mac{dot}), "mac[e4m3fn*e4m3fn+e6m9,sr8,align=64:2]");
    dot.guard_exact = true;
    EXPECT_EQ(text(Mac{dot}), "mac[e4m3fn*e4m3fn+e6m9,sr8,align=64:exact]");
}

TEST(OperationGroup, IsTheOneWhoseUncertaintyScalesIt) {
    EXPECT_EQ(group(Mac{e4m3_into("e8m23")}), Group::logic);
    EXPECT_EQ(group(BusByte{128}), Group::logic);
    EXPECT_EQ(group(Clock{}), Group::logic);
    EXPECT_EQ(group(SramRead{64, 32}), Group::sram);
    EXPECT_EQ(group(SramWrite{64, 32}), Group::sram);
    EXPECT_EQ(group(DramActivate{"x"}), Group::dram);
    EXPECT_EQ(group(DramReadByte{"x"}), Group::dram);
    EXPECT_EQ(group(DramWriteByte{"x"}), Group::dram);
    EXPECT_EQ(group(DramRefresh{"x"}), Group::dram);
    EXPECT_EQ(group(LinkByte{"x"}), Group::channel);
    EXPECT_EQ(group(LinkMessage{"x"}), Group::channel);
    EXPECT_EQ(group(HostCycle{"x"}), Group::host);
}

}  // namespace
}  // namespace ulpsim::power

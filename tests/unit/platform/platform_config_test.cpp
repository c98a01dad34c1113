#include "platform/configuration/platform_config.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "models/arithmetic/error.hpp"

namespace ulpsim::platform {
namespace {

PlatformConfig valid(Kind kind = Kind::accelerator_only) {
    PlatformConfig config;
    config.kind = kind;
    config.accelerator.operators = {arithmetic::bf16};
    return config;
}

TEST(PlatformConfig, TheDefaultsWithAnOperatorAreValid) {
    EXPECT_NO_THROW(check(valid()));
    EXPECT_NO_THROW(check(valid(Kind::host_accelerator)));
}

TEST(PlatformConfig, EveryModelThatItListsIsValid) {
    PlatformConfig config = valid(Kind::host_accelerator);
    EXPECT_FALSE(host_models().empty());
    for (const std::string& model : host_models()) {
        config.host.model = model;
        EXPECT_NO_THROW(check(config)) << model;
    }
    for (const std::string& model : dram_models()) {
        config.dram.model = config.host_dram.model = model;
        EXPECT_NO_THROW(check(config)) << model;
    }
    for (const std::string& model : channel_models()) {
        config.channel.model = model;
        EXPECT_NO_THROW(check(config)) << model;
    }
}

/// What is wrong, and how the message begins: key, value, and what is allowed.
struct Wrong {
    std::function<void(PlatformConfig&)> change;
    std::string message;
};

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

TEST(PlatformConfig, SaysKeyValueAndWhatIsAllowed) {
    const arithmetic::Format pair = arithmetic::parse_format("exp(bf16,2)");
    const Wrong table[] = {
        {[](auto& c) { c.host.model = "cortex_m8"; },
         "platform.host.model is cortex_m8; allowed: " + list(host_models())},
        {[](auto& c) { c.host.clock_mhz = 0; }, "platform.host.clock_mhz is 0; allowed: 1 to 5000"},
        {[](auto& c) { c.host.clock_mhz = 5001; }, "platform.host.clock_mhz is 5001; allowed: 1 to 5000"},
        {[](auto& c) { c.host.clock_mhz = std::numeric_limits<double>::quiet_NaN(); },
         "platform.host.clock_mhz is nan; allowed: 1 to 5000"},
        {[](auto& c) { c.host.cores = 65; }, "platform.host.cores is 65; allowed: 1 to 64"},
        {[](auto& c) { c.interconnect.width_bits = 100; },
         "platform.interconnect.width_bits is 100; allowed: powers of two from 32 to 1024"},
        {[](auto& c) { c.interconnect.width_bits = 2048; },
         "platform.interconnect.width_bits is 2048; allowed: powers of two from 32 to 1024"},
        {[](auto& c) { c.interconnect.clock_mhz = -1; }, "platform.interconnect.clock_mhz is -1; allowed: 1 to 5000"},
        {[](auto& c) { c.dram.model = "ddr9"; }, "platform.dram.model is ddr9; allowed: " + list(dram_models())},
        {[](auto& c) { c.dram.channels = 0; }, "platform.dram.channels is 0; allowed: 1 to 16"},
        {[](auto& c) { c.dram.size_mib = 65537; }, "platform.dram.size_mib is 65537; allowed: 1 to 65536"},
        {[](auto& c) { c.host_dram.channels = 17; }, "platform.host_dram.channels is 17; allowed: 1 to 16"},
        {[](auto& c) { c.channel.model = "usb"; }, "platform.channel.model is usb; allowed: " + list(channel_models())},
        {[](auto& c) { c.accelerator.clock_mhz = 0.5; }, "platform.accelerator.clock_mhz is 0.5; allowed: 1 to 5000"},
        {[](auto& c) { c.accelerator.array.rows = 0; }, "platform.accelerator.array.rows is 0; allowed: 1 to 1024"},
        {[](auto& c) { c.accelerator.array.columns = 1025; },
         "platform.accelerator.array.cols is 1025; allowed: 1 to 1024"},
        {[](auto& c) { c.accelerator.vector_unit.lanes = 0; },
         "platform.accelerator.vector_unit.lanes is 0; allowed: 1 to 4096"},
        {[](auto& c) { c.accelerator.scratchpad.size_kib = 15; },
         "platform.accelerator.scratchpad.size_kib is 15; allowed: 16 to 65536"},
        {[](auto& c) { c.accelerator.scratchpad.banks = 257; },
         "platform.accelerator.scratchpad.banks is 257; allowed: 1 to 256"},
        {[](auto& c) { c.accelerator.scratchpad.resident_kib = 497; },
         "platform.accelerator.scratchpad.resident_kib is 497; allowed: 0 to 496, 16 KiB below size_kib"},
        {[](auto& c) { c.accelerator.scratchpad.resident_kib = std::numeric_limits<std::uint64_t>::max(); },
         "platform.accelerator.scratchpad.resident_kib is 18446744073709551615; allowed: 0 to 496, 16 KiB below "
         "size_kib"},
        {[](auto& c) { c.accelerator.dma.max_outstanding = 0; },
         "platform.accelerator.dma.max_outstanding is 0; allowed: 1 to 256"},
        {[](auto& c) { c.accelerator.operators.clear(); },
         "platform.accelerator.operators is empty; allowed: a list of formats"},
        {[&](auto& c) { c.accelerator.operators.push_back(pair); },
         "platform.accelerator.operators is exp(e8m7,2); allowed: formats without exp()"},
        {[](auto& c) { c.accelerator.expansion_unit.lanes = 4097; },
         "platform.accelerator.expansion_unit.lanes is 4097; allowed: 0 to 4096"},
        {[](auto& c) { c.accelerator.expansion_unit.max_terms = 5; },
         "platform.accelerator.expansion_unit.max_terms is 5; allowed: 2 to 4"},
        {[&](auto& c) { c.accelerator.expansion_unit.base = pair; },
         "platform.accelerator.expansion_unit.base is exp(e8m7,2); allowed: formats without exp(), :sat and :nosub"},
        {[](auto& c) { c.accelerator.expansion_unit.base.saturate = true; },
         "platform.accelerator.expansion_unit.base is e8m7:sat; allowed: formats without exp(), :sat and :nosub"},
        {[](auto& c) { c.accelerator.expansion_unit.base.subnormals = false; },
         "platform.accelerator.expansion_unit.base is e8m7:nosub; allowed: formats without exp(), :sat and :nosub"},
    };
    for (const Wrong& wrong : table) {
        PlatformConfig config = valid(Kind::host_accelerator);
        wrong.change(config);
        try {
            check(config);
            ADD_FAILURE() << "accepted: " << wrong.message;
        } catch (const Error& error) {
            EXPECT_EQ(error.what(), wrong.message);
        }
    }
}

TEST(PlatformConfig, TheEndsOfEveryRangeAreAllowed) {
    PlatformConfig low = valid(), high = valid();
    low.host = {.model = low.host.model, .clock_mhz = 1, .cores = 1};
    low.interconnect = {.width_bits = 32, .clock_mhz = 1};
    low.dram.size_mib = 1;
    low.accelerator.clock_mhz = 1;
    low.accelerator.array.rows = low.accelerator.array.columns = low.accelerator.vector_unit.lanes = 1;
    low.accelerator.scratchpad = {.size_kib = 16, .banks = 1, .resident_kib = 0};
    low.accelerator.dma.max_outstanding = 1;
    low.accelerator.expansion_unit.max_terms = 2;
    EXPECT_NO_THROW(check(low));
    high.interconnect = {.width_bits = 1024, .clock_mhz = 5000};
    high.dram.channels = 16;
    high.dram.size_mib = 65536;
    high.accelerator.array.rows = high.accelerator.array.columns = 1024;
    high.accelerator.scratchpad = {.size_kib = 65536, .banks = 256, .resident_kib = 65520};
    high.accelerator.dma.max_outstanding = 256;
    high.accelerator.expansion_unit.max_terms = 4;
    EXPECT_NO_THROW(check(high));
}

TEST(PlatformConfig, WhatAnAcceleratorOnlyPlatformLacksIsNotChecked) {
    PlatformConfig config = valid(Kind::accelerator_only);
    config.channel.model = "usb";
    config.host_dram.model = "ddr9";
    EXPECT_NO_THROW(check(config));
}

}  // namespace
}  // namespace ulpsim::platform

#include <algorithm>

#include "scenarios/program/reader/read_sections.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "scenarios/program/reader/technology.hpp"

namespace ulpsim::program {
namespace {

using namespace platform;

unsigned count(const Section& section, const std::string& key, unsigned otherwise, unsigned least, unsigned most) {
    return static_cast<unsigned>(section.whole(key, otherwise, least, most));
}

double clock(const Section& section, double otherwise) { return section.real("clock_mhz", otherwise, 1, 5000); }

HostConfig read_host(const Section& section) {
    section.refuse_all_but({"model", "clock_mhz", "cores", "cache_kib"});
    HostConfig host;
    host.model = section.choice("model", host.model, host_models());
    host.clock_mhz = clock(section, host.clock_mhz);
    host.cores = count(section, "cores", host.cores, 1, 64);
    host.cache_kib = section.whole("cache_kib", host.cache_kib, 0, 65536);
    return host;
}

InterconnectConfig read_interconnect(const Section& section) {
    section.refuse_all_but({"width_bits", "clock_mhz"});
    InterconnectConfig bus;
    bus.width_bits = count(section, "width_bits", bus.width_bits, 32, 1024);
    bus.clock_mhz = clock(section, bus.clock_mhz);
    return bus;
}

DramConfig read_dram(const Section& section) {
    section.refuse_all_but({"model", "channels", "size_mib"});
    DramConfig dram;
    dram.model = section.choice("model", dram.model, dram_models());
    dram.channels = count(section, "channels", dram.channels, 1, 16);
    dram.size_mib = section.whole("size_mib", dram.size_mib, 1, 65536);
    return dram;
}

Dataflow dataflow(const std::string& word) {
    if (word == "output_stationary") return Dataflow::output_stationary;
    if (word == "weight_stationary") return Dataflow::weight_stationary;
    return word == "input_stationary" ? Dataflow::input_stationary : Dataflow::best;
}

ArrayConfig read_array(const Section& section) {
    section.refuse_all_but({"rows", "cols", "dataflow", "overlap_drain", "double_buffered_weights"});
    ArrayConfig array;
    array.rows = count(section, "rows", array.rows, 1, 1024);
    array.columns = count(section, "cols", array.columns, 1, 1024);
    array.dataflow = dataflow(section.choice("dataflow", "output_stationary",
                                             {"output_stationary", "weight_stationary", "input_stationary", "best"}));
    array.overlap_drain = section.flag("overlap_drain", array.overlap_drain);
    array.double_buffered_weights = section.flag("double_buffered_weights", array.double_buffered_weights);
    return array;
}

ScratchpadConfig read_scratchpad(const Section& section) {
    section.refuse_all_but({"size_kib", "banks", "resident_kib", "double_buffer"});
    ScratchpadConfig scratchpad;
    scratchpad.size_kib = section.whole("size_kib", scratchpad.size_kib, 16, 65536);
    scratchpad.banks = count(section, "banks", scratchpad.banks, 1, 256);
    scratchpad.resident_kib = section.whole("resident_kib", scratchpad.resident_kib, 0, 65536);
    scratchpad.double_buffer = section.flag("double_buffer", scratchpad.double_buffer);
    return scratchpad;
}

ExpansionUnitConfig read_expansion_unit(const Section& section) {
    section.refuse_all_but({"lanes", "base", "max_terms", "twosum"});
    ExpansionUnitConfig unit;
    unit.lanes = count(section, "lanes", unit.lanes, 0, 4096);
    unit.base = section.parsed<arithmetic::Format>("base", unit.base, arithmetic::parse_format);
    unit.max_terms = count(section, "max_terms", unit.max_terms, 2, 4);
    const bool dedicated = section.choice("twosum", "dedicated", {"dedicated", "sequential"}) == "dedicated";
    unit.twosum = dedicated ? TwoSum::dedicated : TwoSum::sequential;
    return unit;
}

std::vector<arithmetic::Format> read_operators(const Section& section) {
    if (!section.has("operators"))
        section.fail("operators", "is missing; allowed: a list of formats, as [e4m3fn, e5m2]");
    std::vector<arithmetic::Format> formats;
    const std::vector<std::string> words = section.texts("operators");
    if (words.empty()) section.refuse("operators", "empty", "allowed: a list of formats, as [e4m3fn, e5m2]");
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string item = "operators." + std::to_string(i);
        try {
            formats.push_back(arithmetic::parse_format(words[i]));
        } catch (const Error& error) {
            section.refuse(item, words[i], error.what());
        }
        if (formats.back().is_expansion())
            section.refuse(item, words[i], "allowed: element formats; expansions have a unit");
    }
    return formats;
}

AcceleratorConfig read_accelerator(const Section& section) {
    section.refuse_all_but({"clock_mhz", "array", "vector_unit", "scratchpad", "dma", "operators", "expansion_unit"});
    AcceleratorConfig accelerator;
    accelerator.clock_mhz = clock(section, accelerator.clock_mhz);
    accelerator.array = read_array(section.section("array"));
    const Section vector_unit = section.section("vector_unit");
    vector_unit.refuse_all_but({"lanes"});
    accelerator.vector_unit.lanes = count(vector_unit, "lanes", accelerator.vector_unit.lanes, 1, 4096);
    accelerator.scratchpad = read_scratchpad(section.section("scratchpad"));
    const Section dma = section.section("dma");
    dma.refuse_all_but({"max_outstanding"});
    accelerator.dma.max_outstanding = count(dma, "max_outstanding", accelerator.dma.max_outstanding, 1, 256);
    accelerator.operators = read_operators(section);
    accelerator.expansion_unit = read_expansion_unit(section.section("expansion_unit"));
    return accelerator;
}

}  // namespace

platform::PlatformConfig read_platform(const Section& section) {
    section.refuse_all_but(
        {"kind", "technology", "fidelity", "host", "interconnect", "dram", "host_dram", "channel", "accelerator"});
    if (!section.has("kind")) section.fail("kind", "is missing; allowed: " + join(kind_names()));
    PlatformConfig config;
    const std::string kind = section.choice("kind", "", kind_names());
    config.kind = static_cast<Kind>(std::ranges::find(kind_names(), kind) - kind_names().begin());
    const bool two = config.kind == Kind::host_accelerator, host_only = config.kind == Kind::host_only;
    config.technology = section.choice("technology", config.technology, technology_names());
    section.choice("fidelity", "lt", {"lt"});
    config.host = read_host(section.section("host"));
    config.interconnect = read_interconnect(section.section("interconnect"));
    config.dram = read_dram(section.section("dram"));
    for (const std::string key : {"host_dram", "channel"}) {
        if (!two && section.has(key)) section.fail(key, "is given; allowed: with kind host_accelerator only");
    }
    if (host_only && section.has("accelerator"))
        section.fail("accelerator", "is given; allowed: with kind accelerator_only and host_accelerator only");
    config.host_dram = read_dram(section.section("host_dram"));
    const Section channel = section.section("channel");
    channel.refuse_all_but({"model"});
    config.channel.model = channel.choice("model", config.channel.model, channel_models());
    if (!host_only) config.accelerator = read_accelerator(section.section("accelerator"));
    return config;
}

}  // namespace ulpsim::program

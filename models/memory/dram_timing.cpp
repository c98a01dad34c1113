#include "models/memory/dram_timing.hpp"

#include <algorithm>
#include <array>

#include "models/arithmetic/error.hpp"

namespace ulpsim::models {
namespace {

/// LPDDR4-3200, one x16 channel of 8 Gb. Source: DRAMSys, configs/memspec/JEDEC_8Gb_LPDDR4-3200_16bit (facts:
/// platform 4.1); refresh of all banks at once. A masked write's longer tCCD (32) is left out: part bursts are rare in
/// packed tensors.
DramTiming lpddr4_3200() {
    DramTiming timing;
    timing.model = "lpddr4_3200";
    timing.clock_ns = 0.625;
    timing.read_latency = 28;
    timing.write_latency = 14;
    timing.rcd = 29;
    timing.rp = 29;
    timing.rp_all = 34;
    timing.ras = 68;
    timing.rfc = 448;
    timing.refi = 6246;
    timing.burst_clocks = 8;
    timing.burst_bytes = 32;
    timing.ccd = 8;
    timing.rrd = 16;
    timing.faw = 64;
    timing.wr = 29;
    timing.wtr = 16;
    timing.rtp = 12;
    timing.banks = 8;
    timing.row_bytes = 2048;
    return timing;
}

const std::array<DramTiming, 1>& models() {
    static const std::array<DramTiming, 1> table{lpddr4_3200()};
    return table;
}

}  // namespace

const DramTiming& dram_timing(const std::string& model) {
    const auto found = std::ranges::find(models(), model, &DramTiming::model);
    if (found != models().end()) return *found;
    std::string known;
    for (const DramTiming& timing : models()) known += (known.empty() ? "" : ", ") + timing.model;
    throw Error("model is " + model + "; allowed: " + known);
}

std::vector<std::string> dram_timing_names() {
    std::vector<std::string> names;
    for (const DramTiming& timing : models()) names.push_back(timing.model);
    return names;
}

}  // namespace ulpsim::models

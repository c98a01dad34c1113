#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace ulpsim::models {

/// Timing of one DRAM channel, in clocks unless the name says otherwise. Source of each model: dram_timing.cpp.
struct DramTiming {
    std::string model;
    double clock_ns = 0;
    unsigned read_latency = 0, write_latency = 0, rcd = 0, rp = 0, ras = 0, rfc = 0, refi = 0;
    unsigned burst_clocks = 0, burst_bytes = 0, ccd = 0, rrd = 0, faw = 0, wr = 0, wtr = 0, rtp = 0;
    unsigned banks = 0;
    std::uint64_t row_bytes = 0;
    unsigned rp_all = 0;  ///< precharge of all banks, as before a refresh

    double peak_bytes_per_second() const { return burst_bytes / (burst_clocks * clock_ns * 1e-9); }
};

/// Throws Error listing the known models.
const DramTiming& dram_timing(const std::string& model);
std::vector<std::string> dram_timing_names();

}  // namespace ulpsim::models

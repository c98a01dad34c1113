#include <algorithm>
#include <array>

#include "models/arithmetic/error.hpp"
#include "models/interconnect/channel.hpp"

namespace ulpsim::models {
namespace {

// Sources: facts: platform 5 and power 5.2.
// spi, qspi   50 MHz on one line, 100 MHz on four. Command and address of a transfer: 8 + 24 clocks on one line are 4 bytes'
//             time; 8 + 24/4 + 2 mode + 4 dummy = 20 clocks on four lines (1-4-4 read) are 10. A transfer holds at most
//             4 KiB (assumed). 1 us a message for driver and chip select (assumed); the board's wires take no time.
// pcie3       8 GT/s a lane, 128b/130b; 128 B payload (the default size) and 24 B of framing, header and check a packet
//             (Intel application notes). 400 ns one way (assumed, from 550 to 850 ns for a read's round trip:
//             pcie-bench, SIGCOMM 2018, and a gen3 FPGA); 1 us a message, polled without an operating system's
//             interrupt (assumed).
// chiplet     a standard-package UCIe module on one substrate: 16 lanes at 8 GT/s, flits of 256 B that carry 240
//             (about 94 %; UCIe 1.0 white paper, from memory). 8 ns one way (single-digit, of which 2 ns a PHY); a
//             mailbox write and its interrupt on bare metal take 0.1 us (assumed, the low end of 0.1 to 0.5).
// on_chip     both memory systems on one die: an AXI crossing of 128 bits at 500 MHz, bursts of 256 beats with an address
//             beat each. 8 cycles one way (arbitration, decode, a register slice and the crossbar's 4 to 8, assumed);
//             a mailbox of 50 cycles a message (20 to 50 and an interrupt's entry, from memory).
const std::array<ChannelTiming, 6>& models() {
    constexpr double pcie3_lane = 8e9 * 128 / 130 / 8;
    static const std::array<ChannelTiming, 6> table{{{.model = "spi",
                                                      .bytes_per_second = 6.25e6,
                                                      .payload_bytes = 4096,
                                                      .overhead_bytes = 4,
                                                      .latency_ns = 0,
                                                      .message_ns = 1000,
                                                      .half_duplex = true},
                                                     {.model = "qspi",
                                                      .bytes_per_second = 50e6,
                                                      .payload_bytes = 4096,
                                                      .overhead_bytes = 10,
                                                      .latency_ns = 0,
                                                      .message_ns = 1000,
                                                      .half_duplex = true},
                                                     {.model = "pcie3_x1",
                                                      .bytes_per_second = pcie3_lane,
                                                      .payload_bytes = 128,
                                                      .overhead_bytes = 24,
                                                      .latency_ns = 400,
                                                      .message_ns = 1000,
                                                      .half_duplex = false},
                                                     {.model = "pcie3_x4",
                                                      .bytes_per_second = 4 * pcie3_lane,
                                                      .payload_bytes = 128,
                                                      .overhead_bytes = 24,
                                                      .latency_ns = 400,
                                                      .message_ns = 1000,
                                                      .half_duplex = false},
                                                     {.model = "chiplet",
                                                      .bytes_per_second = 16 * 8e9 / 8,
                                                      .payload_bytes = 240,
                                                      .overhead_bytes = 16,
                                                      .latency_ns = 8,
                                                      .message_ns = 100,
                                                      .half_duplex = false},
                                                     {.model = "on_chip",
                                                      .bytes_per_second = 128 / 8 * 500e6,
                                                      .payload_bytes = 4096,
                                                      .overhead_bytes = 16,
                                                      .latency_ns = 16,
                                                      .message_ns = 100,
                                                      .half_duplex = false}}};
    return table;
}

}  // namespace

const ChannelTiming& channel_timing(const std::string& model) {
    const auto found = std::ranges::find(models(), model, &ChannelTiming::model);
    if (found != models().end()) return *found;
    std::string known;
    for (const ChannelTiming& timing : models()) known += (known.empty() ? "" : ", ") + timing.model;
    throw Error("model is " + model + "; allowed: " + known);
}

std::vector<std::string> channel_timing_names() {
    std::vector<std::string> names;
    for (const ChannelTiming& timing : models()) names.push_back(timing.model);
    return names;
}

}  // namespace ulpsim::models

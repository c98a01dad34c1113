#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "power/ledger/ledger.hpp"
#include "power/ledger/operation.hpp"

namespace ulpsim::power {

/// What a component is made of: area, leakage and clock power follow from it.
struct Inventory {
    struct Operators {
        Operation operation;
        std::uint64_t count = 0;
    };
    struct Sram {
        std::uint32_t bank_kib = 0;
        std::uint32_t banks = 0;
        std::uint32_t word_bits = 64;
    };
    std::string component;
    std::vector<Operators> operators;  ///< several formats in one operator: one entry a format, areas add up
    std::vector<Sram> srams;
    std::uint64_t register_bits =
        0;  ///< state and operand registers; a float operator's own pipeline is in its area and energy
    std::map<Tag, std::uint64_t>
        clocked_cycles;      ///< in which the registers were clocked, by phase and layer of the work
    std::string dram_model;  ///< not empty: a DRAM with `dram_channels`
    std::uint32_t dram_channels = 0;
    std::string channel_model;  ///< not empty: an off-chip channel
    std::string host_model;     ///< not empty: a host with `host_cores`
    std::uint32_t host_cores = 0;
    double host_clock_mhz = 0;
};

}  // namespace ulpsim::power
